package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.source.ChangeHints;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.source.SourceTable;
import io.twinroot.source.sql.ChangeCapture;
import io.twinroot.source.sql.Database;
import io.twinroot.source.sql.SqlAddress;
import io.twinroot.source.sql.SqlTable;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Opens tables of databases by JDBC.
 *
 * @param environment the variables of the process, for passwords
 */
record DatabaseSources(Map<String, String> environment) implements Sources {
    DatabaseSources {
        environment = Map.copyOf(environment);
    }

    @Override
    public OpenSource open(Config.Source source) {
        SqlAddress address = address(source);
        String table = address.table()
                .orElseThrow(() -> new SourceException(
                        SourceException.Kind.UNKNOWN, source.address() + " names no table; add ?table=TABLE"));
        Database database = Database.open(address, environment);
        try {
            return new Opened(database, database.table(table), source);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static SqlAddress address(Config.Source source) {
        try {
            String text = source.address();
            String file = source.passwordFile() == null
                    ? ""
                    : "passwordFile=" + encoded(source.passwordFile().toString());
            String joined = file.isEmpty() ? text : text + (text.indexOf('?') < 0 ? "?" : "&") + file;
            return SqlAddress.parse(joined);
        } catch (IllegalArgumentException e) {
            throw new SourceException(SourceException.Kind.UNKNOWN, String.valueOf(e.getMessage()), e);
        }
    }

    private static String encoded(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8)
                .replace("+", "%20");
    }

    private static final class Opened implements OpenSource {
        private final Database database;
        private final SqlTable table;
        private final Config.Source config;
        private @Nullable ChangeHints hints; // guarded by this

        Opened(Database database, SqlTable table, Config.Source config) {
            this.database = database;
            this.table = table;
            this.config = config;
        }

        @Override
        public SourceTable table() {
            return table;
        }

        @Override
        public Optional<SourceMark> mark() {
            return database.mark();
        }

        @Override
        public synchronized Optional<ChangeHints> hints() {
            if (hints == null) {
                hints = switch (config.changes()) {
                    case SCAN -> null;
                    case SLOT -> hints(ChangeCapture.Kind.SLOT);
                    case TRIGGERS -> hints(ChangeCapture.Kind.TRIGGERS);
                };
            }
            return Optional.ofNullable(hints);
        }

        private ChangeHints hints(ChangeCapture.Kind kind) {
            return table.changes(kind).hints(config.maxBacklogMiB() << 20);
        }

        @Override
        public synchronized void close() {
            try (database) {
                if (hints != null) {
                    hints.close();
                }
            }
        }
    }
}
