package io.twinroot.config;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Config} of a JSON file. */
public final class ConfigReader {
    private static final long MAX_BYTES = 1 << 20;
    private static final int MAX_TABLES = 10_000;
    private static final int MAX_PEERS = 100;
    private static final Duration MS = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration LONGEST_KEPT = Duration.ofDays(3_660);

    private final Path folder;
    private final Problems problems;

    private ConfigReader(Path folder, Problems problems) {
        this.folder = folder;
        this.problems = problems;
    }

    /**
     * Reads a file. Relative paths in it are meant from the folder that it lies in.
     *
     * @throws ConfigException when it cannot be read, or with all that is wrong in it
     */
    public static Config read(Path file) throws ConfigException {
        Path absolute = file.toAbsolutePath();
        return parse(content(file), file.toString(), absolute.getParent() == null ? absolute : absolute.getParent());
    }

    /** Reads a text; {@code name} stands for it in messages. */
    static Config parse(String text, String name, Path folder) throws ConfigException {
        Problems problems = new Problems(name);
        try {
            Json json = Json.parse(text, problems);
            Optional<Config> config = Section.read(json, problems, new ConfigReader(folder, problems)::config);
            if (problems.none() && config.isPresent()) {
                return config.get();
            }
        } catch (Json.Malformed e) {
            problems.add(e.place(), String.valueOf(e.getMessage()));
        }
        throw new ConfigException(problems.lines());
    }

    private static String content(Path file) throws ConfigException {
        try {
            if (Files.isDirectory(file)) {
                throw new ConfigException(List.of(file + ": is a folder; the configuration is a JSON file"));
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new ConfigException(
                        List.of(file + ": has " + Files.size(file) + " bytes; the limit is " + MAX_BYTES));
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": there is no such file (config.example.json shows every setting)", e);
        } catch (AccessDeniedException e) {
            throw new ConfigException(file + ": may not be read by this user", e);
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + ": is not UTF-8 text", e);
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private Config config(Section top) {
        Path data = top.required("data", "the folder of the node's data", this::path)
                .orElse(folder);
        Config.Listen listen = top.section("listen", Config.Listen.DEFAULT, ConfigReader::listen);
        Secret salt = top.secret(
                "salt", "\"published\", 32 hexadecimal digits, or file:PATH of a file that holds them", this::salt);
        List<Config.Table> tables = top.list(
                "tables",
                MAX_TABLES,
                json -> Section.read(json, problems, this::table).flatMap(table -> table));
        List<Config.Peer> peers = top.list(
                "peers",
                MAX_PEERS,
                json -> Section.read(json, problems, ConfigReader::peer).flatMap(peer -> peer));
        doubled(tables, table -> table.name().text())
                .ifPresent(name -> top.wrong("tables", "the table " + name + " is given twice"));
        doubled(peers, Config.Peer::name)
                .ifPresent(name -> top.wrong("peers", "the peer " + name + " is given twice; names must differ"));
        for (Config.Peer peer : peers) {
            if (isSelf(peer.url(), listen)) {
                top.wrong("peers", "the peer " + peer.name() + " is this node itself: " + peer.url());
            }
        }
        return new Config(
                data,
                listen,
                salt,
                tables,
                peers,
                top.section("limits", Config.Limits.DEFAULT, ConfigReader::limits),
                top.section("store", Config.Store.DEFAULT, ConfigReader::store),
                top.section("scrub", Config.Scrub.DEFAULT, ConfigReader::scrub),
                top.section(
                        "guards",
                        Config.Guards.DEFAULT,
                        guards -> new Config.Guards(
                                guards.wholeOrAuto("maxDeletes", 0, Long.MAX_VALUE),
                                guards.whole("maxChanges", Config.Guards.DEFAULT.maxChanges(), 0, Long.MAX_VALUE))));
    }

    private Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("an empty path");
        }
        try {
            return folder.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Config.Listen listen(Section listen) {
        return new Config.Listen(
                listen.text(
                        "host",
                        Config.Listen.DEFAULT.host(),
                        "a loopback address (127.0.0.1, ::1, localhost):"
                                + " to listen elsewhere needs trust between peers, which this version lacks",
                        ConfigReader::loopback),
                (int) listen.whole("port", Config.DEFAULT_PORT, 0, 65_535));
    }

    private static String loopback(String host) {
        if (host.equals("localhost")
                || host.equals("::1")
                || host.matches("127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}")) {
            return host;
        }
        throw new IllegalArgumentException("not a loopback address");
    }

    private @Nullable Secret salt(String text) {
        if (text.equals("published")) {
            return null;
        }
        String hex = text;
        if (text.startsWith("file:")) {
            try {
                hex = Files.readString(path(text.substring("file:".length()))).strip();
            } catch (IOException e) {
                throw new IllegalArgumentException(e);
            }
        }
        if (hex.length() != 32) {
            throw new IllegalArgumentException("not 32 digits");
        }
        return new Secret(HexFormat.of().parseHex(hex));
    }

    private Optional<Config.Table> table(Section table) {
        Optional<TableName> name =
                table.required("name", "a table's name, as in tenant/package/module", TableName::new);
        List<String> excluded = table.list(
                "digestExcludes",
                1_000,
                json -> table.element(json, "the name of a field", field -> new Value.Text(field).value()));
        boolean repair = table.bool("repair", true);
        TableRules.Merge merge = table.text("merge", TableRules.Merge.ROW, "row or fields", text -> switch (text) {
            case "row" -> TableRules.Merge.ROW;
            case "fields" -> TableRules.Merge.FIELDS;
            default -> throw new IllegalArgumentException("neither row nor fields");
        });
        int schema = (int) table.whole("schema", 0, 0, Integer.MAX_VALUE);
        ConflictPolicy policy = table.text(
                "policy",
                ConflictPolicy.NEWEST,
                "newest, mine, theirs or hold",
                text -> Arrays.stream(ConflictPolicy.values())
                        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                        .findFirst()
                        .orElseThrow(IllegalArgumentException::new));
        TableRules rules = TableRules.excluding(excluded).merging(merge).ofSchema(schema);
        Optional<Config.Source> source = table.section("source", Optional.empty(), this::source);
        if (source.isPresent() && !excluded.isEmpty()) {
            table.wrong(
                    "digestExcludes",
                    "a table with a source has none; leave columns out in its address, with without=COLUMN");
        }
        return name.map(found -> new Config.Table(found, rules, repair, policy, source.orElse(null)));
    }

    private Optional<Config.Source> source(Section source) {
        Optional<String> address = source.requiredUnshown(
                "address",
                "the address of a table of a database without a password, as"
                        + " postgresql://USER@HOST/DATABASE?table=TABLE",
                ConfigReader::database);
        Path passwordFile = source.text(
                        "passwordFile", Optional.<Path>empty(), "a file's path", text -> Optional.of(path(text)))
                .orElse(null);
        Duration scan = source.duration("scan", Config.Source.DEFAULT_SCAN, SECOND, Duration.ofDays(366));
        Config.Source.Changes changes =
                word(source, "changes", Config.Source.Changes.SCAN, Config.Source.Changes.values());
        long maxRate = source.whole("maxRate", 0, 0, Integer.MAX_VALUE);
        OptionalLong maxDeletes = source.wholeOrAuto("maxDeletes", 0, Long.MAX_VALUE);
        long maxChanges = source.whole("maxChanges", Config.Peer.DEFAULT_MAX_CHANGES, 0, Long.MAX_VALUE);
        long maxBacklog = source.whole("maxBacklogMiB", Config.Source.DEFAULT_MAX_BACKLOG_MIB, 1, 1 << 24);
        return address.map(place ->
                new Config.Source(place, passwordFile, scan, changes, maxRate, maxDeletes, maxChanges, maxBacklog));
    }

    /** Only that it may be one, and shows no password; its parts are read where it is opened. */
    private static String database(String text) {
        if (!text.matches("(postgresql|postgres|mariadb|mysql|sqlite):.+")
                || text.matches("[a-z]+://[^@/?]*:[^@/?]*@.*")) {
            throw new IllegalArgumentException("not an address of a database");
        }
        return text;
    }

    private static Optional<Config.Peer> peer(Section peer) {
        Optional<String> name =
                peer.required("name", "a name for messages, of 1 to 64 letters, digits, . _ -", text -> {
                    if (!text.matches("[A-Za-z0-9._-]{1,64}")) {
                        throw new IllegalArgumentException("not a name");
                    }
                    return text;
                });
        Optional<URI> url = peer.required("url", "http://HOST:PORT", ConfigReader::url);
        List<String> tables = peer.list(
                "tables",
                MAX_TABLES,
                json -> peer.element(
                        json, "\"*\" or a table's name", text -> text.equals("*") ? text : new TableName(text).text()));
        if (tables.contains("*") && tables.size() > 1) {
            peer.wrong("tables", "\"*\" means all tables and stands alone");
        }
        Config.Direction direction = word(peer, "direction", Config.Direction.BOTH, Config.Direction.values());
        Config.Mode mode = word(peer, "mode", Config.Mode.TREE, Config.Mode.values());
        Duration every = peer.duration("every", Config.Peer.DEFAULT_EVERY, SECOND, Duration.ofDays(366));
        double jitter = peer.fraction("jitter", Config.Peer.DEFAULT_JITTER, 0.9);
        Duration settle = peer.duration("settle", Config.Peer.DEFAULT_SETTLE, Duration.ZERO, Duration.ofHours(1));
        Config.Retry retry = peer.section("retry", Config.Retry.DEFAULT, ConfigReader::retry);
        OptionalLong maxDeletes = peer.wholeOrAuto("maxDeletes", 0, Long.MAX_VALUE);
        long maxChanges = peer.whole("maxChanges", Config.Peer.DEFAULT_MAX_CHANGES, 0, Long.MAX_VALUE);
        boolean feed = peer.bool("feed", true);
        if (name.isEmpty() || url.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Config.Peer(
                name.get(),
                url.get(),
                tables.stream()
                        .filter(table -> !table.equals("*"))
                        .map(TableName::new)
                        .toList(),
                direction,
                every,
                jitter,
                settle,
                retry,
                maxDeletes,
                maxChanges,
                feed,
                mode));
    }

    private static <E extends Enum<E>> E word(Section section, String name, E otherwise, E[] values) {
        return section.text(
                name,
                otherwise,
                Arrays.stream(values).map(ConfigReader::lower).collect(Collectors.joining(", ")),
                text -> Arrays.stream(values)
                        .filter(value -> lower(value).equals(text))
                        .findFirst()
                        .orElseThrow(IllegalArgumentException::new));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static URI url(String text) {
        URI url = URI.create(text);
        String path = url.getRawPath();
        if (!"http".equals(url.getScheme())
                || url.getHost() == null
                || url.getPort() < 1
                || url.getPort() > 65_535
                || url.getRawUserInfo() != null
                || url.getRawQuery() != null
                || url.getRawFragment() != null
                || !(path.isEmpty() || path.equals("/"))) {
            throw new IllegalArgumentException("not http://HOST:PORT");
        }
        return URI.create("http://" + url.getRawAuthority());
    }

    private static boolean isSelf(URI url, Config.Listen listen) {
        String host = url.getHost().replace("[", "").replace("]", "");
        return url.getPort() == listen.port() && (host.equals(listen.host()) || host.equals("localhost"));
    }

    private static Config.Retry retry(Section retry) {
        Duration first = retry.duration("first", Config.Retry.DEFAULT.first(), MS, DAY);
        Duration max = retry.duration("max", Config.Retry.DEFAULT.max(), MS, DAY);
        if (max.compareTo(first) < 0) {
            retry.wrong("max", Durations.text(max) + " is less than \"first\", " + Durations.text(first));
        }
        return new Config.Retry(first, max);
    }

    private static Config.Limits limits(Section limits) {
        Config.Limits missing = Config.Limits.DEFAULT;
        return new Config.Limits(
                (int) limits.whole("connections", missing.connections(), 1, 100_000),
                (int) limits.whole("requests", missing.requests(), 1, 10_000),
                limits.duration("request", missing.request(), SECOND, DAY),
                limits.duration("stream", missing.stream(), SECOND, DAY),
                (int) limits.whole("leastBytesPerSecond", missing.leastBytesPerSecond(), 1, 1 << 30));
    }

    private static Config.Store store(Section store) {
        Config.Store missing = Config.Store.DEFAULT;
        int overlay = (int) store.whole("overlayMiB", missing.overlayMiB(), 1, 65_536);
        int segment = (int) store.whole("segmentMiB", missing.segmentMiB(), 1, 1_024);
        Config.Store.Fsync fsync = store.text("fsync", missing.fsync(), "always or interval", ConfigReader::fsync);
        Duration every = store.duration("fsyncEvery", missing.fsyncEvery(), MS, Duration.ofMinutes(10));
        int percent = (int) store.whole("compactPercent", missing.compactPercent(), 0, 1_000);
        if (percent > 0 && percent < 110) {
            store.wrong("compactPercent", percent + " is too little; allowed: 110 to 1000, or 0 for never");
        }
        return new Config.Store(
                overlay,
                segment,
                fsync,
                every,
                percent,
                (int) store.whole("compactMiBPerSecond", missing.compactMiBPerSecond(), 1, 65_536),
                store.duration("retention", missing.retention(), Duration.ZERO, LONGEST_KEPT),
                store.duration("tombstoneRetention", missing.tombstoneRetention(), SECOND, LONGEST_KEPT),
                store.duration("trashRetention", missing.trashRetention(), Duration.ZERO, LONGEST_KEPT),
                (int) store.whole("trashMiB", missing.trashMiB(), 0, 1 << 20));
    }

    private static Config.Store.Fsync fsync(String text) {
        return switch (text) {
            case "always" -> Config.Store.Fsync.ALWAYS;
            case "interval" -> Config.Store.Fsync.INTERVAL;
            default -> throw new IllegalArgumentException("neither always nor interval");
        };
    }

    private static Config.Scrub scrub(Section scrub) {
        Duration least = Duration.ofMinutes(1);
        Duration most = Duration.ofDays(366);
        Optional<Duration> every = scrub.text(
                "every",
                Optional.ofNullable(Config.Scrub.DEFAULT.every()),
                "\"off\", or a duration from " + Durations.text(least) + " to " + Durations.text(most) + ", as \"7d\"",
                text -> {
                    Optional<Duration> found = Durations.parse(text)
                            .filter(time -> time.compareTo(least) >= 0 && time.compareTo(most) <= 0);
                    if (found.isEmpty() && !text.equals("off")) {
                        throw new IllegalArgumentException("neither");
                    }
                    return found;
                });
        int rate = (int) scrub.whole("bytesPerSecond", Config.Scrub.DEFAULT.bytesPerSecond(), 1 << 10, 1 << 30);
        return new Config.Scrub(every.orElse(null), rate);
    }

    private static <T> Optional<String> doubled(List<T> list, Function<T, String> name) {
        Set<String> seen = new HashSet<>();
        return list.stream().map(name).filter(found -> !seen.add(found)).findFirst();
    }
}
