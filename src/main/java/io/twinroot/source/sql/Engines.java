package io.twinroot.source.sql;

/** The dialect of each engine. */
final class Engines {
    private Engines() {}

    static Dialect dialect(Engine engine) {
        return switch (engine) {
            case POSTGRESQL -> new PostgresDialect();
            case MARIADB -> new MariaDialect();
            case SQLITE -> new SqliteDialect();
        };
    }
}
