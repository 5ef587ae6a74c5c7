package io.twinroot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigReaderTest {
    private static final Path EXAMPLE = Path.of("config.example.json");
    private static final Path HERE = Path.of("/etc/twinroot");

    @TempDir
    Path temp;

    @Test
    void theExampleIsReadAndSaysTheDefaults() throws ConfigException {
        Config config = ConfigReader.read(EXAMPLE);

        assertEquals(Path.of("data").toAbsolutePath(), config.data());
        assertEquals(Config.Listen.DEFAULT, config.listen());
        assertNull(config.salt());
        assertEquals(Config.Limits.DEFAULT, config.limits());
        assertEquals(Config.Store.DEFAULT, config.store());
        Config.Peer peer = config.peers().getFirst();
        Config.Peer bare = parse("""
                {"data": "d", "peers": [{"name": "north", "url": "http://127.0.0.1:7401"}]}""").peers().getFirst();
        assertEquals(bare, peer);
        assertEquals(Duration.ofMinutes(15), peer.every());
        assertTrue(peer.covers(new TableName("any/table")));
        assertEquals(List.of("lastSeen"), config.tables().getFirst().rules().digestExcludes());
        Config.Source source = Objects.requireNonNull(config.tables().getLast().source());
        Config.Source usual = Config.Source.of(source.address());
        assertEquals(Path.of("shop.password").toAbsolutePath(), source.passwordFile());
        assertEquals(usual.scan(), source.scan());
        assertEquals(usual.changes(), source.changes());
        assertEquals(usual.maxRate(), source.maxRate());
        assertEquals(usual.maxDeletes(), source.maxDeletes());
        assertEquals(usual.maxChanges(), source.maxChanges());
    }

    @Test
    void aSourceIsTakenWithEverySetting() throws ConfigException {
        Config config = parse("""
                {"data": "/var/x", "tables": [{"name": "a", "source": {"address": "mariadb://u@h/d?table=t",
                 "passwordFile": "pw", "scan": "2m", "changes": "triggers", "maxRate": 5, "maxDeletes": 6,
                 "maxChanges": 7}}]}""");
        assertEquals(
                new Config.Source(
                        "mariadb://u@h/d?table=t",
                        HERE.resolve("pw"),
                        Duration.ofMinutes(2),
                        Config.Source.Changes.TRIGGERS,
                        5,
                        OptionalLong.of(6),
                        7),
                config.tables().getFirst().source());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"address": "postgresql://u:secret@h/d?table=t"} | without a password
                    {"address": "http://127.0.0.1/"} | the address of a table of a database
                    {"changes": "scan"} | the setting "address" is missing
                    {"address": "sqlite:f?table=t", "changes": "guess"} | scan, slot, triggers
                    """)
    void aSourceThatIsNoneIsRefused(String source, String said) {
        ConfigException refused = assertThrows(
                ConfigException.class,
                () -> parse("{\"data\": \"d\", \"tables\": [{\"name\": \"a\", \"source\": " + source + "}]}"));
        assertTrue(String.valueOf(refused.getMessage()).contains(said), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains("secret@"), refused.getMessage());
    }

    @Test
    void aTableWithASourceLeavesColumnsOutInItsAddress() {
        ConfigException refused = assertThrows(ConfigException.class, () -> parse("""
                {"data": "d", "tables": [{"name": "a", "digestExcludes": ["x"],
                 "source": {"address": "sqlite:f?table=t"}}]}"""));
        assertTrue(String.valueOf(refused.getMessage()).contains("without=COLUMN"), refused.getMessage());
    }

    @Test
    void theExampleHasEverySetting() throws IOException {
        Set<String> missing = new TreeSet<>();
        collectMissing(Config.class, new ObjectMapper().readTree(EXAMPLE.toFile()), "", missing);
        assertEquals(Set.of(), missing);
    }

    private static void collectMissing(Class<?> type, JsonNode json, String path, Set<String> missing) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType() == TableRules.class) { // its settings lie beside the others
                collectMissing(TableRules.class, json, path, missing);
                continue;
            }
            String at = path + component.getName();
            JsonNode value = found(json, component.getName());
            if (value.isMissingNode()) {
                missing.add(at);
            }
            Class<?> element = component.getGenericType() instanceof ParameterizedType list
                            && list.getActualTypeArguments()[0] instanceof Class<?> of
                    ? of
                    : component.getType();
            if (element.isRecord() && element.getEnclosingClass() == Config.class) {
                collectMissing(element, value, at + ".", missing);
            }
        }
    }

    /** A setting of an object; of a list, of the first element that has it. */
    private static JsonNode found(JsonNode json, String name) {
        for (JsonNode element : json.isArray() ? json : List.of(json)) {
            if (element.has(name)) {
                return element.path(name);
            }
        }
        return json.path(name);
    }

    @Test
    void whatIsMissingGetsTheDefault() throws ConfigException {
        Config config = parse("{\"data\": \"here/data\"}");
        assertEquals(Config.of(HERE.resolve("here/data"), 7400, List.of()), config);
    }

    @Test
    void everySettingIsTaken() throws ConfigException {
        Config config = parse("""
                {"data": "/var/x", "listen": {"host": "::1", "port": 0}, "salt": "000102030405060708090a0b0c0d0e0f",
                 "tables": [{"name": "a", "digestExcludes": ["z", "b", "z"], "repair": false,
                             "merge": "fields", "schema": 3, "policy": "hold"}],
                 "peers": [{"name": "p", "url": "http://[::1]:80/", "tables": ["a", "b/c"], "direction": "pull",
                            "every": "2s", "jitter": 0, "settle": "0ms", "retry": {"first": "1ms", "max": "1h"},
                            "maxDeletes": 0, "maxChanges": 7, "feed": false, "mode": "incremental"}],
                 "limits": {"connections": 2, "requests": 3, "request": "4s", "stream": "4m", "leastBytesPerSecond": 5},
                 "store": {"overlayMiB": 6, "segmentMiB": 7, "fsync": "interval", "fsyncEvery": "50ms",
                           "compactPercent": 200, "compactMiBPerSecond": 9, "retention": "3h",
                           "tombstoneRetention": "1s", "trashRetention": "2d", "trashMiB": 0},
                 "guards": {"maxDeletes": 5, "maxChanges": 6}}""");
        Config.Table table = config.tables().getFirst();
        assertEquals(TableRules.Merge.FIELDS, table.rules().merge());
        assertEquals(3, table.rules().schema());
        assertEquals(ConflictPolicy.HOLD, table.policy());
        assertEquals(new Config.Guards(OptionalLong.of(5), 6), config.guards());
        assertEquals(Path.of("/var/x"), config.data());
        assertEquals(new Config.Listen("::1", 0), config.listen());
        assertEquals(new Secret(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}), config.salt());
        assertEquals(List.of("b", "z"), config.tables().getFirst().rules().digestExcludes());
        assertFalse(config.tables().getFirst().repair());
        assertEquals(
                new Config.Peer(
                        "p",
                        URI.create("http://[::1]:80"),
                        List.of(new TableName("a"), new TableName("b/c")),
                        Config.Direction.PULL,
                        Duration.ofSeconds(2),
                        0,
                        Duration.ZERO,
                        new Config.Retry(Duration.ofMillis(1), Duration.ofHours(1)),
                        OptionalLong.of(0),
                        7,
                        false,
                        Config.Mode.INCREMENTAL),
                config.peers().getFirst());
        assertEquals(new Config.Limits(2, 3, Duration.ofSeconds(4), Duration.ofMinutes(4), 5), config.limits());
        assertEquals(
                new Config.Store(
                        6,
                        7,
                        Config.Store.Fsync.INTERVAL,
                        Duration.ofMillis(50),
                        200,
                        9,
                        Duration.ofHours(3),
                        Duration.ofSeconds(1),
                        Duration.ofDays(2),
                        0),
                config.store());
    }

    /** Single quotes stand for double ones. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'data': 'd', 'prot': 1}                        | c.json:1:15: prot: there is no such setting; allowed here: data, listen, salt, tables, peers, limits, store
            {'data': 'd', 'peer': []}                       | c.json:1:15: peer: there is no such setting (did you mean "peers"?)
            {'data': 'd', 'listen': {'prot': 1}}            | c.json:1:26: listen.prot: there is no such setting (did you mean "port"?); allowed here: host, port
            {}                                              | c.json:1:1: the setting "data" is missing
            {'data': 7}                                     | c.json:1:10: data: this is a number; allowed: the folder
            {'data': ''}                                    | data: "" is not the folder
            {'data': null}                                  | data: this is null
            {'data': 'd', 'data': 'e'}                      | c.json:1:15: data: given twice; it is already on line 1
            {'data': 'd', 'listen': 7400}                   | listen: this is a number; allowed: an object
            {'data': 'd', 'listen': {'port': 70000}}        | c.json:1:34: listen.port: 70000 is not a whole number from 0 to 65,535
            {'data': 'd', 'listen': {'port': 1.5}}          | listen.port: 1.5 is not a whole number
            {'data': 'd', 'listen': {'port': '7400'}}       | listen.port: this is a text; allowed: a whole number
            {'data': 'd', 'listen': {'port': 1e999999999}}  | listen.port: 1E+999999999 is not a whole number
            {'data': 'd', 'listen': {'host': '0.0.0.0'}}    | listen.host: "0.0.0.0" is not a loopback address
            {'data': 'd', 'tables': {}}                     | tables: this is an object; allowed: a list
            {'data': 'd', 'tables': ['a']}                  | tables[0]: this is a text; allowed: an object
            {'data': 'd', 'tables': [{}]}                   | tables[0]: the setting "name" is missing
            {'data': 'd', 'tables': [{'name': '../a'}]}     | tables[0].name: "../a" is not a table's name
            {'data': 'd', 'tables': [{'name': 'a'}, {'name': 'a'}]} | tables: the table a is given twice
            {'data': 'd', 'tables': [{'name': 'a', 'repair': 'yes'}]} | tables[0].repair: this is a text; allowed: true or false
            {'data': 'd', 'tables': [{'name': 'a', 'digestExcludes': [1]}]} | tables[0].digestExcludes[0]: this is a number
            {'data': 'd', 'peers': [{'name': 'p'}]}         | peers[0]: the setting "url" is missing
            {'data': 'd', 'peers': [{'name': 'p q', 'url': 'http://h:1'}]} | peers[0].name: "p q" is not a name
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'h:1'}]} | peers[0].url: "h:1" is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'ftp://h:1'}]} | is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1/t'}]} | is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h'}]} | is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://u:p@h:1'}]} | is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:99999'}]} | is not http://HOST:PORT
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://127.0.0.1:7400'}]} | the peer p is this node itself
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1'}, {'name': 'p', 'url': 'http://h:2'}]} | the peer p is given twice
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'tables': ['*', 'a']}]} | "*" means all tables and stands alone
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'tables': ['a b']}]} | peers[0].tables[0]: "a b" is not
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'mode': 'half'}]}  | "half" is not tree, full, partial, incremental
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'direction': 'up'}]} | "up" is not pull, push, both
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'every': '15 minutes'}]} | peers[0].every: "15 minutes" is not a duration from 1s to 366d
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'every': '10ms'}]} | "10ms" is not a duration from 1s
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'every': 15}]} | peers[0].every: this is a number; allowed: a duration
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'jitter': 1}]} | peers[0].jitter: 1 is not a number from 0 to 0.9
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'maxDeletes': -1}]} | peers[0].maxDeletes: -1 is not a whole number
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'maxDeletes': 'all'}]} | peers[0].maxDeletes: "all" is not "auto" or a whole number
            {'data': 'd', 'peers': [{'name': 'p', 'url': 'http://h:1', 'retry': {'first': '1m', 'max': '1s'}}]} | peers[0].retry.max: 1s is less than "first", 1m
            {'data': 'd', 'limits': {'connections': 0}}     | limits.connections: 0 is not a whole number from 1 to 100,000
            {'data': 'd', 'store': {'fsync': 'no'}}         | store.fsync: "no" is not always or interval
            {'data': 'd', 'store': {'compactPercent': 100}} | store.compactPercent: 100 is too little; allowed: 110 to
            {'data': 'd', 'store': {'segmentMiB': true}}    | store.segmentMiB: this is true; allowed: a whole number
            []                                              | c.json:1:1: this is a list; allowed: an object
            `` | there is nothing in it
            {'data': 'd'} x                                 | not JSON
            {'data': 'd'} {}                                | there is more after the closing brace
            {'data': 'd'                                    | c.json:1:
            {'data': 'd', // no comments                    | not JSON
            {'data': 'd', 'x': [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]} | not JSON: Document nesting depth
            """)
    void badInputIsNamedWithItsPlace(String json, String expected) {
        ConfigException wrong = assertThrows(ConfigException.class, () -> parse(json.replace('\'', '"')));
        String message = String.valueOf(wrong.getMessage());
        assertTrue(message.contains(expected), message);
        assertTrue(message.startsWith("c.json:"), message);
    }

    @Test
    void allThatIsWrongIsToldAtOnce() {
        ConfigException wrong = assertThrows(ConfigException.class, () -> parse("""
                {
                  "data": "d",
                  "listen": {"port": -1},
                  "store": {"overlay": 3}
                }"""));
        assertEquals(
                List.of(
                        "c.json:3:22: listen.port: -1 is not a whole number from 0 to 65,535",
                        "c.json:4:13: store.overlay: there is no such setting; allowed here: overlayMiB, segmentMiB, fsync,"
                                + " fsyncEvery, compactPercent, compactMiBPerSecond, retention, tombstoneRetention, trashRetention,"
                                + " trashMiB"),
                String.valueOf(wrong.getMessage()).lines().toList());
    }

    @Test
    void manyProblemsAreCounted() {
        String many = Stream.iterate(1, i -> i + 1)
                .limit(30)
                .map(i -> "\"unknown-setting-" + i + "\": 1")
                .reduce("\"data\": \"d\"", (a, b) -> a + ", " + b);
        String message = String.valueOf(assertThrows(ConfigException.class, () -> parse("{" + many + "}"))
                .getMessage());
        assertEquals(Problems.MAX + 1, message.lines().count());
        assertTrue(message.endsWith("c.json: and 10 more"), message);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"salt\": \"5ec2e75ec2e75ec2e75ec2e75ec2e7zz\"'",
        "'\"salt\": \"5ec2e7\"'",
        "'\"salt\": 5527',",
        "'\"salt\": x5ec2e75ec2e75ec2e75ec2e75ec2e7aa'",
        "'\"salt\": 5ec2e75ec2e75ec2e75ec2e75ec2e7aa'",
        "'\"salt\": [\"5ec2e7\"]'",
    })
    void secretsAreNeverPrinted(String setting) {
        String message =
                String.valueOf(assertThrows(ConfigException.class, () -> parse("{\"data\": \"d\", " + setting + "}"))
                        .getMessage());
        assertFalse(message.contains("5ec2e7") || message.contains("5527"), message);
    }

    @Test
    void aSaltMayComeFromAFile() throws Exception {
        Files.writeString(temp.resolve("salt"), "000102030405060708090A0B0C0D0E0F\n");
        Files.writeString(temp.resolve("c.json"), "{\"data\": \"d\", \"salt\": \"file:salt\"}");
        Config config = ConfigReader.read(temp.resolve("c.json"));
        assertEquals(new Secret(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}), config.salt());
        assertFalse(config.toString().contains("0102"), config.toString());

        Files.delete(temp.resolve("salt"));
        ConfigException wrong = assertThrows(ConfigException.class, () -> ConfigReader.read(temp.resolve("c.json")));
        assertTrue(String.valueOf(wrong.getMessage()).contains("salt: not usable"), wrong.getMessage());
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws IOException {
        assertMessage(temp.resolve("none.json"), "there is no such file");
        assertMessage(temp, "is a folder");
        Path binary = Files.write(temp.resolve("b.json"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertMessage(binary, "is not UTF-8");
        Path large = Files.write(temp.resolve("l.json"), new byte[(1 << 20) + 1]);
        assertMessage(large, "the limit is 1048576");
    }

    private static void assertMessage(Path file, String expected) {
        String message = String.valueOf(assertThrows(ConfigException.class, () -> ConfigReader.read(file))
                .getMessage());
        assertTrue(message.startsWith(file.toString()) && message.contains(expected), message);
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "15m,900000", "2h,7200000", "1d,86400000", "0ms,0", "1500ms,1500"})
    void durationsAreReadAndWritten(String text, long ms) {
        assertEquals(Duration.ofMillis(ms), Durations.parse(text).orElseThrow());
        assertEquals(text, Durations.text(Duration.ofMillis(ms)));
    }

    private static Config parse(String json) throws ConfigException {
        return ConfigReader.parse(json, "c.json", HERE);
    }
}
