package io.twinroot.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The past of a row in JSON, in rows and in changes. */
final class PastJsonTest {
    private static final String OLD = "0000000000000001-00000000000000020000000000000003-4";
    private static final String NEW = "0000000000000002-00000000000000020000000000000003-5";

    private static byte[] utf8(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static Past past(RandomValues random, Stamp stamp, int parts) {
        List<Stamp> seen = new ArrayList<>();
        for (int i = random.bytes(1)[0] & 7; i > 0; i--) {
            seen.add(random.stamp());
        }
        SortedMap<Marks.Part, Marks.Mark> marks = new TreeMap<>();
        for (int i = 0; i < parts; i++) {
            Marks.Part part = random.toss()
                    ? Marks.Part.field(random.text() + i)
                    : Marks.Part.flag(random.text() + i % 3, "\\" + random.text() + i);
            marks.put(part, new Marks.Mark(stamp, random.toss()));
        }
        return new Past(seen, Marks.of(stamp, marks));
    }

    @Test
    void rowsAndChangesAreReadBackWithTheirPast() {
        for (long seed = 0; seed < 500; seed++) {
            RandomValues random = new RandomValues(seed);
            Stamp stamp = random.stamp();
            Past past = past(random, stamp, (int) (seed % 9));
            RowState expected = random.toss() ? random.state() : null;
            Row live = new Row.Live(random.uid(), stamp, random.fields(), past);
            assertEquals(new WireRow(live, null), RowJson.decode(RowJson.encode(live, null)), "seed " + seed);
            Row gone = new Row.Tombstone(random.uid(), stamp, past.with(Marks.NONE));
            assertEquals(new WireRow(gone, null), RowJson.decode(RowJson.encode(gone, null)), "seed " + seed);
            List<String> flags = List.of("\\Seen", "a" + random.text());
            for (Change change : List.of(
                    new Change.Replicate(new RowData(live, null), expected),
                    new Change.Replicate(new RowData(gone, null), expected),
                    new Change.Put(random.uid(), random.fields(), null, expected, past.seen()),
                    new Change.Flag(random.uid(), "s" + random.text(), flags, List.of(), expected),
                    new Change.Flag(random.uid(), "add", List.of(), flags, expected),
                    new Change.Drop(random.uid(), new RowState.Live(random.stamp(), random.digest())))) {
                assertEquals(change, ChangeJson.decode(ChangeJson.encode(change, null)), "seed " + seed);
            }
        }
    }

    @Test
    void aRowWithoutAPastIsWrittenAsEver() {
        Row row = new Row.Live(Uid.ofText("a"), Stamp.parse(OLD), new Body.Fields(Value.Mapping.of(Map.of())));
        assertEquals("{\"uid\":\"a\",\"body\":{},\"stamp\":\"" + OLD + "\"}", text(RowJson.encode(row, null)));
    }

    @Test
    void flagsStandInTheirRowForPeopleToo() {
        Row.Live row = new Row.Live(Uid.ofText("a"), Stamp.parse(OLD), new Body.Fields(Value.Mapping.of(Map.of())));
        Row.Live flagged = Merging.flag(
                row,
                new Change.Flag(row.uid(), "flags", List.of("\\Seen"), List.of("\\Flagged"), null),
                Stamp.parse(NEW));
        String json = "{\"uid\":\"a\",\"body\":{},\"flags\":{\"flags\":[\"\\\\Seen\"]},\"stamp\":\"" + NEW
                + "\",\"bodyStamp\":\"" + OLD + "\",\"marks\":["
                + "{\"set\":\"flags\",\"flag\":\"\\\\Seen\",\"stamp\":\"" + NEW + "\",\"on\":true},"
                + "{\"set\":\"flags\",\"flag\":\"\\\\Flagged\",\"stamp\":\"" + NEW + "\",\"on\":false}]}";
        assertEquals(json, text(RowJson.encode(flagged, null)));
        assertEquals(flagged, RowJson.decode(utf8(json)).row());
        assertEquals(
                flagged,
                RowJson.decode(utf8(json.replace("\"flags\":{\"flags\":[\"\\\\Seen\"]},", "")))
                        .row());
        JsonException e = assertThrows(
                JsonException.class, () -> RowJson.decode(utf8(json.replace("[\"\\\\Seen\"]", "[\"\\\\Draft\"]"))));
        assertTrue(e.getMessage().contains("not those that marks say"), e.getMessage());
    }

    /** A thousand marks with the longest names of the costliest characters, beside the longest body and UID. */
    @Test
    void theLargestLegalRowFitsInALine() {
        SortedMap<Marks.Part, Marks.Mark> marks = new TreeMap<>();
        String control = "\u0001".repeat(Marks.Part.NAME_MAX - 4);
        for (int i = 0; i < Marks.PARTS_MAX; i++) {
            String name = control + (1000 + i);
            marks.put(Marks.Part.flag(name, name), new Marks.Mark(Stamp.parse(NEW), true));
        }
        List<Stamp> seen = new ArrayList<>();
        for (int i = 1; i <= Past.SEEN_MAX; i++) {
            seen.add(new Stamp(-1, new Incarnation(i, -1), Long.MAX_VALUE));
        }
        TreeMap<String, Value> fields = new TreeMap<>();
        fields.put("control", new Value.Text("\u0001".repeat(Body.MAX_FIELDS_BYTES - 100)));
        Row row = new Row.Live(
                Uid.of(new byte[Uid.MAX_LENGTH]),
                Stamp.parse(NEW),
                new Body.Fields(new Value.Mapping(fields)),
                new Past(seen, new Marks(Stamp.parse(OLD), marks)));
        byte[] json = RowJson.encode(row, null);
        assertTrue(json.length <= RowJson.LINE_MAX, json.length + " bytes");
        assertEquals(row, RowJson.decode(json).row());
        Change change = new Change.Replicate(
                new RowData(row, null),
                new RowState.Live(
                        Stamp.parse(OLD),
                        row instanceof Row.Live live ? live.digest(TableRules.DEFAULT) : Digest.sha256(json)));
        byte[] line = ChangeJson.encode(change, null);
        assertTrue(line.length <= RowJson.LINE_MAX, line.length + " bytes");
        assertEquals(change, ChangeJson.decode(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"marks\":[]|at least one mark",
                "\"marks\":[MARK(a)]|come together",
                "\"bodyStamp\":OLD|come together",
                "\"bodyStamp\":OLD,\"marks\":[MARK(a),MARK(a)]|two marks of one",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"s\",\"flag\":\"a\",\"stamp\":OLD,\"on\":true}]|a part with",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"\",\"flag\":\"a\",\"stamp\":NEW,\"on\":true}]|set is empty",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"s\",\"flag\":\"\",\"stamp\":NEW,\"on\":true}]|not empty",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"s\",\"stamp\":NEW,\"on\":true}]|set and flag, or field",
                "\"bodyStamp\":OLD,\"marks\":[{\"field\":\"f\",\"flag\":\"a\",\"stamp\":NEW,\"on\":true}]|set and flag",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"s\",\"flag\":\"a\",\"stamp\":NEW}]|set and flag, or field",
                "\"bodyStamp\":OLD,\"marks\":[{\"set\":\"s\",\"flag\":\"a\",\"stamp\":NEW,\"on\":1}]|true or false",
                "\"bodyStamp\":OLD,\"marks\":[{\"x\":1}]|'x' is not known",
                "\"bodyStamp\":OLD,\"marks\":\"AA==\"|are a sequence",
                "\"bodyStamp\":OLD,\"marks\":\"gQE=\"|set, name, stamp and on",
                "\"bodyStamp\":OLD,\"marks\":\"*\"|base64",
                "\"bodyStamp\":OLD,\"marks\":\"gA==\"|at least one mark",
                "\"flags\":{\"s\":[\"a\"]}|not those that marks say",
                "\"flags\":{\"set\":\"s\",\"add\":[\"a\"]}|not those that marks say",
                "\"flags\":[]|sets of flags",
                "\"flags\":{\"s\":\"a\"}|an array of flags",
                "\"bodyStamp\":OLD,\"marks\":[MARK(a)],\"flags\":{}|not those that marks say",
                "\"bodyStamp\":OLD,\"marks\":[MARK(a)],\"flags\":{\"s\":[\"b\"]}|not those that marks say",
                "\"seen\":OLD|an array of stamps",
                "\"seen\":[OLD,OLD,OLD,OLD,OLD,OLD,OLD,OLD,OLD]|more than 8 writes in seen",
                "\"seen\":[\"now\"]|CLOCK-INCARNATION-SEQ"
            })
    void badPastsAreRefused(String members, String what) {
        String json = "{\"uid\":\"a\",\"body\":{},\"stamp\":NEW," + members + "}";
        String filled = json.replaceAll("MARK\\((.)\\)", "{\"set\":\"s\",\"flag\":\"$1\",\"stamp\":NEW,\"on\":true}")
                .replace("OLD", "\"" + OLD + "\"")
                .replace("NEW", "\"" + NEW + "\"");
        JsonException e = assertThrows(JsonException.class, () -> RowJson.decode(utf8(filled)));
        assertTrue(e.getMessage().contains(what), e.getMessage());
        assertThrows(JsonException.class, () -> ChangeJson.decode(utf8(filled)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"deleted\":true,\"stamp\":NEW,\"bodyStamp\":OLD,\"marks\":[MARK]|has marks",
                "\"body\":{},\"seen\":[OLD]|belong to a row with its stamp",
                "\"body\":{},\"flags\":{\"s\":[\"a\"]}|belong to a row with its stamp",
                "\"body\":{},\"flags\":{\"set\":\"s\",\"add\":[\"a\"]}|one of body",
                "\"delete\":true,\"seen\":[OLD]|belong to a row with its stamp",
                "\"flags\":{\"set\":\"s\"}|adds or removes",
                "\"flags\":{\"s\":[\"a\"]}|one of body",
                "\"flags\":{\"set\":\"s\",\"add\":[\"a\"],\"more\":[\"a\"]}|has set, add and remove",
                "\"flags\":{\"set\":\"\",\"add\":[\"a\"]}|not empty",
                "\"flags\":{\"set\":\"s\",\"add\":[\"\"]}|not empty",
                "\"flags\":{\"set\":\"s\",\"add\":[\"a\"],\"remove\":[\"a\"]}|both added and removed",
                "\"flags\":{\"set\":\"s\",\"add\":[\"a\"]},\"stamp\":NEW|no stamp of their own",
                "\"drop\":true|the live row that lingers",
                "\"drop\":true,\"if\":{\"absent\":true}|the live row that lingers",
                "\"drop\":true,\"delete\":true|one of body",
                "\"body\":{},\"stamp\":NEW,\"settles\":[OLD]|only a new write settles",
                "\"delete\":true,\"settles\":[OLD]|only a new write settles",
                "\"body\":{},\"settles\":[OLD,OLD,OLD,OLD,OLD,OLD,OLD,OLD,OLD]|more than 8"
            })
    void changesThatContradictThemselvesAreRefused(String members, String what) {
        String json = ("{\"uid\":\"a\"," + members + "}")
                .replace("MARK", "{\"set\":\"s\",\"flag\":\"a\",\"stamp\":NEW,\"on\":true}")
                .replace("OLD", "\"" + OLD + "\"")
                .replace("NEW", "\"" + NEW + "\"");
        JsonException e = assertThrows(JsonException.class, () -> ChangeJson.decode(utf8(json)));
        assertTrue(e.getMessage().contains(what), e.getMessage());
    }

    /** They are refused at the first one too many, wherever they stand. */
    @Test
    void aMillionFlagsAreTooMany() {
        String names = "\"x\",".repeat(1_000_000) + "\"y\"";
        String mark = "{\"field\":\"N\",\"stamp\":\"" + NEW + "\",\"on\":true},";
        StringBuilder marks = new StringBuilder();
        for (int i = 0; i <= Marks.PARTS_MAX; i++) {
            marks.append(mark.replace("N", "f" + i));
        }
        String row = "{\"uid\":\"a\",\"body\":{},\"stamp\":\"" + NEW + "\",";
        for (String json : List.of(
                row + "\"flags\":{\"s\":[" + names + "]}}",
                "{\"uid\":\"a\",\"flags\":{\"set\":\"s\",\"add\":[" + names + "]}}",
                row + "\"marks\":[" + marks + "{}]}")) {
            JsonException e = assertThrows(JsonException.class, () -> ChangeJson.decode(utf8(json)));
            assertTrue(e.getMessage().contains("more than 1000"), e.getMessage());
            assertTrue(e.offset() < 200_000, () -> "offset " + e.offset());
        }
    }

    @Test
    void aLargeBlobBringsItsPastOnALineBeforeItsBytes() throws Exception {
        byte[] bytes = new byte[WireRow.INLINE_MAX + 1];
        Body.Blob blob = new Body.Blob(bytes.length, Digest.sha256(bytes));
        RandomValues random = new RandomValues(1);
        Row row = new Row.Live(Uid.ofText("a"), Stamp.parse(NEW), blob, past(random, Stamp.parse(NEW), 3));
        BlobSource source = BlobSource.of(bytes);
        Change change = new Change.Replicate(new RowData(row, source), null);
        assertEquals(change, ChangeJson.decode(ChangeJson.encode(change, null), source));
    }

    @Test
    void rulesBesideTheUsualAreSaid() {
        TableRules rules = TableRules.excluding(List.of("a"))
                .merging(TableRules.Merge.FIELDS)
                .ofSchema(3);
        assertEquals(
                "{\"digestExcludes\":[\"a\"],\"merge\":\"fields\",\"schema\":3}", text(TableJson.encodeRules(rules)));
        assertEquals(rules, TableJson.decodeRules(TableJson.encodeRules(rules)));
        assertEquals(TableRules.DEFAULT, TableJson.decodeRules(utf8("{\"merge\":\"row\",\"schema\":0}")));
        for (String wrong :
                List.of("{\"merge\":\"rows\"}", "{\"schema\":-1}", "{\"schema\":2147483648}", "{\"schema\":\"1\"}")) {
            assertThrows(JsonException.class, () -> TableJson.decodeRules(utf8(wrong)), wrong);
        }
    }
}
