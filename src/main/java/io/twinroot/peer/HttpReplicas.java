package io.twinroot.peer;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Metered;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.wire.ChangesJson;
import io.twinroot.wire.TableJson;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The tables of a node behind HTTP. Calls block, from any thread but an event loop; each has a deadline, and
 * bodies have a least rate and a bound ({@link Limits}).
 *
 * <p>A {@link ReplicaException} names what was asked and where. No answer, or half of one: UNREACHABLE; one
 * that breaks the protocol: BAD_ANSWER; after changes were sent both are UNKNOWN_OUTCOME.
 */
public final class HttpReplicas implements Replicas, ChangeFeed, Metered {
    private final Caller caller;
    private final Limits limits;
    private final String address;
    private final Meter meter = new Meter(null);

    public HttpReplicas(Vertx vertx, URI base) {
        this(vertx, base, Limits.DEFAULT);
    }

    /**
     * @param base {@code http://host:port}
     * @throws ReplicaException of kind BAD_REQUEST when it is something else
     */
    public HttpReplicas(Vertx vertx, URI base, Limits limits) {
        this.address = checked(base);
        this.limits = limits;
        this.caller = new Caller(vertx, base, limits);
    }

    private static String checked(URI base) {
        String path = base.getRawPath();
        boolean plain = base.getRawQuery() == null && base.getRawFragment() == null && base.getRawUserInfo() == null;
        if (!"http".equals(base.getScheme())
                || base.getHost() == null
                || !plain
                || path != null && !path.isEmpty() && !path.equals("/")) {
            throw new ReplicaException(
                    Kind.BAD_REQUEST, "the address of a node looks like http://host:port, not " + base);
        }
        return base.getScheme() + "://" + base.getRawAuthority();
    }

    /** The archive that the node's {@link BackupSource} writes. The caller closes it. */
    public InputStream backup() {
        Ask ask = new Ask(
                "the backup of " + address,
                HttpMethod.GET,
                "/v1/backup",
                Map.of(),
                null,
                PeerRoutes.SLOWEST,
                Long.MAX_VALUE,
                false,
                meter);
        return new RemoteStream(caller.ask(ask, BackupSource.TYPE));
    }

    @Override
    public List<TableInfo> tables() {
        Ask ask = new Ask(
                "the tables of " + address,
                HttpMethod.GET,
                "/v1/tables",
                Map.of(),
                null,
                limits.requestTimeout(),
                limits.listMax(),
                false,
                meter);
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            List<TableInfo> tables = answer.decode(TableJson::decodeAll);
            for (int i = 1; i < tables.size(); i++) {
                if (tables.get(i - 1).name().compareTo(tables.get(i).name()) >= 0) {
                    throw answer.bad(
                            "is not ordered by name at " + tables.get(i).name(), null);
                }
            }
            return tables;
        }
    }

    @Override
    public Replica table(TableName name) {
        var _ = new HttpReplica(caller, limits, address, name, meter).info();
        return replica(name);
    }

    private Replica replica(TableName name) {
        return new HttpReplica(caller, limits, address, name, new Meter(meter));
    }

    @Override
    public Replica create(TableName name, TableRules rules) {
        byte[] body = TableJson.encodeRules(rules);
        Ask ask = new Ask(
                "making table " + name + " at " + address,
                HttpMethod.PUT,
                HttpReplica.path(name),
                Map.of("Content-Type", Exchange.JSON),
                out -> out.write(body),
                limits.requestTimeout(),
                limits.lineMax(),
                false,
                meter);
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            TableInfo made = answer.decode(TableJson::decode);
            if (!made.name().equals(name) || !made.rules().equals(rules)) {
                throw answer.bad("is about table " + made.name() + " with " + made.rules(), null);
            }
        }
        return replica(name);
    }

    @Override
    public ChangePage changes(Query query) {
        StringBuilder path = new StringBuilder("/v1/changes?limit=" + query.limit() + "&wait=" + query.waitMs());
        if (query.since() != null) {
            path.append("&since=").append(Percent.encode(query.since()));
        }
        if (query.reader() != null) {
            path.append("&reader=").append(Percent.encode(query.reader()));
        }
        if (!query.tables().isEmpty()) {
            path.append("&tables=")
                    .append(query.tables().stream()
                            .map(table -> Percent.encode(table.text()))
                            .collect(Collectors.joining(",")));
        }
        if (query.contexts()) {
            path.append("&contexts=true");
        }
        Duration wait = Duration.ofMillis(query.waitMs());
        Ask ask = new Ask(
                "the changes of " + address,
                HttpMethod.GET,
                path.toString(),
                Map.of(),
                null,
                limits.requestTimeout().plus(wait),
                ChangesJson.PAGE_BYTES_MAX,
                wait,
                false,
                meter);
        try (Answer answer = caller.ask(ask, Exchange.JSON_LINES)) {
            return RemotePage.read(
                    answer, query, (table, uid, blob) -> replica(table).blob(uid, blob));
        }
    }

    @Override
    public String cursorAt(long sinceMs) {
        Ask ask = new Ask(
                "the cursor of a moment at " + address,
                HttpMethod.GET,
                "/v1/changes/cursor?at="
                        + Percent.encode(Instant.ofEpochMilli(sinceMs).toString()),
                Map.of(),
                null,
                limits.requestTimeout(),
                limits.lineMax(),
                false,
                meter);
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            return answer.decode(ChangesJson::decodeCursor);
        }
    }

    @Override
    public Traffic traffic() {
        return meter.reading();
    }

    @Override
    public void close() {
        caller.close();
    }
}
