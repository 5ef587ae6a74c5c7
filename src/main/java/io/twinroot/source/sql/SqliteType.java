package io.twinroot.source.sql;

import java.util.Locale;

/**
 * The declared type of a column of SQLite, by which its cells are compared where they fit; SQLite itself stores any value
 * in any column, save in STRICT tables.
 *
 * @param affinity what SQLite makes of a value that is written
 * @param strict whether JSON documents are compared by their text
 */
record SqliteType(Family family, Affinity affinity, boolean strict) {
    /** As SQLite derives it from the declared type. */
    enum Affinity {
        INTEGER,
        TEXT,
        NONE,
        REAL,
        NUMERIC
    }

    static SqliteType of(Column column) {
        return (SqliteType) column.code();
    }

    static SqliteType declared(String type, boolean strict) {
        String words = type.toUpperCase(Locale.ROOT);
        return new SqliteType(family(words), affinity(words), strict);
    }

    private static Affinity affinity(String words) {
        if (words.contains("INT")) {
            return Affinity.INTEGER;
        }
        if (words.contains("CHAR") || words.contains("CLOB") || words.contains("TEXT")) {
            return Affinity.TEXT;
        }
        if (words.contains("BLOB") || words.isEmpty() || words.equals("ANY")) {
            return Affinity.NONE;
        }
        return words.contains("REAL") || words.contains("FLOA") || words.contains("DOUB")
                ? Affinity.REAL
                : Affinity.NUMERIC;
    }

    private static Family family(String words) {
        return switch (affinity(words)) {
            case INTEGER -> Family.NUMBER;
            case TEXT -> Family.TEXT;
            case NONE -> words.contains("BLOB") ? Family.BYTES : Family.ANY;
            case REAL -> Family.REAL;
            case NUMERIC ->
                words.startsWith("JSON")
                        ? Family.JSON
                        : words.startsWith("UUID")
                                ? Family.TEXT
                                : words.startsWith("DATETIME") || words.startsWith("TIMESTAMP")
                                        ? Family.DATETIME
                                        : words.startsWith("DATE")
                                                ? Family.DATE
                                                : words.startsWith("TIME") ? Family.TIME : Family.NUMBER;
        };
    }
}
