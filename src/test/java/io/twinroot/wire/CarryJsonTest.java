package io.twinroot.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Lines of a file of changes; docs/carry.md has one of each kind. */
final class CarryJsonTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final Stamp STAMP = new Stamp(1, new Incarnation(0, 1), 1);
    private static final Digest DIGEST = Digest.sha256(new byte[0]);

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatIsWrittenIsRead() {
        List<CarryLine> lines = List.of(
                new CarryLine.Head("store:a", Instant.EPOCH, null, List.of()),
                new CarryLine.Head("store:a", Instant.EPOCH.plusNanos(1), "c", List.of(TABLE, new TableName("t"))),
                new CarryLine.Table(TABLE, TableRules.DEFAULT),
                new CarryLine.Table(TABLE, new TableRules(List.of("a", "b"))),
                new CarryLine.OfRow(TABLE, new WireRow(new Row.Tombstone(Uid.ofText("x"), STAMP), null)),
                new CarryLine.OfRow(
                        TABLE, new WireRow(new Row.Live(Uid.ofText("x"), STAMP, new Body.Blob(1 << 20, DIGEST)), null)),
                new CarryLine.OfRow(
                        TABLE,
                        new WireRow(
                                new Row.Live(Uid.ofText("x"), STAMP, new Body.Blob(0, DIGEST)),
                                new Value.Bytes(new byte[0]))),
                new CarryLine.Piece(new Value.Bytes(new byte[] {1, 2, 3})),
                new CarryLine.Gap("segment 3"),
                new CarryLine.Flush(1, 2, null, DIGEST),
                new CarryLine.Flush(Long.MAX_VALUE, Long.MAX_VALUE, "c", DIGEST),
                new CarryLine.End(0, null, DIGEST));
        for (CarryLine line : lines) {
            assertEquals(line, CarryJson.decode(CarryJson.encode(line)));
        }
    }

    @Test
    void whatIsWrittenForPeopleIsMadePlain() {
        String odd = "a\u001b\ud800" + "\ud83d\ude00".repeat(3_000);
        CarryLine.Gap read = (CarryLine.Gap) CarryJson.decode(CarryJson.encode(new CarryLine.Gap(odd)));
        assertTrue(read.what().startsWith("a \ufffd\ud83d\ude00"), read.what());
        assertEquals(4_096, read.what().length());
    }

    @Test
    void theLargestRowFitsInALine() {
        TreeMap<String, Value> fields = new TreeMap<>();
        fields.put("control", new Value.Text("\u0001".repeat(Body.MAX_FIELDS_BYTES - 100)));
        Row row = new Row.Live(Uid.of(new byte[Uid.MAX_LENGTH]), STAMP, new Body.Fields(new Value.Mapping(fields)));
        TableName longest = new TableName(("a".repeat(64) + "/").repeat(3) + "abcde");
        CarryLine line = new CarryLine.OfRow(longest, new WireRow(row, null));
        byte[] json = CarryJson.encode(line);
        assertTrue(json.length <= CarryJson.LINE_MAX, json.length + " bytes");
        assertEquals(line, CarryJson.decode(json));
    }

    @Test
    void whatIsWrongIsToldWithItsPlace() {
        String digest = DIGEST.hex();
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("[]", "a line of a file of changes is expected here"),
                Map.entry("{}", "an empty object"),
                Map.entry("{\"row\":{}}", "'row' is not known here"),
                Map.entry("{\"twinroot\":\"rows\",\"format\":1}", "\"twinroot\":\"changes\""),
                Map.entry("{\"twinroot\":\"changes\",\"from\":\"a\"}", "after twinroot comes format"),
                Map.entry("{\"twinroot\":\"changes\",\"format\":0}", "format 0 is not known here"),
                Map.entry("{\"twinroot\":\"changes\",\"format\":1}", "has from, made, since and tables"),
                Map.entry("{\"twinroot\":\"changes\",\"format\":1,\"made\":\"today\"}", "a time is written as"),
                Map.entry("{\"table\":\"a b\",\"row\":{}}", "not a table name"),
                Map.entry("{\"table\":\"t\"}", "after table comes"),
                Map.entry("{\"table\":\"t\",\"more\":1}", "'more' is not known here"),
                Map.entry("{\"table\":\"t\",\"digestExcludes\":[],\"row\":{}}", "'row' is not known here"),
                Map.entry("{\"bytes\":\"*\"}", "base64"),
                Map.entry("{\"bytes\":\"\",\"x\":1}", "'x' is not known here"),
                Map.entry("{\"flush\":-1,\"changes\":1}", "is negative"),
                Map.entry("{\"flush\":1,\"changes\":1,\"sha256\":\"" + digest + "\"}", "changes, next and sha256"),
                Map.entry("{\"flush\":1,\"changes\":1,\"next\":\"c\"}", "changes, next and sha256"),
                Map.entry("{\"flush\":1,\"next\":\"\"}", "a cursor has 1 to 4096"),
                Map.entry("{\"gap\":\"\\u001b[2J\"}", "none of them a control character"),
                Map.entry("{\"gap\":\"" + "x".repeat(4_097) + "\"}", "at most 4096 characters"),
                Map.entry("{\"end\":false,\"changes\":1}", "end is true"),
                Map.entry("{\"end\":true,\"end\":true}", "twice"));
        wrong.forEach((json, says) -> {
            JsonException refused = assertThrows(JsonException.class, () -> CarryJson.decode(bytes(json)), json);
            assertTrue(refused.getMessage().contains(says), json + " gave " + refused.getMessage());
        });
    }
}
