package io.twinroot.peer;

import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A node that lost one row, and one before that came back; its scrub runs until it is stopped. Thread-safe. */
final class ScriptedCare implements ProblemControl, ScrubControl {
    private static final Instant FOUND = Instant.parse("2026-01-01T00:00:00Z");
    private static final TableName TABLE = new TableName("shop/orders");

    private final List<ProblemView> problems = new ArrayList<>(List.of(
            problem("d1", "order-3", ProblemView.State.HEALED), problem("d2", "order-7", ProblemView.State.OPEN)));
    private boolean running;

    private ScriptedCare() {}

    static Care served() {
        ScriptedCare care = new ScriptedCare();
        return new Care(care, care, () -> "twinroot_damage_open 1.0\n");
    }

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
