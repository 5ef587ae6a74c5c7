package io.twinroot.peer;

import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.Metered;
import io.twinroot.reconcile.Recent;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.IndexJson;
import io.twinroot.wire.TableJson;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One table of a node behind HTTP. */
final class HttpReplica implements Replica, Metered {
    private final Caller caller;
    private final Limits limits;
    private final String address;
    private final TableName name;
    private final Meter meter;

    /** @param node the node's address, without a path */
    HttpReplica(Caller caller, Limits limits, String node, TableName name, Meter meter) {
        this.caller = caller;
        this.limits = limits;
        this.address = node + "/" + name;
        this.name = name;
        this.meter = meter;
    }

    static String path(TableName name) {
        return "/v1/tables/" + Percent.encode(name.text());
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public Traffic traffic() {
        return meter.reading();
    }

    private Ask get(String what, String path, Duration timeout, long answerMax) {
        return new Ask(
                what + " of " + address,
                HttpMethod.GET,
                path(name) + path,
                Map.of(),
                null,
                timeout,
                answerMax,
                false,
                meter);
    }

    private Ask post(String what, String path, String type, byte[] body, Duration timeout, long answerMax) {
        return new Ask(
                what + " of " + address,
                HttpMethod.POST,
                path(name) + path,
                Map.of("Content-Type", type),
                out -> out.write(body),
                timeout,
                answerMax,
                false,
                meter);
    }

    @Override
    public TableInfo info() {
        Ask ask = get("the state", "", limits.requestTimeout(), limits.lineMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            TableInfo info = answer.decode(TableJson::decode);
            if (!info.name().equals(name)) {
                throw answer.bad("is about table " + info.name(), null);
            }
            return info;
        }
    }

    @Override
    public byte[] narrow(byte[] message) {
        Ask ask = post(
                "narrowing", "/narrow", Exchange.BYTES, message.clone(), limits.requestTimeout(), limits.narrowMax());
        try (Answer answer = caller.ask(ask, Exchange.BYTES)) {
            return answer.all();
        }
    }

    @Override
    public List<RowState> states(List<Uid> uids) {
        checkBatch(uids.size());
        Ask ask = post(
                "the states of " + uids.size() + " UIDs",
                "/digests",
                Exchange.JSON,
                IndexJson.encodeUids(uids),
                limits.requestTimeout(),
                limits.listMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            List<RowState> states = answer.decode(json -> IndexJson.decodeStates(json, MAX_BATCH));
            if (states.size() != uids.size()) {
                throw answer.bad("has " + states.size() + " states for " + uids.size() + " UIDs", null);
            }
            return states;
        }
    }

    @Override
    public List<Entry> entries(UidRange range, int limit) {
        if (limit < 1 || limit > MAX_BATCH) {
            throw new IllegalArgumentException("a limit is 1 to " + MAX_BATCH + ", not " + limit);
        }
        Ask ask = get(
                "entries " + range,
                "/entries" + query(range) + "limit=" + limit,
                limits.requestTimeout(),
                limits.listMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            List<Entry> entries = answer.decode(json -> IndexJson.decodeEntries(json, limit));
            Uid last = null;
            for (Entry entry : entries) {
                checkOrder(answer, range, last, entry.uid());
                last = entry.uid();
            }
            return entries;
        }
    }

    @Override
    public Recent recent(long sinceMs, UidRange range, int limit) {
        if (limit < 1 || limit > MAX_BATCH || sinceMs < 1) {
            throw new IllegalArgumentException("a limit of " + limit + ", since " + sinceMs);
        }
        Ask ask = get(
                "changes since " + sinceMs + " in " + range,
                "/recent" + query(range) + "since=" + sinceMs + "&limit=" + limit,
                limits.requestTimeout(),
                limits.listMax());
        try (Answer answer = askForRecent(ask)) {
            IndexJson.Page page = answer.decode(json -> IndexJson.decodePage(json, limit));
            List<Recent.Item> items = new ArrayList<>();
            Uid last = null;
            for (int i = 0; i < page.uids().size(); i++) {
                Uid uid = page.uids().get(i);
                checkOrder(answer, range, last, uid);
                last = uid;
                items.add(new Recent.Item(uid, page.states().get(i)));
            }
            Uid next = page.next();
            if (next != null && !range.contains(next)) {
                throw answer.bad("goes on at " + next + ", which is not in " + range, null);
            }
            return new Recent(items, next);
        }
    }

    /** A node of an older version has nothing at this path. */
    private Answer askForRecent(Ask ask) {
        try {
            return caller.ask(ask, Exchange.JSON);
        } catch (ReplicaException e) {
            if (e.kind() != Kind.BAD_ANSWER) {
                throw e;
            }
            throw new ReplicaException(
                    Kind.BAD_ANSWER,
                    e.getMessage() + "; a node of an older version cannot list what was changed since a time: compare"
                            + " with it in another mode",
                    e);
        }
    }

    static void checkOrder(Answer answer, UidRange range, @Nullable Uid last, Uid uid) {
        if (!range.contains(uid)) {
            throw answer.bad("has UID " + uid + ", which is not in " + range, null);
        }
        if (last != null && last.compareTo(uid) >= 0) {
            throw answer.bad("has UID " + uid + " after " + last + ", which is out of order", null);
        }
    }

    private static String query(UidRange range) {
        Uid start = range.start();
        Uid stop = range.stop();
        return "?" + (start == null ? "" : "start=" + Percent.encode(start) + "&")
                + (stop == null ? "" : "stop=" + Percent.encode(stop) + "&");
    }

    @Override
    public RowCursor rows(UidRange range) {
        String query = query(range);
        Ask ask = get(
                "rows " + range,
                "/rows" + query.substring(0, query.length() - 1),
                limits.streamTimeout(),
                Long.MAX_VALUE);
        return RemoteRows.ofRange(caller.ask(ask, Exchange.JSON_LINES), this::blob, range, limits.lineMax());
    }

    @Override
    public RowCursor fetch(List<Uid> uids) {
        checkBatch(uids.size());
        Ask ask = post(
                uids.size() + " rows",
                "/fetch",
                Exchange.JSON,
                IndexJson.encodeUids(uids),
                limits.streamTimeout(),
                Long.MAX_VALUE);
        return RemoteRows.ofList(caller.ask(ask, Exchange.JSON_LINES), this::blob, uids, limits.lineMax());
    }

    @Override
    public BlobSource blob(Uid uid, Body.Blob blob) {
        Ask ask = new Ask(
                "the blob of " + uid + " (" + blob.size() + " bytes) of " + address,
                HttpMethod.GET,
                path(name) + "/rows/" + Percent.encode(uid) + "?" + RowRoutes.CONTENT + "="
                        + blob.content().hex(),
                Map.of("Accept", Exchange.BYTES),
                null,
                limits.streamTimeout(),
                blob.size(),
                false,
                meter);
        return () -> new RemoteBlob(caller.ask(ask, Exchange.BYTES), blob);
    }

    @Override
    public Knowledge knowledge() {
        Ask ask = get("what is known", "/knowledge", limits.requestTimeout(), MeetingJson.KNOWLEDGE_BYTES_MAX);
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            return answer.decode(MeetingJson::decodeKnowledge);
        }
    }

    @Override
    public Met meet(Knowledge other) {
        Ask ask = postJson("a meeting", "/meet", MeetingJson.encode(other), MeetingJson.KNOWLEDGE_BYTES_MAX);
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            return answer.decode(MeetingJson::decodeMet);
        }
    }

    @Override
    public RowCursor tombstones(Context known) {
        Ask ask = post(
                "the tombstones",
                "/tombstones",
                Exchange.JSON,
                ContextJson.encode(known),
                limits.streamTimeout(),
                Long.MAX_VALUE);
        return RemoteRows.ofTombstones(caller.ask(ask, Exchange.JSON_LINES), this::blob, limits.lineMax());
    }

    @Override
    public List<Uid> unseen(Context known, int limit) {
        if (limit < 1 || limit > MAX_BATCH) {
            throw new IllegalArgumentException("a limit is 1 to " + MAX_BATCH + ", not " + limit);
        }
        Ask ask = post(
                "rows that were not seen",
                "/unseen?limit=" + limit,
                Exchange.JSON,
                ContextJson.encode(known),
                limits.requestTimeout(),
                limits.listMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            List<Uid> uids = answer.decode(json -> IndexJson.decodeUids(json, limit));
            Uid last = null;
            for (Uid uid : uids) {
                checkOrder(answer, UidRange.ALL, last, uid);
                last = uid;
            }
            return uids;
        }
    }

    @Override
    public void absorb(Context context, @Nullable Incarnation life) {
        byte[] json = MeetingJson.encode(new MeetingJson.Walked(context, life));
        Ask ask = postJson("the end of a walk", "/absorb", json, limits.lineMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            var _ = answer.all();
        }
    }

    @Override
    public String announce(Intent intent) {
        byte[] json = MeetingJson.encode(intent);
        int items = intent.changed().size()
                + intent.deleted().size()
                + intent.ranges().size();
        if (items > MeetingJson.INTENT_ITEMS_MAX || json.length > limits.listMax()) {
            throw new ReplicaException(
                    Kind.BAD_REQUEST,
                    "what a repair is about to do to " + address + " names " + items + " rows and ranges in "
                            + json.length + " bytes, which is too much at once; repair a part of the table at a time");
        }
        Ask ask = postJson("announcing a repair", "/announce", json, limits.lineMax());
        try (Answer answer = caller.ask(ask, Exchange.JSON)) {
            return answer.decode(MeetingJson::decodeTicket);
        }
    }

    private Ask postJson(String what, String path, byte[] body, int answerMax) {
        return post(what, path, Exchange.JSON, body, limits.requestTimeout(), answerMax);
    }

    private static void checkBatch(int size) {
        if (size > MAX_BATCH) {
            throw new IllegalArgumentException("a list has at most " + MAX_BATCH + " items, not " + size);
        }
    }

    /** Large blobs go one by one, all else together, in the order of the list. */
    @Override
    public List<Outcome> apply(List<Change> changes, Sender sender) {
        checkBatch(changes.size());
        RemoteChanges remote = new RemoteChanges(caller, limits, address, path(name), meter, sender);
        try {
            return remote.apply(changes);
        } catch (ReplicaException e) {
            if (remote.answered() == 0 || e.kind() == Kind.UNKNOWN_OUTCOME) {
                throw e;
            }
            throw new ReplicaException(
                    Kind.UNKNOWN_OUTCOME,
                    e.getMessage() + "; of " + changes.size() + " changes the first " + remote.answered()
                            + " were answered",
                    e);
        }
    }

    @Override
    public void close() {
        // The connections belong to the node's replicas.
    }
}
