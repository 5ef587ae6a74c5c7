package io.twinroot.carry;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A table of the place that a file is brought into, and the count of what became of its rows. For one thread. */
final class TargetTable implements AutoCloseable {
    private final TableName name;
    private final @Nullable Replica replica;
    private final @Nullable String refused;
    private final List<Refusal> refusals = new ArrayList<>();
    private long fresh;
    private long same;
    private long older;
    private long refusedRows;

    private TargetTable(TableName name, @Nullable Replica replica, @Nullable String refused) {
        this.name = name;
        this.replica = replica;
        this.refused = refused;
    }

    /** Opens the table, or finds why it takes no rows. */
    static TargetTable open(Replicas place, TableName name, TableRules rules, boolean create) {
        try {
            Replica replica = create ? place.create(name, rules) : place.table(name);
            TableRules there = replica.info().rules();
            if (there.equals(rules)) {
                return new TargetTable(name, replica, null);
            }
            replica.close();
            return new TargetTable(
                    name,
                    null,
                    "it leaves " + there.digestExcludes() + " out of comparisons, merges by "
                            + there.merge().name().toLowerCase(Locale.ROOT) + " and has schema " + there.schema()
                            + "; the file " + rules.digestExcludes() + ", "
                            + rules.merge().name().toLowerCase(Locale.ROOT) + " and " + rules.schema());
        } catch (ReplicaException e) {
            return switch (e.kind()) {
                case UNKNOWN_TABLE -> new TargetTable(name, null, "it is not there; --create makes it");
                case INCOMPATIBLE, BAD_REQUEST -> new TargetTable(name, null, String.valueOf(e.getMessage()));
                case SESSION_GONE,
                        CURSOR_GONE,
                        IDENTITY_CONFLICT,
                        BUSY,
                        UNREACHABLE,
                        BAD_ANSWER,
                        STORAGE,
                        UNKNOWN_OUTCOME -> throw e;
            };
        }
    }

    /** Gives the table these rows, at most {@value Section#ROWS_MAX}, whose batch is at most a section's bytes. */
    void apply(List<RowData> rows) {
        if (replica == null) {
            refusedRows += rows.size();
            return;
        }
        List<Outcome> outcomes = replica.apply(
                rows.stream()
                        .<Change>map(row -> new Change.Replicate(row, null))
                        .toList(),
                new Sender(Sender.Way.CARRIED, Context.EMPTY, null));
        if (outcomes.size() != rows.size()) {
            throw new ReplicaException(
                    ReplicaException.Kind.UNKNOWN_OUTCOME,
                    rows.size() + " changes of " + replica.address() + " gave " + outcomes.size() + " outcomes");
        }
        for (int i = 0; i < outcomes.size(); i++) {
            count(rows.get(i).row().uid(), outcomes.get(i));
        }
    }

    private void count(Uid uid, Outcome outcome) {
        switch (outcome) {
            case Outcome.Applied applied -> fresh++;
            case Outcome.Same nothing -> same++;
            case Outcome.Older newer -> older++;
            case Outcome.ChangedMeanwhile meanwhile -> refuse(uid, "the row changed meanwhile");
            case Outcome.Lingering gone -> older++;
            case Outcome.Parked(String reason) -> refuse(uid, reason);
            case Outcome.Refused(String reason) -> refuse(uid, reason);
        }
    }

    private void refuse(Uid uid, String why) {
        refusedRows++;
        if (refusals.size() < TableTally.REFUSALS_MAX) {
            refusals.add(new Refusal(uid, why));
        }
    }

    TableTally tally() {
        return new TableTally(name, refused, fresh, same, older, refusedRows, refusals);
    }

    @Override
    public void close() {
        if (replica != null) {
            replica.close();
        }
    }
}
