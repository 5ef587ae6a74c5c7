package io.twinroot.peer;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.ChangeJson;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.IndexJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.OutcomeJson;
import io.twinroot.wire.Problem;
import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rows: by range, by UID, by a list of UIDs; put, delete, flags and bulk put. */
final class RowRoutes {
    static final String STAMP = "Twinroot-Stamp";
    static final String CONTENT_DIGEST = "Content-Digest";

    /** The type of a body that is a change in JSON on a line, and then the bytes of its blob. */
    static final String CHANGE_AND_BYTES = "application/vnd.twinroot.change";

    /** The parameter that names the SHA-256 of the blob that is wanted. */
    static final String CONTENT = "content";

    private final Replicas replicas;
    private final Limits limits;
    private final Path spool;

    /** @param spool a directory for blobs on their way in */
    RowRoutes(Replicas replicas, Limits limits, Path spool) {
        this.replicas = replicas;
        this.limits = limits;
        this.spool = spool;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/tables/[^/]+/rows")
                .streamed(HttpMethod.GET, this::range)
                .streamed(HttpMethod.POST, this::bulk)
                .only();
        routes.path("/v1/tables/[^/]+/rows/[^/]*")
                .streamed(HttpMethod.GET, this::get)
                .streamed(HttpMethod.PUT, this::put)
                .on(HttpMethod.DELETE, this::delete)
                .only();
        routes.path("/v1/tables/[^/]+/rows/[^/]*/flags")
                .on(HttpMethod.POST, this::flags)
                .only();
        routes.path("/v1/tables/[^/]+/fetch")
                .streamed(HttpMethod.POST, this::fetch)
                .only();
    }

    private void range(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(Set.of("start", "stop", "limit"));
        UidRange range = Exchange.range(query);
        long limit = Exchange.number(query, "limit", Long.MAX_VALUE, Long.MAX_VALUE);
        try (Replica replica = replicas.table(exchange.table());
                RowCursor rows = replica.rows(range)) {
            RowLines.send(exchange, rows, limit);
        }
    }

    private void fetch(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        exchange.needType(Exchange.JSON);
        List<Uid> uids = IndexJson.decodeUids(exchange.bytes(limits.listMax()), Replica.MAX_BATCH);
        try (Replica replica = replicas.table(exchange.table());
                RowCursor rows = replica.fetch(uids)) {
            RowLines.send(exchange, rows, Replica.MAX_BATCH);
        }
    }

    private void bulk(Exchange exchange) throws IOException {
        Map<String, byte[]> query = exchange.query(SenderQuery.and("summary"));
        Sender sender = SenderQuery.read(query);
        exchange.needType(Exchange.JSON_LINES, "application/x-ndjson");
        try (Replica replica = replicas.table(exchange.table())) {
            BulkPut bulk = new BulkPut(replica, limits, query.containsKey("summary"), sender);
            bulk.run(exchange.body());
            bulk.answer(exchange);
        }
    }

    private void get(Exchange exchange) throws IOException {
        byte[] content = exchange.query(Set.of(CONTENT)).get(CONTENT);
        Uid uid = exchange.uid();
        boolean bytes = exchange.header("Accept").orElse("").contains(Exchange.BYTES);
        try (Replica replica = replicas.table(exchange.table());
                RowCursor rows = replica.fetch(List.of(uid))) {
            Optional<RowData> found = rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
            if (found.isEmpty() || !(found.get().row() instanceof Row.Live row)) {
                throw absent(uid, found.map(RowData::row).orElse(null));
            }
            checkContent(uid, row, content);
            Digest digest = row.digest(replica.info().rules());
            checkMatch(exchange, uid, new RowState.Live(row.stamp(), digest));
            exchange.set("ETag", Guard.tag(digest));
            exchange.set(STAMP, row.stamp().text());
            if (bytes) {
                sendBlob(exchange, row, found.get());
            } else {
                exchange.json(RowLines.line(found.get()));
            }
        }
    }

    private static void checkContent(Uid uid, Row.Live row, byte @Nullable [] wanted) {
        if (wanted == null) {
            return;
        }
        String sha = new String(wanted, StandardCharsets.UTF_8);
        if (!sha.matches("[0-9a-f]{64}")) {
            throw ProblemException.parameter(CONTENT, "content is a SHA-256, 64 hexadecimal digits in lower case");
        }
        if (!(row.body() instanceof Body.Blob blob) || !blob.content().hex().equals(sha)) {
            throw new ProblemException(Problem.of(Problem.Type.CHANGED, "the row has another content by now")
                    .withUid(uid));
        }
    }

    private static ProblemException absent(Uid uid, @Nullable Row tombstone) {
        String detail = tombstone == null
                ? "there is no row with this UID"
                : "the row was deleted by the write with stamp "
                        + tombstone.stamp().text();
        return new ProblemException(Problem.of(Problem.Type.UNKNOWN_ROW, detail).withUid(uid));
    }

    private static void checkMatch(Exchange exchange, Uid uid, RowState.Live held) {
        Optional<String> match = exchange.header("If-Match");
        if (match.isPresent() && !Guard.matches(match.get(), held)) {
            throw new ProblemException(Problem.of(Problem.Type.CHANGED, "the row has another digest by now")
                    .withUid(uid)
                    .withOutcome(new Outcome.ChangedMeanwhile(held)));
        }
    }

    private static void sendBlob(Exchange exchange, Row.Live row, RowData data) throws IOException {
        if (!(row.body() instanceof Body.Blob blob) || data.blob() == null) {
            throw new ProblemException(
                    Problem.of(Problem.Type.NOT_ACCEPTABLE, "the row holds fields; ask for it as " + Exchange.JSON)
                            .withUid(row.uid()));
        }
        try (InputStream in = data.blob().open()) {
            exchange.set("Content-Length", Long.toString(blob.size()));
            exchange.set(CONTENT_DIGEST, contentDigest(blob.content()));
            StreamOutput out = exchange.stream(200, Exchange.BYTES);
            in.transferTo(out);
            out.finish();
        }
    }

    /** The form of a digest in a Content-Digest header (RFC 9530). */
    static String contentDigest(Digest content) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(content.toBytes()) + ":";
    }

    private void put(Exchange exchange) throws IOException {
        Sender sender = SenderQuery.read(exchange.query(SenderQuery.and()));
        Uid uid = exchange.uid();
        exchange.needType(Exchange.JSON, Exchange.BYTES, CHANGE_AND_BYTES);
        try (Replica replica = replicas.table(exchange.table())) {
            if (exchange.contentType().equals(Exchange.BYTES)) {
                putBlob(exchange, replica, uid, sender);
                return;
            }
            if (exchange.contentType().equals(CHANGE_AND_BYTES)) {
                putChange(exchange, replica, uid, sender);
                return;
            }
            if (exchange.header(STAMP).isPresent()) {
                throw ProblemException.parameter(STAMP, "a row in JSON has its stamp inside");
            }
            RowState expected = Guard.expected(exchange, replica, uid);
            apply(exchange, replica, ChangeJson.decodeFor(uid, expected, exchange.bytes(limits.lineMax())), sender);
        }
    }

    /** A change as JSON lines have it, after the sender's context where it has one, and then its blob. */
    private void putChange(Exchange exchange, Replica replica, Uid uid, Sender sender) throws IOException {
        for (String header : new String[] {STAMP, "If-Match", "If-None-Match", Guard.STATE}) {
            if (exchange.header(header).isPresent()) {
                throw ProblemException.parameter(header, "a change has its stamp and what it expects inside");
            }
        }
        byte[] line = line(exchange, 1);
        Sender from = sender;
        if (sender.way() != Sender.Way.USER && ContextJson.isContext(line)) {
            from = new Sender(sender.way(), decodeContext(line), sender.ticket());
            line = line(exchange, 2);
        }
        try (BlobSpool spooled = BlobSpool.of(exchange.body(), spool)) {
            Change change = ChangeJson.decode(line, spooled.source());
            if (!change.uid().equals(uid)) {
                throw ProblemException.parameter("uid", "the uid inside is not the uid of the path");
            }
            if (!spooled.blob().equals(blob(change))) {
                throw ProblemException.parameter(
                        "body",
                        "the " + spooled.blob().size() + " bytes that came are not those of the change's blob; send it"
                                + " again");
            }
            apply(exchange, replica, change, from);
        }
    }

    private static Context decodeContext(byte[] line) {
        try {
            return ContextJson.decode(line);
        } catch (JsonException e) {
            throw e.atLine(1);
        }
    }

    private byte[] line(Exchange exchange, long number) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        for (int next = exchange.body().read();
                next != '\n';
                next = exchange.body().read()) {
            if (next < 0 || line.size() == limits.lineMax()) {
                throw new JsonException(
                                line.size(),
                                "a line of at most " + limits.lineMax() + " bytes with a newline is expected")
                        .atLine(number);
            }
            line.write(next);
        }
        return line.toByteArray();
    }

    private static @Nullable Body blob(Change change) {
        return switch (change) {
            case Change.Put put -> put.body();
            case Change.Replicate(RowData(Row.Live(var uid, var stamp, var body, var past), var blob), var expected) ->
                body;
            default -> null;
        };
    }

    private void putBlob(Exchange exchange, Replica replica, Uid uid, Sender sender) throws IOException {
        Optional<Stamp> stamp = exchange.header(STAMP).map(RowRoutes::stamp);
        RowState expected = Guard.expected(exchange, replica, uid);
        if (exchange.announced() > limits.blobMax()) {
            throw new BrokenStream(BrokenStream.Cause.TOO_LARGE, "a blob has at most " + limits.blobMax() + " bytes");
        }
        try (BlobSpool spooled = BlobSpool.of(exchange.body(), spool)) {
            Body.Blob blob = spooled.blob();
            checkContent(exchange, blob);
            apply(
                    exchange,
                    replica,
                    stamp.isPresent()
                            ? new Change.Replicate(
                                    new RowData(new Row.Live(uid, stamp.get(), blob), spooled.source()), expected)
                            : new Change.Put(uid, blob, spooled.source(), expected),
                    sender);
        }
    }

    private static Stamp stamp(String text) {
        try {
            return Stamp.parse(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter(STAMP, String.valueOf(e.getMessage()));
        }
    }

    private static void checkContent(Exchange exchange, Body.Blob blob) {
        String announced = exchange.header(CONTENT_DIGEST).orElse("");
        if (announced.startsWith("sha-256=") && !announced.equals(contentDigest(blob.content()))) {
            throw ProblemException.parameter(
                    CONTENT_DIGEST,
                    "the " + blob.size() + " bytes that came have " + contentDigest(blob.content())
                            + "; send the blob again");
        }
    }

    private void flags(Exchange exchange) throws IOException {
        Sender sender = SenderQuery.read(exchange.query(SenderQuery.and()));
        Uid uid = exchange.uid();
        exchange.needType(Exchange.JSON);
        try (Replica replica = replicas.table(exchange.table())) {
            RowState expected = Guard.expected(exchange, replica, uid);
            apply(exchange, replica, ChangeJson.decodeFlags(uid, expected, exchange.bytes(limits.lineMax())), sender);
        }
    }

    private void delete(Exchange exchange) throws IOException {
        Sender sender = SenderQuery.read(exchange.query(SenderQuery.and()));
        Uid uid = exchange.uid();
        try (Replica replica = replicas.table(exchange.table())) {
            apply(exchange, replica, new Change.Delete(uid, Guard.expected(exchange, replica, uid)), sender);
        }
    }

    private static void apply(Exchange exchange, Replica replica, Change change, Sender sender) throws IOException {
        List<Outcome> outcomes = replica.apply(List.of(change), sender);
        if (outcomes.size() != 1) {
            throw new ReplicaException(
                    ReplicaException.Kind.UNKNOWN_OUTCOME,
                    "one change of " + change.uid() + " in " + replica.address() + " gave " + outcomes.size()
                            + " outcomes");
        }
        Outcome outcome = outcomes.getFirst();
        check(change.uid(), outcome);
        exchange.json(OutcomeJson.encode(outcome));
    }

    /**
     * Passes what was done.
     *
     * @param uid null where it is of no row
     * @throws ProblemException where it was not
     */
    static void check(@Nullable Uid uid, Outcome outcome) {
        switch (outcome) {
            case Outcome.Applied applied -> {}
            case Outcome.Same same -> {}
            case Outcome.Older older ->
                throw refusal(uid, outcome, Problem.Type.OLDER, "a newer version of the row is here");
            case Outcome.ChangedMeanwhile changed ->
                throw refusal(
                        uid, outcome, Problem.Type.CHANGED, "the row is not in the state that the change expects");
            case Outcome.Lingering gone ->
                throw refusal(
                        uid,
                        outcome,
                        Problem.Type.LINGERING,
                        "this version was here and was deleted since; put the row anew to have it again");
            case Outcome.Parked(String reason) -> throw refusal(uid, outcome, Problem.Type.PARKED, reason);
            case Outcome.Refused(String reason) -> throw refusal(uid, outcome, Problem.Type.REFUSED, reason);
        }
    }

    private static ProblemException refusal(@Nullable Uid uid, Outcome outcome, Problem.Type type, String detail) {
        Problem problem = Problem.of(type, detail).withOutcome(outcome);
        return new ProblemException(uid == null ? problem : problem.withUid(uid));
    }
}
