package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.wire.RowJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each bad request is answered with a status and a problem document that says what and where. */
final class BadRequestsTest {
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String LINES = "Content-Type: application/jsonl\r\n";
    private static final String BYTES = "Content-Type: application/octet-stream\r\n";

    private static TestNode node;

    @BeforeAll
    static void start() throws Exception {
        MemoryReplicas replicas = MemoryReplicas.numbered(1);
        replicas.create(new TableName("a/t"), TableRules.DEFAULT).close();
        node = TestNode.over(replicas);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static RawHttp.Reply ask(String method, String path, String headers, String body) throws IOException {
        return RawHttp.ask(node.port(), method, path, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    private static RawHttp.Reply refused(int status, String type, String detail, RawHttp.Reply reply) {
        assertEquals(status, reply.status(), reply::body);
        assertTrue(reply.hasHeader("content-type: application/problem+json"), reply::head);
        assertTrue(reply.body().contains("\"urn:twinroot:problem:" + type + "\""), reply::body);
        assertTrue(reply.body().contains("\"status\":" + status), reply::body);
        assertTrue(reply.body().contains(detail), reply::body);
        return reply;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "GET|/v1/nothing|404|unknown-path|docs/protocol.md",
                "GET|/|404|unknown-path|/v1",
                "GET|/v1/tables/a/t|404|unknown-path|/v1",
                "GET|/v1/tables/none|404|unknown-table|none",
                "GET|/v1/tables/..|400|bad-request|\"parameter\":\"table\"",
                "GET|/v1/tables/%2E%2E|400|bad-request|\"parameter\":\"table\"",
                "GET|/v1/tables/a%2|400|bad-request|hexadecimal",
                "GET|/v1/tables/a%FF|400|bad-request|not a table name",
                "POST|/v1/tables|405|wrong-method|GET",
                "PATCH|/v1/tables/a%2Ft|405|wrong-method|GET, PUT",
                "OPTIONS|/v1/tables/a%2Ft/rows|405|wrong-method|GET, POST",
                "GET|/v1/tables?x=1|400|bad-request|\"parameter\":\"x\"",
                "GET|/v1/tables/a%2Ft/recent|400|bad-request|since is needed",
                "GET|/v1/tables/a%2Ft/recent?since=2h|400|bad-request|since is a number",
                "GET|/v1/tables/a%2Ft/entries?since=1|400|bad-request|is not known here",
                "GET|/v1/tables/a%2Ft/entries?limit=0|400|bad-request|1 to 10000",
                "GET|/v1/tables/a%2Ft/entries?limit=10001|400|bad-request|1 to 10000",
                "GET|/v1/tables/a%2Ft/entries?limit=ten|400|bad-request|\"parameter\":\"limit\"",
                "GET|/v1/tables/a%2Ft/entries?limit=1&limit=2|400|bad-request|twice",
                "GET|/v1/tables/a%2Ft/entries?start=b&stop=a|400|bad-request|START b is after STOP a",
                "GET|/v1/tables/a%2Ft/rows?start=b&stop=a|400|bad-request|START b is after STOP a",
                "GET|/v1/tables/a%2Ft/entries?start=|400|bad-request|leave start out",
                "GET|/v1/tables/a%2Ft/entries?start=a+b|400|bad-request|%2B",
                "GET|/v1/tables/a%2Ft/entries?start=%zz|400|bad-request|\"parameter\":\"start\"",
                "GET|/v1/tables/a%2Ft/rows/|400|bad-request|a UID is empty",
                "GET|/v1/tables/a%2Ft/rows/none|404|unknown-row|\"uid\":\"none\"",
                "GET|/v1/tables/a%2Ft/rows/%ff%fe|404|unknown-row|{\"$bytes\":\"//4=\"}",
                "DELETE|/v1/tables/none/rows/a|404|unknown-table|none",
                "GET|/v1/changes?wait=abc|400|bad-request|\"parameter\":\"wait\"",
                "GET|/v1/changes?wait=20001|400|bad-request|0 to 20000",
                "GET|/v1/changes?limit=0|400|bad-request|1 to 10000",
                "GET|/v1/changes?limit=10001|400|bad-request|1 to 10000",
                "GET|/v1/changes?since=garbage|410|cursor-gone|cursor",
                "GET|/v1/changes?since=%20|400|bad-request|\"parameter\":\"since\"",
                "GET|/v1/changes?since=|400|bad-request|\"parameter\":\"since\"",
                "GET|/v1/changes?tables=none|404|unknown-table|none",
                "GET|/v1/changes?tables=a%2Ft,|400|bad-request|\"parameter\":\"tables\"",
                "GET|/v1/changes?tables=..|400|bad-request|not a table name",
                "GET|/v1/changes?reader=a%20b|400|bad-request|\"parameter\":\"reader\"",
                "GET|/v1/changes?from=1|400|bad-request|not known here",
                "POST|/v1/changes|405|wrong-method|GET",
                "GET|/v1/changes/cursor|400|bad-request|\"parameter\":\"at\"",
                "GET|/v1/changes/cursor?at=yesterday|400|bad-request|2026-01-31T12:00:00Z",
                "GET|/v1/changes?contexts=yes|400|bad-request|\"parameter\":\"contexts\"",
                "GET|/v1/tables/none/knowledge|404|unknown-table|none",
                "GET|/v1/tables/a%2Ft/knowledge?x|400|bad-request|not known here",
                "POST|/v1/tables/a%2Ft/knowledge|405|wrong-method|GET",
                "GET|/v1/tables/a%2Ft/meet|405|wrong-method|POST",
                "POST|/v1/tables/a%2Ft/rows?way=post|400|bad-request|user, feed, repair or carried",
                "POST|/v1/tables/a%2Ft/rows?ticket=t|400|bad-request|way=repair",
                "POST|/v1/tables/a%2Ft/rows?way=feed&ticket=t|400|bad-request|way=repair",
                "POST|/v1/tables/a%2Ft/rows?way=repair&ticket=|400|bad-request|no ticket",
                "DELETE|/v1/tables/a%2Ft/rows/x?way=x|400|bad-request|\"parameter\":\"way\"",
                "GET|/v1/tables/a%2Ft/rows/x/flags|405|wrong-method|POST",
                "GET|/v1/feeds|404|unknown-path|/v1",
                "GET|/v1/repairs|404|unknown-path|/v1"
            })
    void pathsAndQueries(String method, String path, int status, String type, String detail) throws IOException {
        refused(status, type, detail, ask(method, path, "", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "PUT|/v1/tables/b|json|{\"digestExcludes\":[1]}|a field's name is expected|bad-request|400",
                "PUT|/v1/tables/b|json|{\"digestExclude\":[]}|not known here|bad-request|400",
                "PUT|/v1/tables/b|json||there is no JSON|bad-request|400",
                "PUT|/v1/tables/b|lines|{}|application/json|wrong-type|415",
                "PUT|/v1/tables/a%2Ft|json|{\"digestExcludes\":[\"x\"]}|other rules|incompatible|409",
                "POST|/v1/tables/a%2Ft/digests|json|{\"uids\":[\"a\",\"\"]}|\"offset\":13|bad-request|400",
                "POST|/v1/tables/a%2Ft/digests|json|[\"a\"]|uids|bad-request|400",
                "POST|/v1/tables/a%2Ft/fetch|json|{\"uids\":[\"a\"],\"uids\":[]}|twice|bad-request|400",
                "POST|/v1/tables/a%2Ft/fetch|json|{\"uids\":[\"a\"]}{}|follows the end|bad-request|400",
                "POST|/v1/tables/none/fetch|json|{\"uids\":[]}|none|unknown-table|404",
                "POST|/v1/tables/a%2Ft/narrow|bytes|garbage|table a/t|bad-request|400",
                "POST|/v1/tables/a%2Ft/narrow|bytes||a/t|bad-request|400",
                "POST|/v1/tables/a%2Ft/narrow|json|{}|octet-stream|wrong-type|415",
                "PUT|/v1/tables/a%2Ft/rows/x|json|{\"body\":1}|a body is an object|bad-request|400",
                "PUT|/v1/tables/a%2Ft/rows/x|json|{\"body\":{\"a\":1e999}}|\"offset\":13|bad-request|400",
                "PUT|/v1/tables/a%2Ft/rows/x|json|{\"uid\":\"y\",\"body\":{}}|not the uid of the path|bad-request|400",
                "PUT|/v1/tables/a%2Ft/rows/x|json|{\"delete\":true}|a row is put|bad-request|400",
                "PUT|/v1/tables/a%2Ft/rows/x|none|{}|there is none|wrong-type|415",
                "POST|/v1/tables/a%2Ft/rows|json|{}|application/jsonl|wrong-type|415",
                "POST|/v1/tables/a%2Ft/rows|lines|{\"context\":\"AA\"}|'context' is not known|bad-request|400",
                "POST|/v1/tables/a%2Ft/rows?way=feed|lines|{\"context\":\"AB\"}|\"line\":1|bad-request|400",
                "POST|/v1/tables/a%2Ft/rows/x/flags|json|{}|set, and add|bad-request|400",
                "POST|/v1/tables/a%2Ft/rows/x/flags|json|{\"set\":\"s\",\"add\":[1]}|a flag is expected|bad-request|400",
                "POST|/v1/tables/a%2Ft/rows/x/flags|lines|{}|application/json|wrong-type|415",
                "POST|/v1/tables/none/rows/x/flags|json|{\"set\":\"s\",\"add\":[\"a\"]}|none|unknown-table|404",
                "POST|/v1/tables/a%2Ft/absorb|json|{}|there is no context|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"A*\"}|base64url|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAA=\"}|without padding|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAE\"}|cut off|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAAA\"}|bytes too many|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAEAAAAAAAAAAAAAAAAAAAABAgEAAQA\"}|touch|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAIAAAAAAAAAAAAAAAAAAAACAQEAAAAAAAAAAAAAAAAAAAAAAQEBAA\"}|out of order|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAEAAAAAAAAAAAAAAAAAAAABAQAC\"}|touch|bad-request|400",
                "POST|/v1/tables/a%2Ft/absorb|json|{\"context\":\"AAEAAAAAAAAAAAAAAAAAAAABgYAEAQA\"}|bounds|bad-request|400",
                "POST|/v1/tables/a%2Ft/tombstones|json|{\"context\":\"gA\"}|cut off|bad-request|400",
                "POST|/v1/tables/a%2Ft/tombstones|json|{\"x\":1}|'x' is not known|bad-request|400",
                "POST|/v1/tables/a%2Ft/meet|json|{}|knowledge has|bad-request|400",
                "POST|/v1/tables/a%2Ft/meet|json|{\"clock\":1}|a clock is expected|bad-request|400",
                "POST|/v1/tables/a%2Ft/meet|json|{\"lives\":[\"x\"]}|32 hexadecimal|bad-request|400",
                "POST|/v1/tables/a%2Ft/meet|json|{\"node\":\"\\u0007\"}|control character|bad-request|400",
                "POST|/v1/tables/a%2Ft/announce|json|{}|has from|bad-request|400",
                "POST|/v1/tables/a%2Ft/announce|json|{\"from\":\"a\",\"added\":-1}|negative|bad-request|400",
                "POST|/v1/tables/a%2Ft/announce|json|{\"ranges\":[{\"start\":\"b\",\"stop\":\"a\"}]}|after STOP|bad-request|400"
            })
    void bodies(String method, String path, String type, String body, String detail, String problem, int status)
            throws IOException {
        String header = switch (type) {
            case "json" -> JSON;
            case "lines" -> LINES;
            case "bytes" -> BYTES;
            default -> "";
        };
        refused(status, problem, detail, ask(method, path, header, body == null ? "" : body));
    }

    @Test
    void aUidThatIsTooLongIsRefused() throws IOException {
        String uid = "%ff".repeat(1025);
        refused(400, "bad-request", "1025 bytes", ask("GET", "/v1/tables/a%2Ft/rows/" + uid, "", ""));
        refused(404, "unknown-row", "no row", ask("GET", "/v1/tables/a%2Ft/rows/" + uid.substring(3), "", ""));
        String start = "/v1/tables/a%2Ft/entries?start=" + uid;
        assertEquals(200, ask("GET", start, "", "").status());
        refused(400, "bad-request", "1026 bytes", ask("GET", start + "%ff", "", ""));
        String json = "{\"uids\":[\"" + "x".repeat(1025) + "\"]}";
        refused(400, "bad-request", "1025 bytes", ask("POST", "/v1/tables/a%2Ft/digests", JSON, json));
    }

    @Test
    void aListThatIsTooLongIsRefused() throws IOException {
        String json = "{\"uids\":[" + "\"x\",".repeat(10_000) + "\"y\"]}";
        refused(400, "bad-request", "more than 10000", ask("POST", "/v1/tables/a%2Ft/digests", JSON, json));
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() throws IOException {
        String row = "{\"body\":{\"a\":\"" + "x".repeat(RowJson.LINE_MAX) + "\"}}";
        refused(413, "too-large", "3145728", ask("PUT", "/v1/tables/a%2Ft/rows/x", JSON, row));
        String line = "{\"uid\":\"x\",\"body\":{}}\n{\"uid\":\"y\",\"body\":{\"a\":\"" + "x".repeat(4 << 20) + "\"}}\n";
        refused(400, "bad-request", "\"line\":2", ask("POST", "/v1/tables/a%2Ft/rows", LINES, line));
        String message = "x".repeat((4 << 20) + 1);
        refused(413, "too-large", "4194304", ask("POST", "/v1/tables/a%2Ft/narrow", BYTES, message));
    }

    @Test
    void whatIsSaidAtAMeetingHasBounds() throws IOException {
        String meet = "/v1/tables/a%2Ft/meet";
        String lives = "\"00000000000000000000000000000001\",".repeat(100_000) + "\"x\"";
        refused(400, "bad-request", "more than 100 lives", ask("POST", meet, JSON, "{\"lives\":[" + lives + "]}"));
        String million = "\"00000000000000000000000000000001\",".repeat(1_000_000) + "\"x\"";
        refused(413, "too-large", "4194304", ask("POST", meet, JSON, "{\"lives\":[" + million + "]}"));
        String latest = "\"0000000000000001-00000000000000020000000000000003-4\",".repeat(101);
        refused(400, "bad-request", "more than 100 latest", ask("POST", meet, JSON, "{\"latest\":[" + latest + "]}"));
        String context = "{\"context\":\"" + "A".repeat(4 << 20) + "\"}";
        for (String path : new String[] {"/v1/tables/a%2Ft/absorb", "/v1/tables/a%2Ft/tombstones", meet}) {
            refused(413, "too-large", "4194304", ask("POST", path, JSON, context));
        }
        refused(
                400,
                "bad-request",
                "longer than 3145728",
                ask("POST", "/v1/tables/a%2Ft/rows?way=feed", LINES, context));
        String uids = "\"a\",".repeat(1_000_000) + "\"b\"";
        String announce = "/v1/tables/a%2Ft/announce";
        refused(400, "bad-request", "more than 1000000", ask("POST", announce, JSON, "{\"deleted\":[" + uids + "]}"));
        refused(
                400,
                "bad-request",
                "more than 0 UIDs",
                ask("POST", announce, JSON, "{\"deleted\":[" + uids.substring(4) + "],\"changed\":[\"a\"]}"));
        String long_ = "{\"from\":\"" + "x".repeat(25 << 20) + "\"}";
        refused(413, "too-large", "25165824", ask("POST", announce, JSON, long_));
        refused(
                400,
                "bad-request",
                "1000 characters",
                ask("POST", announce, JSON, "{\"from\":\"" + "x".repeat(1_001) + "\"}"));
    }

    @Test
    void aChangeBeforeItsBlobIsChecked() throws IOException {
        String type = "Content-Type: application/vnd.twinroot.change\r\n";
        String row = "/v1/tables/a%2Ft/rows/parcel";
        String sha = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        String line = "{\"uid\":\"parcel\",\"blob\":{\"size\":5,\"sha256\":\"" + sha + "\"}}\n";
        refused(400, "bad-request", "with a newline", ask("PUT", row, type, line.strip()));
        refused(400, "bad-request", "send it again", ask("PUT", row, type, line + "hallo"));
        refused(400, "bad-request", "send it again", ask("PUT", row, type, "{\"uid\":\"parcel\",\"body\":{}}\n"));
        refused(400, "bad-request", "not the uid", ask("PUT", row, type, line.replace("parcel", "p") + "hello"));
        refused(400, "bad-request", "inside", ask("PUT", row, type + "If-None-Match: *\r\n", line + "hello"));
        refused(400, "bad-request", "\"line\":1", ask("PUT", row + "?way=feed", type, "{\"context\":1}\n" + line));
        refused(400, "bad-request", "with a newline", ask("PUT", row + "?way=feed", type, "{\"context\":\"AAA\"}\n"));
        assertEquals(
                200,
                ask("PUT", row + "?way=feed", type, "{\"context\":\"AAA\"}\n" + line + "hello")
                        .status());
        String bytes = "Accept: application/octet-stream\r\n";
        assertEquals("hello", ask("GET", row + "?content=" + sha, bytes, "").body());
        refused(412, "changed", "another content", ask("GET", row + "?content=" + "0".repeat(64), bytes, ""));
        refused(400, "bad-request", "64 hexadecimal", ask("GET", row + "?content=x", bytes, ""));
    }

    @Test
    void aBadLineIsNamedAndNothingOfItsBatchIsDone() throws IOException {
        String lines = "{\"uid\":\"bulk 1\",\"body\":{}}\n{\"uid\":\"bulk 2\",\"body\":{\"a\":1,\"a\":2}}\n";
        RawHttp.Reply reply = ask("POST", "/v1/tables/a%2Ft/rows", LINES, lines);
        refused(400, "bad-request", "\"line\":2,\"offset\":30", reply);
        refused(400, "bad-request", "\"done\":0", reply);
        refused(404, "unknown-row", "no row", ask("GET", "/v1/tables/a%2Ft/rows/bulk%201", "", ""));
        refused(
                400,
                "bad-request",
                "the line is empty",
                ask("POST", "/v1/tables/a%2Ft/rows", LINES, "{\"uid\":\"bulk 1\",\"body\":{}}\n\n"));
    }

    @Test
    void manyLinesAreForASummary() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 10_001; i++) {
            lines.append("{\"uid\":\"many ").append(i % 100).append("\",\"delete\":true}\n");
        }
        refused(413, "too-large", "?summary", ask("POST", "/v1/tables/a%2Ft/rows", LINES, lines.toString()));
        RawHttp.Reply reply = ask("POST", "/v1/tables/a%2Ft/rows?summary", LINES, lines.toString());
        assertEquals(200, reply.status());
        assertEquals(
                "{\"changes\":10001,\"applied\":0,\"same\":10001,\"older\":0,\"changed\":0,\"lingering\":0,"
                        + "\"parked\":0,\"refused\":0,\"refusals\":[]}",
                reply.body());
    }

    @Test
    void guardsAreTakenAtTheirWord() throws IOException {
        String row = "/v1/tables/a%2Ft/rows/guarded";
        String body = "{\"body\":{\"a\":1}}";
        assertEquals(200, ask("PUT", row, JSON + "If-None-Match: *\r\n", body).status());
        refused(412, "changed", "\"outcome\":\"changed\"", ask("PUT", row, JSON + "If-None-Match: *\r\n", body));
        RawHttp.Reply got = ask("GET", row, "", "");
        String tag = got.head()
                .lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("etag:"))
                .findFirst()
                .orElseThrow()
                .substring(6);
        assertEquals(200, ask("GET", row, "If-Match: " + tag + "\r\n", "").status());
        String other = "If-Match: \"" + "0".repeat(64) + "\"\r\n";
        refused(412, "changed", tag.substring(1, 65), ask("GET", row, other, ""));
        refused(412, "changed", tag.substring(1, 65), ask("DELETE", row, other, ""));
        refused(400, "bad-request", "If-Match", ask("DELETE", row, "If-Match: abc\r\n", ""));
        refused(400, "bad-request", "one of", ask("DELETE", row, other + "If-None-Match: *\r\n", ""));
        refused(400, "bad-request", "Twinroot-If", ask("DELETE", row, "Twinroot-If: {}\r\n", ""));
        refused(412, "changed", "\"held\"", ask("DELETE", row, "Twinroot-If: {\"absent\":true}\r\n", ""));
        assertEquals(200, ask("DELETE", row, "If-Match: " + tag + "\r\n", "").status());
        refused(404, "unknown-row", "was deleted", ask("GET", row, "", ""));
    }

    @Test
    void olderWritesAreAnsweredWithWhatIsHeld() throws IOException {
        String row = "/v1/tables/a%2Ft/rows/older";
        assertEquals(200, ask("PUT", row, JSON, "{\"body\":{}}").status());
        String old = "0000000000000001-00000000000000000000000000000001-1";
        String json = "{\"body\":{\"a\":1},\"stamp\":\"" + old + "\"}";
        refused(409, "older", "\"held\":{\"stamp\"", ask("PUT", row, JSON, json));
        refused(409, "older", "\"held\"", ask("PUT", row, BYTES + "Twinroot-Stamp: " + old + "\r\n", "bytes"));
        refused(400, "bad-request", "Twinroot-Stamp", ask("PUT", row, BYTES + "Twinroot-Stamp: now\r\n", "bytes"));
        refused(400, "bad-request", "inside", ask("PUT", row, JSON + "Twinroot-Stamp: " + old + "\r\n", json));
    }

    @Test
    void aBlobIsCheckedAgainstItsDigest() throws IOException {
        String row = "/v1/tables/a%2Ft/rows/blob";
        String wrong = "Content-Digest: sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\r\n";
        refused(400, "bad-request", "send the blob again", ask("PUT", row, BYTES + wrong, "hello"));
        assertEquals(200, ask("PUT", row, BYTES, "hello").status());
        RawHttp.Reply reply = ask("GET", row, "Accept: application/octet-stream\r\n", "");
        assertEquals("hello", reply.body());
        assertTrue(
                reply.hasHeader("content-digest: sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"), reply::head);
        assertTrue(ask("GET", row, "", "").body().contains("\"bytes\":\"aGVsbG8=\""));
        ask("PUT", "/v1/tables/a%2Ft/rows/fields", JSON, "{\"body\":{}}");
        refused(
                406,
                "not-acceptable",
                "fields",
                ask("GET", "/v1/tables/a%2Ft/rows/fields", "Accept: application/octet-stream\r\n", ""));
    }

    @Test
    void pagesOfElsewhereAreTurnedAway() throws IOException {
        refused(421, "wrong-host", "evil.example", ask("GET", "/v1/tables", "Host: evil.example\r\n", ""));
        refused(421, "wrong-host", "127.0.0.1.evil", ask("GET", "/livez", "Host: 127.0.0.1.evil:80\r\n", ""));
        refused(400, "bad-request", "Host", ask("GET", "/livez", "Host: a\r\nHost: b\r\n", ""));
        refused(400, "bad-request", "Host", ask("GET", "/livez", "Host: [localhost]\r\n", ""));
        refused(421, "wrong-host", "Host", ask("GET", "/livez", "Host: \r\n", ""));
        try (RawHttp http = new RawHttp(node.port())) {
            http.send("GET /livez HTTP/1.1\r\n\r\n");
            refused(400, "bad-request", "Host", http.reply());
        }
        refused(403, "foreign-origin", "origin", ask("GET", "/v1/tables", "Origin: http://evil.example\r\n", ""));
        refused(403, "foreign-origin", "origin", ask("PUT", "/v1/tables/x", JSON + "Origin: null\r\n", "{}"));
        refused(403, "foreign-origin", "origin", ask("GET", "/v1/tables", "Sec-Fetch-Site: cross-site\r\n", ""));
        for (String host :
                new String[] {"localhost", "127.0.0.1:" + node.port(), "[::1]:80", "LOCALHOST:1", "127.9.9.9"}) {
            assertEquals(
                    200, ask("GET", "/v1/tables", "Host: " + host + "\r\n", "").status(), host);
        }
        String own = "Host: localhost:" + node.port() + "\r\nOrigin: http://localhost:" + node.port() + "\r\n";
        assertEquals(200, ask("GET", "/v1/tables", own, "").status());
    }

    @Test
    void whatIsNotHttpIsRefused() throws IOException {
        refused(414, "uri-too-long", "", ask("GET", "/" + "x".repeat(9_000), "", ""));
        refused(431, "headers-too-large", "", ask("GET", "/livez", "X: " + "x".repeat(17_000) + "\r\n", ""));
        try (RawHttp http = new RawHttp(node.port())) {
            http.send("\u0001\u0002\u0003 garbage\r\n\r\n");
            refused(400, "bad-request", "", http.reply());
        }
        refused(
                415,
                "wrong-type",
                "Content-Encoding",
                ask("PUT", "/v1/tables/b", JSON + "Content-Encoding: gzip\r\n", "{}"));
    }

    @Test
    void healthIsTold() throws IOException {
        assertEquals(
                "{\"status\":\"live\",\"obstacles\":[]}",
                ask("GET", "/livez", "", "").body());
        assertEquals(
                "{\"status\":\"ready\",\"obstacles\":[]}",
                ask("GET", "/readyz", "", "").body());
        assertEquals(200, ask("GET", "/healthz", "", "").status());
    }
}
