package io.twinroot.source.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Real database servers on free ports of the loopback, for tests, demonstrations and benches. Their binaries come out of
 * jars from Maven; nothing needs to be installed. Each stops when it is closed, and at the latest with this JVM, however
 * that ends. Their data is on no disk that survives, and nothing in it is synced. For many threads.
 *
 * <p>A server that cannot be started is an {@link AssertionError} that says what to do: a test fails then.
 */
public final class Servers {
    private static @Nullable Server postgres;
    private static @Nullable Server mariadb;

    private Servers() {}

    /** The one PostgreSQL that the tests of this JVM share; started at the first call. */
    public static synchronized Server postgres() {
        Server server = postgres;
        if (server == null) {
            server = startPostgres(List.of());
            postgres = server;
        }
        return server;
    }

    /** The one MariaDB that the tests of this JVM share; started at the first call. */
    public static synchronized Server mariadb() {
        Server server = mariadb;
        if (server == null) {
            server = startMariadb(List.of());
            mariadb = server;
        }
        return server;
    }

    /** A PostgreSQL of one's own, with settings as in postgresql.conf: {@code wal_level=logical}. */
    public static Server startPostgres(List<String> settings) {
        return PostgresBinaries.start(settings);
    }

    /** A MariaDB of one's own, with options as on its command line: {@code --general-log=1}. */
    public static Server startMariadb(List<String> options) {
        return MariaBinaries.start(options);
    }
}
