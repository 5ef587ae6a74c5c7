package io.twinroot.peer;

import io.twinroot.table.Body;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A node that lost one row, and one before that came back; its scrub runs until it is stopped. Thread-safe. */
final class ScriptedCare implements ProblemControl, ScrubControl, TrashControl, SourceControl {
    private static final Instant FOUND = Instant.parse("2026-01-01T00:00:00Z");
    private static final TableName TABLE = new TableName("shop/orders");

    private final List<ProblemView> problems = new ArrayList<>(List.of(
            problem("d1", "order-3", ProblemView.State.HEALED),
            problem("d2", "order-7", ProblemView.State.OPEN),
            conflict(ProblemView.State.OPEN),
            guard(ProblemView.State.OPEN)));
    private boolean running;
    private boolean restored;

    private ScriptedCare() {}

    static Care served() {
        ScriptedCare care = new ScriptedCare();
        return new Care(care, care, care, care, () -> "twinroot_damage_open 1.0\n");
    }

    @Override
    public List<SourceView> sources() {
        return List.of(new SourceView(
                TABLE, "postgresql://twinroot@db/shop?table=orders", "scan", FOUND, false, 1000, 250_000, 3L, null));
    }

    @Override
    public void scan() {}

    private static ProblemView problem(String id, String uid, ProblemView.State state) {
        return new ProblemView(
                id,
                ProblemView.Kind.DAMAGE,
                TABLE,
                Uid.ofText(uid),
                FOUND,
                state,
                "lost row " + uid + " of table shop/orders",
                state == ProblemView.State.OPEN ? "repair from a peer" : "");
    }

    private static ProblemView guard(ProblemView.State state) {
        return new ProblemView(
                "g1",
                ProblemView.Kind.GUARD,
                TABLE,
                null,
                FOUND,
                state,
                "a repair with b would delete 2 of the 10 rows",
                state == ProblemView.State.OPEN ? "twinroot approve g1" : "");
    }

    @Override
    public Optional<ProblemSteps> steps(String id) {
        return id.equals("g1")
                ? Optional.of(new ProblemSteps(
                        Map.of("delete-here", 2L),
                        List.of(
                                new ProblemSteps.Step("delete-here", Uid.ofText("order-1")),
                                new ProblemSteps.Step("delete-here", Uid.ofText("order-2")))))
                : Optional.empty();
    }

    @Override
    public Optional<ProblemSides> sides(String id) {
        return id.equals("k4") ? Optional.of(new ProblemSides(row("4", 9), row("3", 8))) : Optional.empty();
    }

    private static RowData row(String amount, long seq) {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("amount", new Value.Text(amount))));
        return new RowData(new Row.Live(Uid.ofText("order-9"), stamp(seq), body), null);
    }

    private static Stamp stamp(long seq) {
        return new Stamp(FOUND.toEpochMilli() << 16, new Incarnation(1, 2), seq);
    }

    private static ProblemView conflict(ProblemView.State state) {
        return new ProblemView(
                "k4",
                ProblemView.Kind.CONFLICT,
                TABLE,
                Uid.ofText("order-9"),
                FOUND,
                state,
                "row order-9 of table shop/orders was changed on two sides",
                state == ProblemView.State.OPEN ? "look at both sides" : "");
    }

    @Override
    public synchronized Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        if (id.equals("g1") && decision instanceof Decision.Approve && problems.remove(guard(ProblemView.State.OPEN))) {
            problems.add(guard(ProblemView.State.RESOLVED));
            return Optional.of(new Decided<>(guard(ProblemView.State.RESOLVED), new Outcome.Same()));
        }
        if (!id.equals("k4") || decision instanceof Decision.Accept) {
            return ProblemControl.super.decide(id, decision);
        }
        ProblemView open = conflict(ProblemView.State.OPEN);
        if (!problems.contains(open)) {
            return Optional.empty();
        }
        return switch (decision) {
            case Decision.Keep(boolean mine, var seen)
            when seen.isPresent() && !seen.get().equals(stamp(9)) ->
                Optional.of(new Decided<>(open, new Outcome.ChangedMeanwhile(new RowState.Absent())));
            case Decision.Keep ignored -> Optional.of(resolved(open));
            case Decision.Put ignored -> Optional.of(resolved(open));
            default -> throw ProblemControl.unfit(open, decision, "keep-mine, keep-theirs or put");
        };
    }

    private Decided<ProblemView> resolved(ProblemView open) {
        ProblemView now = conflict(ProblemView.State.RESOLVED);
        problems.set(problems.indexOf(open), now);
        return new Decided<>(now, new Outcome.Applied(stamp(10)));
    }

    @Override
    public synchronized List<TrashView> list(@Nullable TableName table, String after, int limit) {
        return after.equals("k2") || (table != null && !table.equals(TABLE)) ? List.of() : List.of(inTrash(null));
    }

    private TrashView inTrash(@Nullable RowData row) {
        return new TrashView(
                "k2",
                TrashView.Kind.DELETED,
                TABLE,
                Uid.ofText("order-9"),
                stamp(8),
                FOUND,
                "deleted by a user",
                restored,
                row);
    }

    @Override
    public synchronized Optional<TrashView> trashed(String id) {
        return id.equals("k2") ? Optional.of(inTrash(row("3", 8))) : Optional.empty();
    }

    @Override
    public synchronized Optional<Decided<TrashView>> restore(String id, Optional<Stamp> seen) {
        restored |= id.equals("k2");
        return trashed(id).map(row -> new Decided<>(row, new Outcome.Applied(stamp(11))));
    }

    @Override
    public synchronized List<ProblemView> list(boolean all) {
        return problems.stream()
                .filter(problem -> all || problem.state() == ProblemView.State.OPEN)
                .toList();
    }

    @Override
    public synchronized Optional<ProblemView> accept(String id) {
        Optional<ProblemView> open =
                list(false).stream().filter(problem -> problem.id().equals(id)).findFirst();
        return open.map(before -> {
            ProblemView accepted = problem(id, "order-7", ProblemView.State.ACCEPTED);
            problems.set(problems.indexOf(before), accepted);
            return accepted;
        });
    }

    @Override
    public synchronized ScrubView view() {
        ScrubView.Run last = new ScrubView.Run(FOUND, FOUND.plusSeconds(9), true, 1_000, 250_000, 0, List.of());
        return new ScrubView(
                running,
                running ? "rows of shop/orders" : "",
                running ? 1_000 : 0,
                running ? 250_000 : 0,
                FOUND.plusSeconds(604_800),
                last,
                List.of(new ScrubView.Table(TABLE, true, null, FOUND.plusSeconds(5), 4)));
    }

    @Override
    public synchronized ScrubView start() {
        running = true;
        return view();
    }

    @Override
    public synchronized ScrubView stop() {
        running = false;
        return view();
    }
}
