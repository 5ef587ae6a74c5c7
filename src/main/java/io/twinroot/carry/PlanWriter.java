package io.twinroot.carry;

import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.PlanJson;
import io.twinroot.wire.PlanLine;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes plans of repairs into a file: one line for each row, also where the plan itself has a range of them. For
 * one thread.
 */
public final class PlanWriter implements AutoCloseable {
    private final SealedOutput out;
    private long steps;
    private long left;
    private @Nullable Uid last;

    /** @param file what its {@code flush} is called for must be on the disk when that returns */
    public PlanWriter(OutputStream file, PlanLine.Head head) throws IOException {
        out = new SealedOutput(file);
        line(head);
    }

    private void line(PlanLine line) throws IOException {
        out.line(PlanJson.encode(line));
    }

    /**
     * Adds the plan for two copies of a table.
     *
     * @param a what A was when it was compared; {@code b} likewise
     * @param mine A, whose rows of a range are listed; {@code theirs} is B
     * @throws ReplicaException when a range cannot be listed
     */
    public void table(TableInfo a, TableInfo b, Plan plan, Replica mine, Replica theirs, Progress progress)
            throws IOException {
        line(new PlanLine.Table(copy(a), copy(b), a.rules()));
        last = null;
        List<Plan.Step> ordered = new ArrayList<>(plan.steps());
        ordered.sort(Comparator.comparing(PlanSteps::first, Comparator.nullsFirst(Comparator.naturalOrder())));
        for (Plan.Step step : ordered) {
            switch (step) {
                case Plan.Step.TakeRange(UidRange range, long count) ->
                    rows(range, count, theirs, mine, PlanLine.Action.TAKE, progress);
                case Plan.Step.GiveRange(UidRange range, long count) ->
                    rows(range, count, mine, theirs, PlanLine.Action.GIVE, progress);
                default -> write(Objects.requireNonNull(PlanSteps.line(step)), progress);
            }
        }
    }

    private static PlanLine.Copy copy(TableInfo info) {
        return new PlanLine.Copy(info.name(), info.count(), info.root());
    }

    private void write(PlanLine line, Progress progress) throws IOException {
        switch (line) {
            case PlanLine.Step(var action, Uid uid, var a, var b) -> {
                Uid before = last;
                if (before != null && before.compareTo(uid) >= 0) {
                    throw new IllegalStateException("the plan has " + uid + " after " + before);
                }
                last = uid;
                steps++;
                progress.at("writing the plan", steps, -1);
            }
            case PlanLine.Leave leave -> left++;
            case PlanLine.LeaveRange(var range, long rows, var why) -> left += rows;
            default -> throw new IllegalStateException("not a step: " + line);
        }
        line(line);
    }

    /** Writes the rows of a range that one side lacks, as many as the plan counted at most. */
    private void rows(UidRange range, long count, Replica from, Replica to, PlanLine.Action action, Progress progress)
            throws IOException {
        UidRange rest = range;
        long open = count;
        while (open > 0) {
            int limit = (int) Math.min(open, Replica.MAX_BATCH);
            List<Entry> page = from.entries(rest, limit);
            if (page.isEmpty()) {
                return;
            }
            List<RowState> there = to.states(page.stream().map(Entry::uid).toList());
            for (int i = 0; i < page.size(); i++) {
                Entry entry = page.get(i);
                if (!rest.contains(entry.uid())) {
                    throw new ReplicaException(
                            ReplicaException.Kind.BAD_ANSWER,
                            from.address() + " listed " + entry.uid() + ", which is not in the range " + rest
                                    + " or out of order");
                }
                rest = rest.after(entry.uid());
                if (there.get(i) instanceof RowState.Live) {
                    continue; // it came there since
                }
                RowState found = new RowState.Live(entry.stamp(), entry.digest());
                boolean takes = action == PlanLine.Action.TAKE;
                write(
                        new PlanLine.Step(
                                action, entry.uid(), takes ? there.get(i) : found, takes ? found : there.get(i)),
                        progress);
            }
            open -= page.size();
            if (page.size() < limit) {
                return;
            }
        }
    }

    /** Ends the file; it is on the disk when this returns. */
    public void end() throws IOException {
        line(new PlanLine.End(steps, left, out.digest()));
        out.flush();
    }

    /** How many steps were written. */
    public long steps() {
        return steps;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
