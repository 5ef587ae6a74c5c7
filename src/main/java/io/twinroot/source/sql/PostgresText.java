package io.twinroot.source.sql;

/** How SQL for PostgreSQL quotes. */
final class PostgresText {
    private PostgresText() {}

    /** An identifier. */
    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** A text without the character 0, under standard_conforming_strings. */
    static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
