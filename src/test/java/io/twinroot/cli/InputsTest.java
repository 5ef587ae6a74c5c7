package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InputsTest {
    @TempDir
    Path temp;

    @Test
    void csvCellsGetTheTypesOfTheirColumns() throws Exception {
        List<Inputs.Input> rows = all(csv(
                """
                id,n,price,weight,ok,raw,at,tags,note
                a,1,1.50,0.5,true,AAE=,2026-01-02T03:04:05Z,"[1,""x""]","two
                lines"

                b,,,,,,,,
                """,
                "id",
                Map.of(
                        "n", ColumnType.INT,
                        "price", ColumnType.DECIMAL,
                        "weight", ColumnType.DOUBLE,
                        "ok", ColumnType.BOOL,
                        "raw", ColumnType.BYTES,
                        "at", ColumnType.TIME,
                        "tags", ColumnType.JSON)));
        assertEquals(2, rows.size());
        Value.Mapping full = fields(rows.get(0));
        assertEquals(new Value.Int(1), full.values().get("n"));
        assertEquals(new Value.Decimal(new BigDecimal("1.50")), full.values().get("price"));
        assertEquals(new Value.Real(0.5), full.values().get("weight"));
        assertEquals(new Value.Bool(true), full.values().get("ok"));
        assertEquals(new Value.Bytes(new byte[] {0, 1}), full.values().get("raw"));
        assertEquals(
                new Value.Time(Instant.parse("2026-01-02T03:04:05Z")),
                full.values().get("at"));
        assertEquals(
                new Value.Sequence(List.of(new Value.Int(1), new Value.Text("x"))),
                full.values().get("tags"));
        assertEquals(new Value.Text("two\nlines"), full.values().get("note"));
        Value.Mapping bare = fields(rows.get(1));
        assertEquals(Value.Null.NULL, bare.values().get("n"));
        assertEquals(new Value.Text(""), bare.values().get("note"));
        assertEquals(Uid.ofText("b"), rows.get(1).change().uid());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            id,n~a,x~b,2            | t.csv:2: column 2 (n): 'x' is not a whole number of 64 bits; correct it, or load
            id,n~a,1~b              | t.csv:3: there are 1 cells, and the header has 2 columns
            id,n~a,1~b,2,3          | t.csv:3: there are 3 cells
            id,n~"a~a",1~,2         | t.csv:4: a UID is empty
            id,n~"a~b~c",1~"a~",x   | t.csv:5: column 2 (n): 'x'
            id,n~a,1~,2             | t.csv:3: a UID is empty
            id,id~a,1               | t.csv:1: the header names the column 'id' twice
            id,~a,1                 | t.csv:1: the header has a column without a name
            id,m~a,1                | t.csv:1: --types names the column 'n'; there are id, m
            no,n~a,1                | t.csv:2: the row has no field "id"
            id,n~a,99999999999999999999 | t.csv:2: column 2 (n)
            id,n~"a,1               | t.csv:
            """)
    void aBadCsvLineIsNamed(String text, String expected) {
        String message = messageOf(() -> all(csv(text.replace('~', '\n'), "id", Map.of("n", ColumnType.INT))));
        assertTrue(message.contains(expected), message);
    }

    @Test
    void csvMustBeUtf8AndNotEmpty() {
        assertTrue(messageOf(() -> all(csv("", "id", Map.of()))).contains("it is empty"));
        byte[] latin = "id\nM\u00fcnchen\n".getBytes(StandardCharsets.ISO_8859_1);
        String message = messageOf(() -> all(new CsvInputs(
                "t.csv", new ByteArrayInputStream(latin), latin.length, UidTemplate.parse("id"), Map.of())));
        assertTrue(message.contains("not UTF-8"), message);
    }

    @Test
    void aByteOrderMarkInCsvIsSkipped() throws Exception {
        assertEquals(
                Uid.ofText("a"),
                all(csv("\ufeffid\na\n", "id", Map.of())).getFirst().change().uid());
    }

    @Test
    void jsonRowsArePutReplicatedOrDeleted() throws Exception {
        String stamp = "0000000000010000-000102030405060708090a0b0c0d0e0f-1";
        List<Inputs.Input> rows = all(json("""
                {"uid": "a", "body": {"x": {"$bytes": "AAE="}}}
                {"uid": {"$bytes": "/wA="}, "body": {}, "stamp": "%s"}
                {"uid": "c", "deleted": true, "stamp": "%s"}
                {"uid": "d", "delete": true}
                {"uid": "e", "blob": {"bytes": "AAE="}}
                """.formatted(stamp, stamp), null));
        assertEquals(
                List.of("Put", "Replicate", "Replicate", "Delete", "Put"),
                rows.stream()
                        .map(row -> row.change().getClass().getSimpleName())
                        .toList());
        assertEquals(Uid.of(new byte[] {(byte) 0xff, 0}), rows.get(1).change().uid());
        assertEquals("t.jsonl:5", rows.get(4).place());
    }

    @Test
    void plainObjectsGetTheirUidFromTheirFields() throws Exception {
        List<Inputs.Input> rows = all(json("{\"country\": \"de\", \"id\": 7, \"name\": \"x\"}\r\n", "{country}-{id}"));
        assertEquals(Uid.ofText("de-7"), rows.getFirst().change().uid());
        assertEquals(3, fields(rows.getFirst()).values().size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"uid": "a", "body": {}}~{"uid": "b", "body": 7}  |    | t.jsonl:2:
            {"uid": "a", "body": {}, "body": {}}              |    | t.jsonl:1:26: the name 'body' is in this object twice
            {"uid": "a", "boddy": {}}                         |    | the name 'boddy' is not known here
            {"uid": "a", "body": {"x": 99999999999999999999}} |    | more than 64 bits
            {"uid": "a", "body": {"x":                        |    | the JSON breaks off
            {"uid": "a", "blob": {"size": 9, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}, "stamp": "0000000000010000-000102030405060708090a0b0c0d0e0f-1"} | | there is no file
            {"id": 1.5}                                       | id | is a double
            {"id": null}                                      | id | is null
            {"id": ""}                                        | id | t.jsonl:1: a UID is empty
            {"no": 1}                                         | id | the row has no field "id"
            [1]                                               | id | one JSON object of fields
            {"id": 1}~~{"id": 2}                              | id | t.jsonl:2: the line is empty
            """)
    void aBadJsonLineIsNamed(String text, String uid, String expected) {
        String message = messageOf(() -> all(json(text.replace('~', '\n'), uid)));
        assertTrue(message.contains(expected) && message.startsWith("t.jsonl:"), message);
    }

    @Test
    void filesAreBlobsNamedByTheirPaths() throws Exception {
        Files.createDirectories(temp.resolve("b/c"));
        Files.writeString(temp.resolve("b/c/x.txt"), "hello");
        Files.writeString(temp.resolve("a"), "");
        Files.createSymbolicLink(temp.resolve("b/link"), Path.of("../a"));
        Files.createSymbolicLink(temp.resolve("dangling"), Path.of("nowhere"));
        try (FileInputs files = new FileInputs(temp)) {
            List<Inputs.Input> rows = all(files);
            assertEquals(
                    List.of("a", "b/c/x.txt", "b/link"),
                    rows.stream().map(row -> row.change().uid().toString()).toList());
            assertTrue(rows.get(1).change() instanceof Change.Put put
                    && put.body() instanceof Body.Blob blob
                    && blob.size() == 5);
        }
    }

    @ParameterizedTest
    @CsvSource({"'{a'", "'{}'", "'{a}{'"})
    void aTemplateThatIsNoneIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> UidTemplate.parse(text));
    }

    private static JsonInputs json(String text, String uid) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new JsonInputs(
                "t.jsonl",
                new ByteArrayInputStream(bytes),
                bytes.length,
                uid == null ? null : UidTemplate.parse(uid),
                new BlobFolder(Path.of("nowhere")));
    }

    private static CsvInputs csv(String text, String uid, Map<String, ColumnType> types) throws IOException, BadInput {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new CsvInputs("t.csv", new ByteArrayInputStream(bytes), bytes.length, UidTemplate.parse(uid), types);
    }

    private static List<Inputs.Input> all(Inputs inputs) throws IOException, BadInput {
        List<Inputs.Input> all = new ArrayList<>();
        for (Inputs.Input input = inputs.next(); input != null; input = inputs.next()) {
            all.add(input);
        }
        return all;
    }

    private static Value.Mapping fields(Inputs.Input input) {
        if (input.change() instanceof Change.Put put && put.body() instanceof Body.Fields(Value.Mapping fields)) {
            return fields;
        }
        throw new AssertionError("no fields: " + input);
    }

    private static String messageOf(org.junit.jupiter.api.function.Executable run) {
        return String.valueOf(assertThrows(BadInput.class, run).getMessage());
    }
}
