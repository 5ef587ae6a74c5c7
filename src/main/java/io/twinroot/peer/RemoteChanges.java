package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.wire.ChangeJson;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.OutcomeJson;
import io.twinroot.wire.Problem;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.WireRow;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One list of changes on its way to a server. For one thread and one use. */
final class RemoteChanges {
    private final Caller caller;
    private final Limits limits;
    private final String address;
    private final String path;
    private final Meter meter;
    private final Sender sender;
    private final List<Outcome> outcomes = new ArrayList<>();

    RemoteChanges(Caller caller, Limits limits, String address, String path, Meter meter, Sender sender) {
        this.caller = caller;
        this.limits = limits;
        this.address = address;
        this.path = path;
        this.meter = meter;
        this.sender = sender;
    }

    /** How many changes, from the start of the list, have their outcome. */
    int answered() {
        return outcomes.size();
    }

    List<Outcome> apply(List<Change> changes) {
        int from = 0;
        while (from < changes.size()) {
            Parcel parcel = Parcel.of(changes.get(from));
            if (parcel != null) {
                outcomes.add(put(parcel));
                from++;
                continue;
            }
            int to = from + 1;
            while (to < changes.size() && Parcel.of(changes.get(to)) == null) {
                to++;
            }
            outcomes.addAll(post(changes.subList(from, to)));
            from = to;
        }
        return List.copyOf(outcomes);
    }

    /** A change with a blob too large for JSON. */
    private record Parcel(Change change, Body.Blob blob, BlobSource source) {
        static @Nullable Parcel of(Change change) {
            return switch (change) {
                case Change.Put(var uid, Body.Blob blob, var source, var expected, var settles)
                when blob.size() > WireRow.INLINE_MAX && source != null -> new Parcel(change, blob, source);
                case Change.Replicate(
                        RowData(Row.Live(var uid, var stamp, Body.Blob blob, var past), var source),
                        var expected)
                when blob.size() > WireRow.INLINE_MAX && source != null -> new Parcel(change, blob, source);
                default -> null;
            };
        }
    }

    private List<Outcome> post(List<Change> changes) {
        BitSet tooLarge = new BitSet();
        Ask ask = new Ask(
                changes.size() + " changes of " + address,
                HttpMethod.POST,
                path + "/rows" + SenderQuery.write(sender),
                Map.of("Content-Type", Exchange.JSON_LINES),
                out -> write(changes, out, tooLarge),
                limits.streamTimeout(),
                limits.listMax(),
                true,
                meter);
        try (Answer answer = caller.ask(ask, Exchange.JSON_LINES)) {
            List<Outcome> answered = read(answer, changes.size() - tooLarge.cardinality());
            for (int i = tooLarge.nextSetBit(0); i >= 0; i = tooLarge.nextSetBit(i + 1)) {
                answered.add(
                        i,
                        new Outcome.Refused(
                                "the row is too large to be sent: more than " + limits.lineMax() + " bytes of JSON"));
            }
            return answered;
        }
    }

    /** The sender's context as a line, where it has one: what is left out claims too little, which is safe. */
    private byte[] head() {
        if (sender.way() == Sender.Way.USER || sender.context().isEmpty()) {
            return new byte[0];
        }
        byte[] json = ContextJson.encode(sender.context());
        if (json.length > limits.lineMax()) {
            return new byte[0];
        }
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }

    private void write(List<Change> changes, OutputStream out, BitSet tooLarge) throws IOException {
        out.write(head());
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            byte[] line = switch (change) {
                case Change.Put put -> ChangeJson.encode(change, RowLines.content(put.body(), put.blob()));
                case Change.Delete delete -> ChangeJson.encode(change, null);
                case Change.Flag flag -> ChangeJson.encode(change, null);
                case Change.Drop drop -> ChangeJson.encode(change, null);
                case Change.Replicate(RowData data, var expected) ->
                    ChangeJson.encode(change, RowLines.content(data.row(), data.blob()));
            };
            if (line.length > Math.min(limits.lineMax(), RowJson.LINE_MAX)) {
                tooLarge.set(i);
            } else {
                out.write(line);
                out.write('\n');
            }
        }
    }

    private List<Outcome> read(Answer answer, int count) {
        LineSplitter lines = new LineSplitter(limits.lineMax());
        List<Outcome> read = new ArrayList<>();
        try {
            for (byte[] piece = answer.nextPiece(); piece != null; piece = answer.nextPiece()) {
                lines.add(piece, 0, piece.length);
                takeAll(answer, lines, read, count);
            }
            lines.finish();
            takeAll(answer, lines, read, count);
        } catch (JsonException e) {
            throw answer.bad("is not what the protocol says, " + e.getMessage(), e);
        }
        if (read.size() != count) {
            throw answer.bad("has " + read.size() + " outcomes for " + count + " changes", null);
        }
        return read;
    }

    private static void takeAll(Answer answer, LineSplitter lines, List<Outcome> read, int count) {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            if (read.size() == count) {
                throw answer.bad("has more than " + count + " outcomes", null);
            }
            read.add(OutcomeJson.decode(line));
        }
    }

    /** The change on a line, and then the bytes. */
    private Outcome put(Parcel parcel) {
        byte[] head = head();
        byte[] line = ChangeJson.encode(parcel.change(), null);
        Map<String, String> headers = Map.of(
                "Content-Type",
                RowRoutes.CHANGE_AND_BYTES,
                "Content-Length",
                Long.toString(head.length + line.length + 1 + parcel.blob().size()));
        Ask ask = new Ask(
                "the blob of " + parcel.change().uid() + " (" + parcel.blob().size() + " bytes) to " + address,
                HttpMethod.PUT,
                path + "/rows/" + Percent.encode(parcel.change().uid()) + SenderQuery.write(sender),
                headers,
                out -> {
                    out.write(head);
                    out.write(line);
                    out.write('\n');
                    copy(parcel, out);
                },
                limits.streamTimeout(),
                limits.lineMax(),
                true,
                meter);
        try (Answer answer = caller.call(ask)) {
            return outcome(ask, answer);
        }
    }

    private static Outcome outcome(Ask ask, Answer answer) {
        if (answer.status() == 200) {
            return answer.decode(OutcomeJson::decode);
        }
        Problem problem = Caller.problem(answer);
        Outcome outcome = problem.outcome();
        if (outcome == null) {
            throw Caller.refusal(ask, answer, problem);
        }
        return outcome;
    }

    private static void copy(Parcel parcel, OutputStream out) throws IOException {
        long size;
        try (InputStream in = parcel.source().open()) {
            size = in.transferTo(out);
        }
        if (size != parcel.blob().size()) {
            throw new ReplicaException(
                    ReplicaException.Kind.STORAGE,
                    "the blob gave " + size + " bytes instead of "
                            + parcel.blob().size());
        }
    }
}
