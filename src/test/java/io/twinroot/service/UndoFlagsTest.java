package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.carry.DurableFile;
import io.twinroot.carry.PlanFile;
import io.twinroot.carry.PlanWriter;
import io.twinroot.carry.PlannedRepair;
import io.twinroot.carry.Undo;
import io.twinroot.carry.UndoFile;
import io.twinroot.carry.UndoWriter;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.UndoLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flags come back with a row, and what a repair merged is taken apart again. */
final class UndoFlagsTest {
    private static final TableName TABLE = new TableName("mail");
    private static final Uid UID = Uid.ofText("m1");

    @TempDir
    private Path temp;

    private static Set<String> flags(Replica table) {
        try (RowCursor rows = table.fetch(List.of(UID))) {
            return Set.copyOf(((Row.Live) rows.next().row()).marks().flags().getOrDefault("f", List.of()));
        }
    }

    private static Change flag(List<String> add, List<String> remove) {
        return new Change.Flag(UID, "f", add, remove, null);
    }

    private void copy(Replica from, Replica to) {
        try (RowCursor rows = from.fetch(List.of(UID))) {
            to.apply(List.of(new Change.Replicate(rows.next(), null)));
        }
    }

    @Test
    void flagsThatWereMergedAreTakenApart() throws IOException {
        try (StoreReplicas a = StoreReplicas.open(temp.resolve("a"), StoreReplicas.options(Salt.PUBLISHED));
                StoreReplicas b = StoreReplicas.open(temp.resolve("b"), StoreReplicas.options(Salt.PUBLISHED));
                Replica mine = a.create(TABLE, TableRules.DEFAULT);
                Replica theirs = b.create(TABLE, TableRules.DEFAULT)) {
            Body body = new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(1))));
            mine.apply(List.of(new Change.Put(UID, body, null, null), flag(List.of("flagged"), List.of())));
            copy(mine, theirs);
            mine.apply(List.of(flag(List.of("answered"), List.of())));
            theirs.apply(List.of(flag(List.of("seen"), List.of("flagged"))));

            Difference difference = new Difference.OfRow(
                    UID,
                    mine.states(List.of(UID)).getFirst(),
                    theirs.states(List.of(UID)).getFirst());
            Plan plan = new Plan(
                    Direction.BOTH,
                    List.of(new Plan.Step.Merge(
                            UID, ((Difference.OfRow) difference).mine(), ((Difference.OfRow) difference).theirs())));
            Path planned = temp.resolve("plan");
            PlanLine.Head head =
                    new PlanLine.Head("store:a", "store:b", PlanLine.Way.BOTH, ConflictPolicy.NEWEST, Instant.EPOCH);
            try (PlanWriter writer = new PlanWriter(DurableFile.create(planned, false), head)) {
                writer.table(mine.info(), theirs.info(), plan, mine, theirs, Progress.NONE);
                writer.end();
            }
            PlanFile file = PlanFile.read(planned);
            PlanFile.Part part = file.parts().getFirst();
            Path undo = temp.resolve("undo");
            try (UndoWriter writer = new UndoWriter(
                    DurableFile.create(undo, false), new UndoLine.Head("store:a", "store:b", Instant.EPOCH))) {
                writer.table(file, part, mine, theirs, Progress.NONE);
                writer.end();
            }
            PlannedRepair.apply(file, part, mine, theirs, new Guards(9, OptionalLong.of(9)), Progress.NONE);
            assertEquals(Set.of("answered", "seen"), flags(mine));
            assertEquals(Set.of("answered", "seen"), flags(theirs));

            for (int twice = 0; twice < 2; twice++) {
                new Undo(a, b, true, Progress.NONE).run(UndoFile.read(undo));
                assertEquals(Set.of("answered", "flagged"), flags(mine));
                assertEquals(Set.of("seen"), flags(theirs));
            }
        }
    }
}
