package io.twinroot.cli;

import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.OneWay;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.table.TableName;
import io.twinroot.wire.PlanLine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tables of a database what they are on the other side, which a person says is right. Over all tables: rows are
 * deleted first, in tables that refer to others before those; then the others are written, the other way round.
 */
final class OneWayRepair {
    /** Which side is right. */
    enum Right {
        A,
        B
    }

    private static final Guards OPEN = new Guards(Long.MAX_VALUE, OptionalLong.of(Long.MAX_VALUE));
    private static final Plan.Effect NOTHING = new Plan.Effect(0, 0, 0);

    private final CompareOptions compare;
    private final Replicas placeA;
    private final Replicas placeB;
    private final boolean aIsRight;
    private final Progress progress;

    OneWayRepair(CompareOptions compare, Replicas placeA, Replicas placeB, Right right, Progress progress) {
        this.compare = compare;
        this.placeA = placeA;
        this.placeB = placeB;
        this.aIsRight = right == Right.A;
        this.progress = progress;
    }

    /** Compares, and says what is to be done, table by table: what others refer to comes first. */
    List<Mending> plan() {
        Address changed = aIsRight ? compare.b : compare.a;
        if (!(changed instanceof Address.Sql)) {
            throw new Trouble(
                    changed + " is no database, and keeps versions of its rows, so it is not simply overwritten;"
                            + " give that node the database as the source of a table (docs/sql.md)");
        }
        List<Pair> pairs = inOrder(Pair.of(compare.a, placeA, compare.b, placeB));
        List<Mending> mendings = new ArrayList<>();
        for (Pair pair : pairs) {
            mendings.add(
                    CompareOptions.orIncomparable(pair, pairs.size(), () -> plan(pair), Mending.Incomparable::new));
        }
        return mendings;
    }

    private List<Pair> inOrder(List<Pair> pairs) {
        Replicas place = aIsRight ? placeB : placeA;
        List<TableName> order =
                place.parentsFirst(pairs.stream().map(this::inWrong).toList());
        return pairs.stream()
                .sorted(Comparator.comparingInt(pair -> order.indexOf(inWrong(pair))))
                .toList();
    }

    private TableName inWrong(Pair pair) {
        return aIsRight ? pair.inPlaceB() : pair.inPlaceA();
    }

    private Mending plan(Pair pair) {
        if (!pair.isInBoth()) {
            return new Mending.Absent(new Finding.Missing(pair, pair.rowsOfTheOne(placeA, placeB)), false);
        }
        try (Replica mine = pair.openA(placeA);
                Replica theirs = pair.openB(placeB)) {
            Comparison comparison = compare.compare(pair, mine, theirs, true, progress);
            Finding.Compared found = new Finding.Compared(pair, comparison, Map.of());
            return comparison instanceof Comparison.Different different
                    ? new Mending.Planned(
                            found, OneWay.plan(different.differences(), aIsRight ? theirs : mine, aIsRight))
                    : new Mending.Nothing(found);
        }
    }

    /**
     * Does what was planned.
     *
     * @param undo where the way back is written before the first change; null for nowhere
     * @throws io.twinroot.reconcile.GuardException before the first change
     */
    List<Mending> apply(List<Mending> planned, Guards guards, PlanLine.Head head, @Nullable Path undo)
            throws IOException {
        for (Mending mending : planned) {
            if (mending instanceof Mending.Planned(var found, Plan plan)) {
                try (Replica wrong = openWrong(found.pair())) {
                    Repair.check(aIsRight ? plan.onTheirs() : plan.onMine(), NOTHING, wrong, guards);
                }
            }
        }
        if (undo != null) {
            new FiledRepair(placeA, placeB, progress)
                    .undoably(undo, head, planned, compare.a, compare.b, guards, plan -> {});
        }
        Map<Pair, RepairReport> deleted = new HashMap<>();
        for (Mending mending : planned.reversed()) {
            if (mending instanceof Mending.Planned(var found, Plan plan)) {
                deleted.put(found.pair(), run(found.pair(), OneWay.part(plan, true)));
            }
        }
        List<Mending> done = new ArrayList<>();
        for (Mending mending : planned) {
            if (mending instanceof Mending.Planned(var found, Plan plan)) {
                RepairReport before = Objects.requireNonNull(deleted.get(found.pair()));
                RepairReport report = sum(before, run(found.pair(), OneWay.part(plan, false)), notes(found.pair()));
                done.add(new Mending.Done(found, plan, report));
            } else {
                done.add(mending);
            }
        }
        return done;
    }

    private Replica openWrong(Pair pair) {
        return aIsRight ? pair.openB(placeB) : pair.openA(placeA);
    }

    private RepairReport run(Pair pair, Plan plan) {
        try (Replica mine = pair.openA(placeA);
                Replica theirs = pair.openB(placeB)) {
            return Repair.apply(plan, mine, theirs, OPEN, progress);
        }
    }

    private List<String> notes(Pair pair) {
        try (Replica wrong = openWrong(pair)) {
            return wrong.notes();
        }
    }

    private static RepairReport sum(RepairReport one, RepairReport two, List<String> notes) {
        return new RepairReport(
                one.mine().plus(two.mine()),
                one.theirs().plus(two.theirs()),
                both(one.meanwhile(), two.meanwhile()),
                both(one.refused(), two.refused()),
                List.of(),
                List.of(),
                notes,
                two.complete(),
                two.same());
    }

    private static <T> List<T> both(List<T> one, List<T> two) {
        return Stream.concat(one.stream(), two.stream()).toList();
    }

    /** Prints the statements of what was planned, in the order in which they are to be executed. */
    void print(List<Mending> planned, Screen screen) {
        List<Mending.Planned> plans = planned.stream()
                .flatMap(mending -> mending instanceof Mending.Planned plan ? Stream.of(plan) : Stream.of())
                .toList();
        if (plans.isEmpty()) {
            return;
        }
        PrintStream out = screen.out();
        try (Replica wrong = openWrong(plans.getFirst().finding().pair())) {
            out.println(
                    "-- for " + (aIsRight ? compare.b : compare.a).place()
                            + ": each statement is for one row, as it was seen; where one changes no row, the row has changed since");
            wrong.frame().before().forEach(statement -> out.println(statement + ";"));
        }
        out.println("BEGIN;");
        plans.reversed().forEach(plan -> print(plan, true, out));
        plans.forEach(plan -> print(plan, false, out));
        out.println("COMMIT;");
    }

    private void print(Mending.Planned planned, boolean deletes, PrintStream out) {
        Pair pair = planned.finding().pair();
        try (Replica mine = pair.openA(placeA);
                Replica theirs = pair.openB(placeB)) {
            Replica wrong = aIsRight ? theirs : mine;
            Plan part = OneWay.part(planned.plan(), deletes);
            new Statements(aIsRight ? mine : theirs, wrong).of(part, statement -> out.println(statement + ";"));
            Plan.Effect effect = aIsRight ? part.onTheirs() : part.onMine();
            if (effect.added() > 0) {
                wrong.frame().afterInserts().forEach(statement -> out.println(statement + ";"));
            }
        } catch (ReplicaException e) {
            throw new Trouble(pair.name() + ": " + e.getMessage(), e);
        }
    }
}
