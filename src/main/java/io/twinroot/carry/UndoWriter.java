package io.twinroot.carry;

import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Merging;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.table.Versions;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.UndoJson;
import io.twinroot.wire.UndoLine;
import io.twinroot.wire.UndoLine.After;
import io.twinroot.wire.UndoLine.Side;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes, before a plan is applied, how each row that it changes was. A row that is not in the state any more that the
 * plan saw is left out: the plan will not change it either. For one thread.
 */
public final class UndoWriter implements AutoCloseable {
    /** Rows that are asked for at once. */
    private static final int PIECE = 1_000;

    private final SealedOutput out;
    private final SpoolFolder spools = new SpoolFolder();
    private long rows;

    /** @param file what its {@code flush} is called for must be on the disk when that returns */
    public UndoWriter(OutputStream file, UndoLine.Head head) throws IOException {
        out = new SealedOutput(file);
        line(head);
    }

    private void line(UndoLine line) throws IOException {
        byte[] json = UndoJson.encode(line);
        if (line instanceof UndoLine.Before before && json.length > Body.MAX_FIELDS_BYTES) {
            checkReadable(before, json);
        }
        out.line(json);
    }

    /** A row of a database may be larger than any of a store: a file that can't be read is no way back. */
    private static void checkReadable(UndoLine.Before before, byte[] json) {
        try {
            if (json.length <= UndoJson.LINE_MAX && UndoJson.decode(json) instanceof UndoLine.Before) {
                return;
            }
        } catch (JsonException e) {
            throw tooLarge(before, json, e);
        }
        throw tooLarge(before, json, null);
    }

    private static CarryException tooLarge(UndoLine.Before before, byte[] json, @Nullable JsonException e) {
        return new CarryException(
                "the row " + before.row().row().uid() + " needs " + json.length
                        + " bytes in it, which is more than can be read back; nothing was changed; leave such rows out, or"
                        + " repair them without an undo file",
                e);
    }

    /**
     * Adds the rows that one part of a plan changes.
     *
     * @throws CarryException when a blob cannot be kept, so that its row could not be brought back
     * @throws ReplicaException when a side does not give its rows
     */
    public void table(PlanFile plan, PlanFile.Part part, Replica mine, Replica theirs, Progress progress)
            throws IOException {
        PlanLine.Table table = part.table();
        line(new UndoLine.Table(table.a().name(), table.b().name(), table.rules()));
        try {
            plan.steps(part, steps -> {
                for (int at = 0; at < steps.size(); at += PIECE) {
                    List<Plan.Step> piece = steps.subList(at, Math.min(steps.size(), at + PIECE));
                    try {
                        piece(piece, mine, theirs, table.rules());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    progress.at("writing the undo file", rows, -1);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * A row that will change.
     *
     * @param seen the state that the plan saw
     * @param after the state that it will have; null where that takes both sides' rows to tell
     */
    private record Change(Uid uid, RowState seen, @Nullable After after) {}

    private void piece(List<Plan.Step> steps, Replica mine, Replica theirs, TableRules rules) throws IOException {
        List<Change> onA = new ArrayList<>();
        List<Change> onB = new ArrayList<>();
        for (Plan.Step step : steps) {
            switch (step) {
                case Plan.Step.Take(Uid uid, RowState a, RowState b) -> onA.add(new Change(uid, a, After.of(b)));
                case Plan.Step.DeleteMine(Uid uid, RowState a, RowState b) -> onA.add(new Change(uid, a, After.of(b)));
                case Plan.Step.Give(Uid uid, RowState a, RowState b) -> onB.add(new Change(uid, b, After.of(a)));
                case Plan.Step.DeleteTheirs(Uid uid, RowState a, RowState b) ->
                    onB.add(new Change(uid, b, After.of(a)));
                case Plan.Step.DropMine(Uid uid, RowState a, RowState b) -> onA.add(new Change(uid, a, After.GONE));
                case Plan.Step.DropTheirs(Uid uid, RowState a, RowState b) -> onB.add(new Change(uid, b, After.GONE));
                case Plan.Step.Settle(Uid uid, RowState a, RowState b, boolean mineWins) -> {
                    Change change = new Change(uid, mineWins ? b : a, written(mineWins ? a : b));
                    (mineWins ? onB : onA).add(change);
                }
                case Plan.Step.Merge(Uid uid, RowState a, RowState b) -> {
                    onA.add(new Change(uid, a, null));
                    onB.add(new Change(uid, b, null));
                }
                case Plan.Step.TakeRange range -> throw new IllegalStateException("a plan in a file has no ranges");
                case Plan.Step.GiveRange range -> throw new IllegalStateException("a plan in a file has no ranges");
                case Plan.Step.Leave leave -> {}
            }
        }
        write(Side.A, mine, onA, rules, theirs);
        write(Side.B, theirs, onB, rules, mine);
    }

    /** What a row is after it was written anew, with a stamp that nobody knows yet. */
    private static After written(RowState state) {
        return Versions.digest(state).map(After::content).orElse(After.GONE);
    }

    private void write(Side on, Replica side, List<Change> changes, TableRules rules, Replica other)
            throws IOException {
        List<Uid> merged = changes.stream()
                .filter(change -> change.after() == null)
                .map(Change::uid)
                .toList();
        Map<Uid, Row> others = rows(other, merged);
        Map<Uid, Change> open = new HashMap<>();
        List<Uid> wanted = new ArrayList<>();
        for (Change change : changes) {
            if (change.seen() instanceof RowState.Absent) {
                line(new UndoLine.Nothing(on, change.uid(), known(change.after())));
                rows++;
            } else {
                open.put(change.uid(), change);
                wanted.add(change.uid());
            }
        }
        try (RowCursor cursor = side.fetch(wanted)) {
            while (cursor.hasNext()) {
                RowData data = cursor.next();
                Uid uid = data.row().uid();
                Change change = open.remove(uid);
                if (change == null) {
                    throw new ReplicaException(
                            ReplicaException.Kind.BAD_ANSWER,
                            side.address() + " sent the row " + uid + ", which was not asked for");
                }
                if (!Versions.stamp(change.seen())
                        .filter(data.row().stamp()::equals)
                        .isPresent()) {
                    continue;
                }
                After after = change.after();
                if (after == null) {
                    Row opposite = others.get(uid);
                    if (opposite == null) {
                        continue;
                    }
                    after = After.of(merged(data.row(), opposite, rules));
                }
                row(on, side, data, after);
            }
        }
    }

    private static After known(@Nullable After after) {
        if (after == null) {
            throw new IllegalStateException("a row that is absent does not merge");
        }
        return after;
    }

    private static Map<Uid, Row> rows(Replica side, List<Uid> uids) {
        Map<Uid, Row> rows = new HashMap<>();
        if (!uids.isEmpty()) {
            try (RowCursor cursor = side.fetch(uids)) {
                for (int i = 0; i < uids.size() && cursor.hasNext(); i++) {
                    Row row = cursor.next().row();
                    rows.put(row.uid(), row);
                }
            }
        }
        return rows;
    }

    /** The state of a row into which another copy's is merged. */
    private static RowState merged(Row held, Row offered, TableRules rules) {
        RowState theirs = Merging.state(offered, rules);
        return switch (Merging.of(Merging.Held.of(held, rules), offered, theirs, Context.EMPTY, Context.EMPTY, rules)) {
            case Merging.Verdict.Take take -> theirs;
            case Merging.Verdict.Merge(Row.Live row, var losers) -> Merging.state(row, rules);
            case Merging.Verdict.Same same -> Merging.state(held, rules);
            case Merging.Verdict.Older older -> Merging.state(held, rules);
            case Merging.Verdict.Lingering lingering -> Merging.state(held, rules);
        };
    }

    private void row(Side on, Replica side, RowData data, After after) throws IOException {
        BlobSource source = data.blob();
        if (source == null || !(data.row() instanceof Row.Live(Uid uid, var stamp, Body.Blob blob, var past))) {
            line(new UndoLine.Before(on, new WireRow(data.row(), null), after));
        } else if (blob.size() <= WireRow.INLINE_MAX) {
            line(new UndoLine.Before(on, new WireRow(data.row(), small(side, uid, blob, source)), after));
        } else {
            try (BlobSpool spool = spools.open()) {
                copy(side, uid, blob, source, spool);
                line(new UndoLine.Before(on, new WireRow(data.row(), null), after));
                pieces(spool, blob);
            }
        }
        rows++;
    }

    private static Value.Bytes small(Replica side, Uid uid, Body.Blob blob, BlobSource source) {
        try (InputStream in = source.open()) {
            byte[] bytes = in.readNBytes(WireRow.INLINE_MAX + 1);
            if (bytes.length != blob.size() || !Digest.sha256(bytes).equals(blob.content())) {
                throw unreadable(side, uid, new IOException("its bytes are not those of its SHA-256"));
            }
            return new Value.Bytes(bytes);
        } catch (IOException e) {
            throw unreadable(side, uid, e);
        }
    }

    private static void copy(Replica side, Uid uid, Body.Blob blob, BlobSource source, BlobSpool spool) {
        byte[] buffer = new byte[Section.PIECE_BYTES];
        try (InputStream in = source.open()) {
            for (int n = in.read(buffer); n >= 0 && spool.size() <= blob.size(); n = in.read(buffer)) {
                spool.add(buffer, n);
            }
        } catch (IOException e) {
            throw unreadable(side, uid, e);
        }
        if (!spool.has(blob)) {
            throw unreadable(side, uid, new IOException("its bytes are not those of its SHA-256"));
        }
    }

    private void pieces(BlobSpool spool, Body.Blob blob) throws IOException {
        try (InputStream in = spool.source().open()) {
            for (long left = blob.size(); left > 0; ) {
                byte[] piece = in.readNBytes((int) Math.min(left, Section.PIECE_BYTES));
                if (piece.length == 0) {
                    throw new IOException("a temporary file became shorter");
                }
                line(new UndoLine.Piece(new Value.Bytes(piece)));
                left -= piece.length;
            }
        }
    }

    private static CarryException unreadable(Replica side, Uid uid, IOException e) {
        return new CarryException(
                "the blob of " + uid + " in " + side.address() + " cannot be read (" + e.getMessage()
                        + "), so it could not be brought back; nothing was changed",
                e);
    }

    /** Ends the file; it is on the disk when this returns. */
    public void end() throws IOException {
        line(new UndoLine.End(rows, out.digest()));
        out.flush();
    }

    /** How many rows were written. */
    public long rows() {
        return rows;
    }

    @Override
    public void close() throws IOException {
        try (spools) {
            out.close();
        }
    }
}
