package io.twinroot.source.sql;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Where a database is, and what of it is meant: {@code postgresql://user@host:port/database?table=t},
 * {@code mariadb://…}, {@code sqlite:file?table=t}. It never holds a password.
 *
 * @param place host and port, or the path of SQLite's file
 * @param database empty for SQLite
 * @param table one table; empty for all that {@code tables} and {@code exclude} leave
 * @param tables patterns with {@code *} and {@code ?}; empty for all
 * @param selection what of each table is compared
 * @param passwordFile a file whose first line is the password
 * @param passwordEnv a variable of the environment that holds it
 * @param options what the driver is told, as it calls it: {@code sslmode} and the like
 */
public record SqlAddress(
        Engine engine,
        String place,
        String database,
        Optional<String> user,
        Optional<String> schema,
        Optional<String> table,
        List<String> tables,
        List<String> exclude,
        Selection selection,
        Optional<String> passwordFile,
        Optional<String> passwordEnv,
        Map<String, String> options) {
    public SqlAddress {
        tables = List.copyOf(tables);
        exclude = List.copyOf(exclude);
        options = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /** Whether a text begins as the address of a database does. */
    public static boolean isOne(String text) {
        return engine(text).isPresent();
    }

    private static Optional<Engine> engine(String text) {
        if (text.startsWith("postgresql:") || text.startsWith("postgres:")) {
            return Optional.of(Engine.POSTGRESQL);
        }
        if (text.startsWith("mariadb:") || text.startsWith("mysql:")) {
            return Optional.of(Engine.MARIADB);
        }
        return text.startsWith("sqlite:") ? Optional.of(Engine.SQLITE) : Optional.empty();
    }

    /** @throws IllegalArgumentException with a sentence that says what is wrong; it does not repeat a password */
    public static SqlAddress parse(String text) {
        Engine engine = engine(text).orElseThrow(() -> new IllegalArgumentException("no database: " + text));
        int query = text.indexOf('?');
        Map<String, String> given = query < 0 ? new LinkedHashMap<>() : parameters(text.substring(query + 1));
        String base = query < 0 ? text : text.substring(0, query);
        if (engine == Engine.SQLITE) {
            String path = base.substring("sqlite:".length());
            if (path.isEmpty()) {
                throw new IllegalArgumentException("'sqlite:' names no file; write sqlite:PATH?table=TABLE");
            }
            return of(engine, path, "", Optional.empty(), given);
        }
        URI uri = uri(base);
        String user = uri.getUserInfo();
        if (user != null && user.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "the address of " + uri.getHost() + " holds a password, which others could"
                            + " read in the list of processes; leave it out and use passwordFile=FILE or passwordEnv=NAME in the"
                            + " address, or " + usualPlaces(engine));
        }
        String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
        if (uri.getHost() == null || path.isEmpty() || path.indexOf('/') >= 0) {
            throw new IllegalArgumentException("'" + base + "' names no host or no database; write " + uri.getScheme()
                    + "://USER@HOST:PORT/DATABASE?table=TABLE");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : engine == Engine.POSTGRESQL ? 5432 : 3306;
        return of(engine, uri.getHost() + ":" + port, path, Optional.ofNullable(user), given);
    }

    private static String usualPlaces(Engine engine) {
        return engine == Engine.POSTGRESQL ? "PGPASSWORD, PGPASSFILE or ~/.pgpass" : "MYSQL_PWD or ~/.my.cnf";
    }

    private static URI uri(String base) {
        try {
            return new URI(base);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + base + "' is not a URL: " + e.getReason(), e);
        }
    }

    private static SqlAddress of(
            Engine engine, String place, String database, Optional<String> user, Map<String, String> given) {
        Optional<String> table = take(given, "table");
        Optional<String> where = take(given, "where");
        List<String> key = names(given, "key");
        List<String> columns = names(given, "columns");
        if (table.isEmpty() && (where.isPresent() || !key.isEmpty() || !columns.isEmpty())) {
            throw new IllegalArgumentException("where=, key= and columns= are of one table; name it with table=TABLE");
        }
        String strict = take(given, "strict").orElse("false");
        if (!strict.equals("true") && !strict.equals("false")) {
            throw new IllegalArgumentException("strict=" + strict + " is neither true nor false");
        }
        SqlAddress address = new SqlAddress(
                engine,
                place,
                database,
                user,
                take(given, "schema"),
                table,
                names(given, "tables"),
                names(given, "exclude"),
                new Selection(columns, names(given, "without"), key, where, strict.equals("true")),
                take(given, "passwordFile"),
                take(given, "passwordEnv"),
                given);
        for (String secret : List.of("password", "PGPASSWORD", "sslpassword", "user")) {
            if (given.containsKey(secret)) {
                throw new IllegalArgumentException("the address has '" + secret
                        + "=', which does not belong there; the user stands before the host,"
                        + " the password in passwordFile=FILE, passwordEnv=NAME, or " + usualPlaces(engine));
            }
        }
        return address;
    }

    private static Optional<String> take(Map<String, String> given, String name) {
        return Optional.ofNullable(given.remove(name));
    }

    private static List<String> names(Map<String, String> given, String name) {
        return take(given, name)
                .map(list -> Arrays.stream(list.split(",", -1))
                        .map(String::strip)
                        .filter(one -> !one.isEmpty())
                        .toList())
                .orElse(List.of());
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException("'" + part
                        + "' in an address is not NAME=VALUE; '&', '?' and '=' in a value are %26, %3F and %3D");
            }
            String name = decode(part.substring(0, equals));
            if (parameters.put(name, decode(part.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("the address has '" + name + "=' twice");
            }
        }
        return parameters;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The same with this table, or with none. */
    public SqlAddress with(Optional<String> another) {
        return new SqlAddress(
                engine,
                place,
                database,
                user,
                schema,
                another,
                tables,
                exclude,
                selection,
                passwordFile,
                passwordEnv,
                options);
    }

    /** The form that a user writes, with all that was given. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (engine == Engine.SQLITE) {
            text.append("sqlite:").append(place);
        } else {
            text.append(engine == Engine.POSTGRESQL ? "postgresql://" : "mariadb://");
            user.ifPresent(name -> text.append(encode(name)).append('@'));
            text.append(place).append('/').append(encode(database));
        }
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        table.ifPresent(name -> query.add("table=" + encode(name)));
        schema.ifPresent(name -> query.add("schema=" + encode(name)));
        add(query, "tables", tables);
        add(query, "exclude", exclude);
        add(query, "key", selection.key());
        add(query, "columns", selection.columns());
        add(query, "without", selection.without());
        selection.where().ifPresent(where -> query.add("where=" + encode(where)));
        if (selection.strict()) {
            query.add("strict=true");
        }
        passwordFile.ifPresent(file -> query.add("passwordFile=" + encode(file)));
        passwordEnv.ifPresent(name -> query.add("passwordEnv=" + encode(name)));
        options.forEach((name, value) -> query.add(encode(name) + "=" + encode(value)));
        return text.append(query).toString();
    }

    private static void add(StringJoiner query, String name, List<String> values) {
        if (!values.isEmpty()) {
            query.add(name + "=" + encode(String.join(",", values)));
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2C", ",")
                .replace("%2F", "/")
                .replace("%3A", ":")
                .replace("%3E", ">")
                .replace("%3C", "<");
    }

    /** The address alone, for messages: without what of the table is compared, and how it is reached. */
    public String shortly() {
        return new SqlAddress(
                        engine,
                        place,
                        database,
                        user,
                        schema,
                        table,
                        List.of(),
                        List.of(),
                        Selection.ALL,
                        Optional.empty(),
                        Optional.empty(),
                        Map.of())
                .toString();
    }
}
