package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * With which name and password a database is entered: what the address says, else what the engine's own tools use.
 *
 * @param password null where the driver is to find it ({@code PGPASSFILE}, {@code ~/.pgpass}), or none is needed
 */
record Credentials(String user, @Nullable String password) {
    /** Only what the record says of the user: never the password. */
    @Override
    public String toString() {
        return user;
    }

    /** @param environment the variables of the process */
    static Credentials of(SqlAddress address, Map<String, String> environment) {
        Map<String, String> client = address.engine() == Engine.MARIADB ? myCnf(environment) : Map.of();
        String user = address.user()
                .or(() -> Optional.ofNullable(
                        address.engine() == Engine.POSTGRESQL ? environment.get("PGUSER") : client.get("user")))
                .orElseGet(() -> System.getProperty("user.name"));
        return new Credentials(user, password(address, environment, client));
    }

    private static @Nullable String password(
            SqlAddress address, Map<String, String> environment, Map<String, String> client) {
        if (address.passwordFile().isPresent()) {
            return firstLine(address, Path.of(address.passwordFile().get()));
        }
        if (address.passwordEnv().isPresent()) {
            String name = address.passwordEnv().get();
            String password = environment.get(name);
            if (password == null) {
                throw new SourceException(
                        SourceException.Kind.ACCESS,
                        address.shortly() + ": the variable " + name + " of passwordEnv is not set");
            }
            return password;
        }
        return address.engine() == Engine.POSTGRESQL
                ? environment.get("PGPASSWORD")
                : environment.getOrDefault("MYSQL_PWD", client.get("password"));
    }

    private static String firstLine(SqlAddress address, Path file) {
        try (var lines = Files.lines(file)) {
            return lines.findFirst().orElse("");
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new SourceException(
                    SourceException.Kind.ACCESS,
                    address.shortly() + ": the password file " + file + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    /** The groups client and client-mariadb of the file that MariaDB's tools read. */
    private static Map<String, String> myCnf(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        Path file = Path.of(home, ".my.cnf");
        Map<String, String> values = new HashMap<>();
        if (!Files.isReadable(file)) {
            return values;
        }
        try {
            boolean isOurs = false;
            for (String line : Files.readAllLines(file)) {
                String text = line.strip();
                if (text.startsWith("[")) {
                    isOurs = text.equals("[client]") || text.equals("[client-mariadb]");
                } else if (isOurs && !text.startsWith("#") && text.indexOf('=') > 0) {
                    int equals = text.indexOf('=');
                    values.put(
                            text.substring(0, equals).strip(),
                            unquoted(text.substring(equals + 1).strip()));
                }
            }
            return values;
        } catch (IOException e) {
            throw new SourceException(SourceException.Kind.ACCESS, file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() >= 2
                && (text.startsWith("\"") && text.endsWith("\"") || text.startsWith("'") && text.endsWith("'"));
        return quoted ? text.substring(1, text.length() - 1) : text;
    }
}
