package io.twinroot.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows, changes, outcomes, indexes and tables in JSON. */
final class WireJsonTest {
    private static final String STAMP = "0000000000000001-00000000000000020000000000000003-4";
    private static final String DIGEST = "ab".repeat(32);

    private static byte[] utf8(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String named(String json) {
        return json.replace("STAMP", "\"" + STAMP + "\"").replace("DIGEST", "\"" + DIGEST + "\"");
    }

    @Test
    void rowsAreReadBackAsThemselves() {
        for (long seed = 0; seed < 500; seed++) {
            RandomValues random = new RandomValues(seed);
            Row live = new Row.Live(random.uid(), random.stamp(), random.fields());
            assertEquals(new WireRow(live, null), RowJson.decode(RowJson.encode(live, null)), "seed " + seed);
            Row tombstone = new Row.Tombstone(random.uid(), random.stamp());
            assertEquals(new WireRow(tombstone, null), RowJson.decode(RowJson.encode(tombstone, null)), "seed " + seed);
            Value.Bytes content = new Value.Bytes(random.bytes(100));
            Body blob = new Body.Blob(100, Digest.sha256(content.toBytes()));
            Row row = new Row.Live(random.uid(), random.stamp(), blob);
            assertEquals(new WireRow(row, content), RowJson.decode(RowJson.encode(row, content)), "seed " + seed);
            assertEquals(new WireRow(row, null), RowJson.decode(RowJson.encode(row, null)), "seed " + seed);
        }
    }

    @Test
    void changesAreReadBackAsThemselves() {
        for (long seed = 0; seed < 500; seed++) {
            RandomValues random = new RandomValues(seed);
            RowState expected = random.toss() ? random.state() : null;
            for (Change change : List.of(
                    new Change.Put(random.uid(), random.fields(), null, expected),
                    new Change.Delete(random.uid(), expected),
                    new Change.Replicate(
                            new RowData(new Row.Live(random.uid(), random.stamp(), random.fields()), null), expected),
                    new Change.Replicate(
                            new RowData(new Row.Tombstone(random.uid(), random.stamp()), null), expected))) {
                assertEquals(change, ChangeJson.decode(ChangeJson.encode(change, null)), "seed " + seed);
            }
        }
    }

    @Test
    void aBlobInAChangeBringsItsBytes() throws Exception {
        byte[] bytes = {1, 2, 3};
        Body.Blob blob = new Body.Blob(3, Digest.sha256(bytes));
        Change change = new Change.Put(Uid.ofText("a"), blob, BlobSource.of(bytes), null);
        Change.Put back = (Change.Put) ChangeJson.decode(ChangeJson.encode(change, new Value.Bytes(bytes)));
        assertEquals(blob, back.body());
        try (var in = back.blob().open()) {
            assertEquals(new Value.Bytes(bytes), new Value.Bytes(in.readAllBytes()));
        }
        Change.Put bare = (Change.Put) ChangeJson.decode(utf8("{\"uid\":\"a\",\"blob\":{\"bytes\":\"AQID\"}}"));
        assertEquals(blob, bare.body());
    }

    @Test
    void theRestIsReadBackAsItself() {
        for (long seed = 0; seed < 300; seed++) {
            RandomValues random = new RandomValues(seed);
            for (Outcome outcome : List.of(
                    new Outcome.Applied(random.stamp()),
                    new Outcome.Same(),
                    new Outcome.Older(random.state()),
                    new Outcome.ChangedMeanwhile(random.state()),
                    new Outcome.Refused(random.text()))) {
                assertEquals(outcome, OutcomeJson.decode(OutcomeJson.encode(outcome)), "seed " + seed);
                Problem problem = Problem.of(Problem.Type.REFUSED, random.text())
                        .withDone(seed)
                        .withOutcome(outcome);
                assertEquals(problem, Problem.decode(problem.encode()), "seed " + seed);
            }
            List<Uid> uids = new ArrayList<>();
            List<Entry> entries = new ArrayList<>();
            List<RowState> states = new ArrayList<>();
            for (int i = 0; i < seed % 5; i++) {
                uids.add(random.uid());
                entries.add(new Entry(random.uid(), random.stamp(), random.digest()));
                states.add(random.state());
            }
            assertEquals(uids, IndexJson.decodeUids(IndexJson.encodeUids(uids), 5), "seed " + seed);
            assertEquals(entries, IndexJson.decodeEntries(IndexJson.encodeEntries(entries), 5), "seed " + seed);
            assertEquals(states, IndexJson.decodeStates(IndexJson.encodeStates(states), 5), "seed " + seed);
            TableRules rules = TableRules.excluding(List.of("z", "seen", random.text()));
            assertEquals(rules, TableJson.decodeRules(TableJson.encodeRules(rules)), "seed " + seed);
            TableInfo info = new TableInfo(
                    new TableName("a/b"),
                    rules,
                    1,
                    random.stamp().clock(),
                    seed,
                    2,
                    random.digest(),
                    random.toss() ? random.stamp() : null);
            assertEquals(info, TableJson.decode(TableJson.encode(info)), "seed " + seed);
            assertEquals(List.of(info), TableJson.decodeAll(TableJson.encodeAll(List.of(info))), "seed " + seed);
        }
    }

    @Test
    void aListHasABound() {
        byte[] json = utf8("{\"uids\":[\"a\",\"b\",\"c\"]}");
        assertEquals(3, IndexJson.decodeUids(json, 3).size());
        JsonException e = assertThrows(JsonException.class, () -> IndexJson.decodeUids(json, 2));
        assertEquals(17, e.offset());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[]|a row",
                "{}|a uid, a stamp",
                "{\"uid\":\"a\",\"body\":{}}|a stamp",
                "{\"uid\":\"a\",\"stamp\":STAMP}|one of body",
                "{\"uid\":\"a\",\"body\":{},\"deleted\":true,\"stamp\":STAMP}|one of body",
                "{\"uid\":\"a\",\"body\":{},\"blob\":{\"bytes\":\"\"},\"stamp\":STAMP}|one of body",
                "{\"uid\":\"a\",\"deleted\":false,\"stamp\":STAMP}|true, or left out",
                "{\"uid\":\"\",\"body\":{},\"stamp\":STAMP}|empty",
                "{\"uid\":1,\"body\":{},\"stamp\":STAMP}|a UID",
                "{\"uid\":{\"$bytes\":\"\"},\"body\":{},\"stamp\":STAMP}|empty",
                "{\"uid\":{\"$text\":\"\"},\"body\":{},\"stamp\":STAMP}|$bytes",
                "{\"uid\":{\"$bytes\":\"AA==\",\"x\":1},\"body\":{},\"stamp\":STAMP}|other names",
                "{\"uid\":\"\\ud800\",\"body\":{},\"stamp\":STAMP}|surrogate",
                "{\"uid\":\"a\",\"body\":[],\"stamp\":STAMP}|an object",
                "{\"uid\":\"a\",\"body\":{\"$bytes\":\"\"},\"stamp\":STAMP}|a mapping",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":\"1-2-3\"}|CLOCK-INCARNATION-SEQ",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":\"000000000000000A-00000000000000020000000000000003-4\"}|lower case",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":\"0000000000000001-00000000000000020000000000000003-0\"}|starts at 1",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":\"0000000000000001-00000000000000020000000000000003-x\"}|x",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":STAMP,\"more\":1}|'more' is not known",
                "{\"uid\":\"a\",\"uid\":\"a\",\"body\":{},\"stamp\":STAMP}|twice",
                "{\"uid\":\"a\",\"blob\":{\"size\":1},\"stamp\":STAMP}|size and sha256",
                "{\"uid\":\"a\",\"blob\":{\"size\":-1,\"sha256\":DIGEST},\"stamp\":STAMP}|negative",
                "{\"uid\":\"a\",\"blob\":{\"size\":4,\"sha256\":DIGEST,\"bytes\":\"AQID\"},\"stamp\":STAMP}|not what",
                "{\"uid\":\"a\",\"blob\":{\"size\":3,\"sha256\":DIGEST,\"bytes\":\"AQID\"},\"stamp\":STAMP}|not what",
                "{\"uid\":\"a\",\"blob\":{\"size\":3,\"sha256\":\"ABC\"},\"stamp\":STAMP}|64 hexadecimal",
                "{\"uid\":\"a\",\"cbor\":\"AA==\",\"stamp\":STAMP}|neither fields nor a blob",
                "{\"uid\":\"a\",\"cbor\":\"oQ==\",\"stamp\":STAMP}|CBOR",
                "{\"uid\":\"a\",\"body\":{},\"stamp\":STAMP} x|not JSON"
            })
    void badRowsAreRefused(String json, String what) {
        JsonException e = assertThrows(JsonException.class, () -> RowJson.decode(utf8(named(json))));
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"uid\":\"a\"}|one of body",
                "{\"body\":{}}|a uid",
                "{\"uid\":\"a\",\"delete\":true,\"deleted\":true,\"stamp\":STAMP}|one of body",
                "{\"uid\":\"a\",\"delete\":true,\"stamp\":STAMP}|\"deleted\": true",
                "{\"uid\":\"a\",\"deleted\":true}|\"delete\": true",
                "{\"uid\":\"a\",\"blob\":{\"size\":3,\"sha256\":DIGEST}}|octet-stream",
                "{\"uid\":\"a\",\"body\":{},\"if\":{}}|a state is",
                "{\"uid\":\"a\",\"body\":{},\"if\":{\"digest\":DIGEST}}|a state is",
                "{\"uid\":\"a\",\"body\":{},\"if\":{\"stamp\":STAMP}}|a state is",
                "{\"uid\":\"a\",\"body\":{},\"if\":{\"absent\":true,\"stamp\":STAMP}}|a state is",
                "{\"uid\":\"a\",\"body\":{},\"if\":{\"absent\":false}}|true, or left out",
                "{\"uid\":\"a\",\"body\":{},\"if\":{\"stamp\":STAMP,\"digest\":DIGEST,\"deleted\":true}}|a state is",
                "{\"uid\":\"a\",\"body\":{},\"when\":1}|not known"
            })
    void badChangesAreRefused(String json, String what) {
        JsonException e = assertThrows(JsonException.class, () -> ChangeJson.decode(utf8(named(json))));
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    @Test
    void aBlobInJsonHasALimit() {
        byte[] bytes = new byte[WireRow.INLINE_MAX + 1];
        Row row = new Row.Live(Uid.ofText("a"), Stamp.parse(STAMP), new Body.Blob(bytes.length, Digest.sha256(bytes)));
        byte[] json = RowJson.encode(row, new Value.Bytes(bytes));
        assertThrows(JsonException.class, () -> RowJson.decode(json));
        assertThrows(IllegalArgumentException.class, () -> new WireRow(row, new Value.Bytes(new byte[1])));
    }

    @Test
    void fieldsTooLongForALineGoAsCbor() {
        List<Value> items = new ArrayList<>();
        for (int i = 0; i < 300_000; i++) {
            items.add(new Value.Bytes(new byte[0]));
        }
        Body body = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Sequence(items))));
        Row row = new Row.Live(Uid.ofText("a"), Stamp.parse(STAMP), body);
        byte[] json = RowJson.encode(row, null);
        assertTrue(json.length < RowJson.LINE_MAX, () -> json.length + " bytes");
        assertEquals(row, RowJson.decode(json).row());
        Change change = new Change.Put(row.uid(), body, null, null);
        assertEquals(change, ChangeJson.decode(ChangeJson.encode(change, null)));
    }

    @Test
    void tablesWithNamesOutOfFormAreRefused() {
        Function<String, JsonException> refuse =
                json -> assertThrows(JsonException.class, () -> TableJson.decodeRules(utf8(json)), json);
        assertTrue(
                refuse.apply("{\"digestExcludes\":[\"a\",\"a\"]}").getMessage().contains("twice"));
        assertTrue(refuse.apply("{\"digestExcludes\":[1]}").getMessage().contains("a string") == false);
        assertTrue(refuse.apply("{\"digestExclude\":[]}").getMessage().contains("not known"));
        assertEquals(TableRules.DEFAULT, TableJson.decodeRules(utf8("{}")));
        assertEquals(
                List.of("b", "aa"),
                TableJson.decodeRules(utf8("{\"digestExcludes\":[\"aa\",\"b\"]}"))
                        .digestExcludes());
    }

    @Test
    void linesAreCutWhereverThePiecesEnd() {
        byte[] text = utf8("one\ntwo\n\u00fcber\nlast");
        for (int piece = 1; piece <= text.length; piece++) {
            LineSplitter lines = new LineSplitter(5);
            List<String> found = new ArrayList<>();
            for (int at = 0; at < text.length; at += piece) {
                lines.add(text, at, Math.min(piece, text.length - at));
                take(lines, found);
            }
            assertEquals(3, found.size());
            lines.finish();
            take(lines, found);
            assertEquals(List.of("one", "two", "\u00fcber", "last"), found);
            assertEquals(4, lines.line());
            assertNull(lines.next());
        }
    }

    private static void take(LineSplitter lines, List<String> found) {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            found.add(new String(line, StandardCharsets.UTF_8));
        }
    }

    @Test
    void longAndEmptyLinesAreRefusedByNumber() {
        LineSplitter tooLong = new LineSplitter(3);
        tooLong.add(utf8("abc\nabcd"), 0, 8);
        tooLong.next();
        JsonException e = assertThrows(JsonException.class, tooLong::next);
        assertEquals(2, e.line());
        LineSplitter empty = new LineSplitter(3);
        empty.add(utf8("abc\n\nabc"), 0, 8);
        empty.next();
        assertEquals(2, assertThrows(JsonException.class, empty::next).line());
        LineSplitter none = new LineSplitter(3);
        none.finish();
        assertNull(none.next());
    }
}
