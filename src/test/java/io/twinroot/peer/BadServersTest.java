package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.peer.OddServer.Oddity;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.Problem;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A peer that answers garbage, stalls or hangs up is a clear failure of the right kind, soon and within bounds. */
@Timeout(60)
final class BadServersTest {
    private static final UidRange RANGE = new UidRange(Uid.ofText("b"), Uid.ofText("y"));
    private static final String JSON_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private static final String LINES_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n";
    private static final String STAMP = "0000000000000001-00000000000000020000000000000003-4";
    private static final String DIGEST = "ab".repeat(32);

    private static Vertx vertx;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
    }

    /** What is asked of a replica whose server is odd. */
    enum Question {
        ENTRIES,
        RECENT,
        STATES,
        INFO,
        NARROW,
        ROWS,
        FETCH,
        BLOB,
        KNOWLEDGE,
        MEET,
        TOMBSTONES,
        ABSORB,
        ANNOUNCE,
        APPLY;

        private void ask(Replica replica) {
            List<Uid> uids = List.of(Uid.ofText("c"), Uid.ofText("d"));
            switch (this) {
                case ENTRIES -> replica.entries(RANGE, 10);
                case RECENT -> replica.recent(7, RANGE, 10);
                case STATES -> replica.states(uids);
                case INFO -> replica.info();
                case NARROW -> replica.narrow(new byte[] {1});
                case ROWS -> drain(replica.rows(RANGE));
                case FETCH -> drain(replica.fetch(uids));
                case BLOB -> readBlob(replica);
                case KNOWLEDGE -> replica.knowledge();
                case MEET -> replica.meet(Knowledge.NONE);
                case TOMBSTONES -> drain(replica.tombstones(Context.EMPTY));
                case ABSORB -> replica.absorb(Context.EMPTY, null);
                case ANNOUNCE -> replica.announce(new Intent("a", List.of(), List.of(), 0, List.of()));
                case APPLY ->
                    replica.apply(uids.stream()
                            .<Change>map(uid -> new Change.Delete(uid, null))
                            .toList());
            }
        }
    }

    private static void drain(RowCursor rows) {
        try (rows) {
            rows.forEachRemaining(row -> {});
        }
    }

    private static void readBlob(Replica replica) {
        BlobSource source = replica.blob(Uid.ofText("c"), new Body.Blob(5, Digest.sha256(new byte[5])));
        try (var in = source.open()) {
            in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError("not a ReplicaException", e);
        }
    }

    private static ReplicaException failure(Oddity oddity, Question question) throws IOException {
        try (OddServer server = new OddServer(oddity)) {
            return failure(server.uri(), question::ask);
        }
    }

    private static ReplicaException failure(URI uri, Consumer<Replica> asking) {
        try (Caller caller = new Caller(vertx, uri, TestNode.QUICK)) {
            // Made by hand, so that it is not asked first whether the table is there.
            Replica replica =
                    new HttpReplica(caller, TestNode.QUICK, uri.toString(), new TableName("a/t"), new Meter(null));
            ReplicaException e = assertThrows(ReplicaException.class, () -> asking.accept(replica));
            assertTrue(e.getMessage().contains(uri + "/a/t"), e.getMessage());
            return e;
        }
    }

    private static void fails(Kind kind, String message, ReplicaException e) {
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void aServerThatIsNotThereIsUnreachable() throws IOException {
        URI nowhere;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nowhere = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        for (Question question : Question.values()) {
            fails(Kind.UNREACHABLE, "is the node up?", failure(nowhere, question::ask));
        }
        try (HttpReplicas replicas = new HttpReplicas(vertx, URI.create("http://host.invalid:1"), TestNode.QUICK)) {
            ReplicaException e = assertThrows(ReplicaException.class, replicas::tables);
            fails(Kind.UNREACHABLE, "http://host.invalid:1", e);
        }
    }

    @Test
    void garbageIsABadAnswer() throws IOException {
        for (Question question : Question.values()) {
            Kind kind = question == Question.APPLY ? Kind.UNKNOWN_OUTCOME : Kind.BAD_ANSWER;
            fails(kind, "not HTTP", failure(OddServer.saying("\u0001\u0002 garbage \u00ff\r\n\r\n"), question));
            fails(kind, "text/html", failure(OddServer.answering("text/html", "<h1>It works!</h1>"), question));
            String moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
            fails(kind, "status 302", failure(OddServer.saying(moved), question));
            String problem =
                    "HTTP/1.1 400 Bad\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}";
            fails(kind, "problem document", failure(OddServer.saying(problem), question));
        }
    }

    @Test
    void aHangUpIsUnreachable() throws IOException {
        for (Question question : Question.values()) {
            Kind kind = question == Question.APPLY ? Kind.UNKNOWN_OUTCOME : Kind.UNREACHABLE;
            fails(kind, "", failure(OddServer.saying(""), question));
            fails(kind, "", failure(OddServer.saying("HTTP/1.1 200 OK\r\nContent-Ty"), question));
            String type = question == Question.BLOB || question == Question.NARROW
                    ? "application/octet-stream"
                    : question == Question.ROWS
                                    || question == Question.FETCH
                                    || question == Question.TOMBSTONES
                                    || question == Question.APPLY
                            ? "application/jsonl"
                            : "application/json";
            String head = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n";
            fails(kind, "did not come whole", failure(OddServer.saying(head + "Content-Length: 5\r\n\r\n{"), question));
            fails(
                    kind,
                    "did not come whole",
                    failure(OddServer.saying(head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"), question));
        }
    }

    @Test
    void aStallIsUnreachableWithinTheTimeout() throws IOException {
        for (Question question : List.of(Question.INFO, Question.ROWS, Question.APPLY)) {
            Kind kind = question == Question.APPLY ? Kind.UNKNOWN_OUTCOME : Kind.UNREACHABLE;
            fails(kind, "no answer came in time", failure(OddServer.stallingAfter(""), question));
        }
        fails(
                Kind.UNREACHABLE,
                "too slowly",
                failure(OddServer.stallingAfter(JSON_HEAD + "Content-Length: 500\r\n\r\n{"), Question.INFO));
        fails(
                Kind.UNREACHABLE,
                "too slowly",
                failure(OddServer.drippingAfter(LINES_HEAD + "Content-Length: 50000\r\n\r\n{", 20), Question.ROWS));
        fails(Kind.UNREACHABLE, "", failure(OddServer.drippingAfter("HTTP/1.1 200 OK\r\nX: ", 20), Question.INFO));
    }

    @Test
    void answersWithoutEndAreCut() throws IOException {
        String chunk = "10000\r\n" + " ".repeat(65_536) + "\r\n";
        String head = JSON_HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        fails(Kind.BAD_ANSWER, "more than", failure(OddServer.repeatingAfter(head, chunk), Question.INFO));
        fails(Kind.BAD_ANSWER, "more than", failure(OddServer.repeatingAfter(head, chunk), Question.ENTRIES));
        String lines = LINES_HEAD + "Transfer-Encoding: chunked\r\n\r\n";
        fails(Kind.BAD_ANSWER, "longer than", failure(OddServer.repeatingAfter(lines, chunk), Question.ROWS));
        String headers = "HTTP/1.1 200 OK\r\n";
        fails(Kind.BAD_ANSWER, "", failure(OddServer.repeatingAfter(headers, "X: yyyyyyyyyy\r\n"), Question.INFO));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "INFO|{}|a table has",
                "INFO|{\"name\":\"b\",TABLE}|about table b",
                "INFO|{\"name\":\"a/t\",TABLE,\"more\":1}|not known",
                "ENTRIES|{}|entries",
                "ENTRIES|{\"entries\":[{\"uid\":\"c\",ENTRY},{\"uid\":\"c\",ENTRY}]}|out of order",
                "ENTRIES|{\"entries\":[{\"uid\":\"d\",ENTRY},{\"uid\":\"c\",ENTRY}]}|out of order",
                "ENTRIES|{\"entries\":[{\"uid\":\"a\",ENTRY}]}|not in [b, y)",
                "ENTRIES|{\"entries\":[{\"uid\":\"y\",ENTRY}]}|not in [b, y)",
                "RECENT|{\"rows\":[]}|rows and next",
                "RECENT|{\"rows\":[{\"uid\":\"d\",ENTRY},{\"uid\":\"c\",ENTRY}],\"next\":null}|out of order",
                "RECENT|{\"rows\":[{\"uid\":\"y\",ENTRY}],\"next\":null}|not in [b, y)",
                "RECENT|{\"rows\":[],\"next\":\"y\"}|goes on at y",
                "RECENT|{\"rows\":[{\"uid\":\"d\"}],\"next\":null}|a stamp, and a digest",
                "STATES|{\"states\":[{\"absent\":true}]}|1 states for 2 UIDs",
                "STATES|{\"states\":[{},{}]}|a state is",
                "KNOWLEDGE|{}|knowledge has",
                "KNOWLEDGE|{\"context\":\"AQ\"}|cut off",
                "MEET|{\"standing\":\"fine\"}|current, behind or damaged",
                "MEET|{\"notes\":[\"\\u001b[2J\"]}|control character",
                "MEET|{\"standing\":\"current\",\"notes\":[]}|standing, notes and knowledge",
                "ANNOUNCE|{}|there is no ticket",
                "ANNOUNCE|{\"ticket\":\"\\n\"}|control character"
            })
    void documentsThatSayWhatTheyMustNot(Question question, String json, String message) throws IOException {
        String filled = json.replace("ENTRY", "\"stamp\":\"" + STAMP + "\",\"digest\":\"" + DIGEST + "\"")
                .replace(
                        "TABLE",
                        "\"digestExcludes\":[],\"format\":1,\"salt\":\"0123456789abcdef\",\"count\":0,\"tombstones\":0,"
                                + "\"root\":\"" + DIGEST + "\",\"newest\":null");
        fails(Kind.BAD_ANSWER, message, failure(OddServer.answering("application/json", filled), question));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "ROWS|LIVE(c)~{\"uid\":|line 2",
                "ROWS|LIVE(c)~~LIVE(d)|line 2",
                "ROWS|LIVE(c)~DEAD(d)|tombstone",
                "ROWS|LIVE(d)~LIVE(c)|out of order",
                "ROWS|LIVE(z)|not in [b, y)",
                "FETCH|LIVE(d)~LIVE(c)|not asked for or is out of order",
                "FETCH|LIVE(e)|not asked for or is out of order",
                "FETCH|LIVE(c)~DEAD(d)~DEAD(d)|not asked for or is out of order",
                "TOMBSTONES|DEAD(c)~LIVE(d)|live row d among the tombstones",
                "TOMBSTONES|DEAD(d)~DEAD(c)|out of order",
                "TOMBSTONES|DEAD(c)~DEAD(c)|out of order",
                "APPLY|{\"outcome\":\"same\"}|1 outcomes for 2 changes",
                "APPLY|{\"outcome\":\"same\"}~{\"outcome\":\"same\"}~{\"outcome\":\"same\"}|more than 2",
                "APPLY|{\"outcome\":\"done\"}|an outcome is"
            })
    void linesThatSayWhatTheyMustNot(Question question, String lines, String message) throws IOException {
        String filled = lines.replaceAll("LIVE\\((.)\\)", "{\"uid\":\"$1\",\"body\":{},\"stamp\":\"" + STAMP + "\"}")
                .replaceAll("DEAD\\((.)\\)", "{\"uid\":\"$1\",\"deleted\":true,\"stamp\":\"" + STAMP + "\"}")
                .replace('~', '\n');
        Kind kind = question == Question.APPLY ? Kind.UNKNOWN_OUTCOME : Kind.BAD_ANSWER;
        fails(kind, message, failure(OddServer.answering("application/jsonl", filled), question));
    }

    @ParameterizedTest
    @ValueSource(strings = {"other", "hello world"})
    void aBlobThatIsAnotherIsABadAnswer(String content) throws IOException {
        Kind kind = Kind.BAD_ANSWER;
        fails(kind, "", failure(OddServer.answering("application/octet-stream", content), Question.BLOB));
    }

    @Test
    void aNodeThatCannotListWhatChangedIsToldApart() throws IOException {
        String body = new String(
                Problem.of(Problem.Type.UNKNOWN_PATH, "no such path").encode(),
                java.nio.charset.StandardCharsets.UTF_8);
        Oddity old = OddServer.saying("HTTP/1.1 404 No\r\nContent-Type: application/problem+json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        fails(Kind.BAD_ANSWER, "a node of an older version cannot list", failure(old, Question.RECENT));
        String entries = "{\"entries\":[]}"; // as from one that takes the path for another
        fails(Kind.BAD_ANSWER, "entries", failure(OddServer.answering("application/json", entries), Question.RECENT));
    }

    @Test
    void problemsKeepTheirKind() throws IOException {
        for (Kind kind : Kind.values()) {
            Problem problem = Problem.of(ProblemException.type(kind), "because");
            String body = new String(problem.encode(), java.nio.charset.StandardCharsets.UTF_8);
            Oddity refusing = OddServer.saying("HTTP/1.1 " + problem.type().status()
                    + " No\r\nContent-Type: application/problem+json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                    + body);
            fails(kind, "because", failure(refusing, Question.ENTRIES));
            fails(kind, "because", failure(refusing, Question.APPLY));
        }
    }

    @Test
    void notesHaveABound() throws IOException {
        String notes = "\"x\",".repeat(100) + "\"x\"";
        Oddity many = OddServer.answering("application/json", "{\"notes\":[" + notes + "]}");
        fails(Kind.BAD_ANSWER, "more than 100 notes", failure(many, Question.MEET));
    }

    @Test
    void aBatchOfWhichAPartIsAppliedHasAnUnknownOutcome() throws IOException {
        String body = new String(
                Problem.of(Problem.Type.STORAGE, "full").withDone(1).encode(), java.nio.charset.StandardCharsets.UTF_8);
        Oddity refusing =
                OddServer.saying("HTTP/1.1 507 No\r\nContent-Type: application/problem+json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
        fails(Kind.UNKNOWN_OUTCOME, "the first 1 changes are applied", failure(refusing, Question.APPLY));
    }

    @Test
    void anAnswerBeforeTheWholeRequestIsTaken() throws IOException {
        String body = new String(
                Problem.of(Problem.Type.BUSY, "come later").encode(), java.nio.charset.StandardCharsets.UTF_8);
        Oddity refusing =
                OddServer.stallingAfter("HTTP/1.1 503 No\r\nContent-Type: application/problem+json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
        byte[] content = new byte[64 << 20];
        Body.Blob blob = new Body.Blob(content.length, Digest.sha256(content));
        try (OddServer server = new OddServer(refusing, false)) {
            ReplicaException e = failure(
                    server.uri(),
                    replica -> replica.apply(
                            List.of(new Change.Put(Uid.ofText("a"), blob, BlobSource.of(content), null))));
            fails(Kind.BUSY, "come later", e);
        }
    }

    @Test
    void aServerThatReadsNothingStopsTheSender() throws IOException {
        byte[] content = new byte[64 << 20];
        Body.Blob blob = new Body.Blob(content.length, Digest.sha256(content));
        try (OddServer server = new OddServer(OddServer.stallingAfter(""), false)) {
            ReplicaException e = failure(
                    server.uri(),
                    replica -> replica.apply(
                            List.of(new Change.Put(Uid.ofText("a"), blob, BlobSource.of(content), null))));
            fails(Kind.UNKNOWN_OUTCOME, "too slowly", e);
        }
    }

    @Test
    void addressesAreChecked() {
        for (String address : new String[] {
            "https://localhost:1",
            "ftp://localhost",
            "http://localhost/x",
            "http://u@localhost",
            "http://localhost?x",
            "a"
        }) {
            ReplicaException e = assertThrows(
                    ReplicaException.class, () -> new HttpReplicas(vertx, URI.create(address), TestNode.QUICK));
            fails(Kind.BAD_REQUEST, "http://host:port", e);
        }
    }
}
