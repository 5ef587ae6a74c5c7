package io.twinroot.service;

import io.twinroot.peer.Decided;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.peer.ProblemView.State;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Databases that look set back, and those that can't be used, as problems with the ids {@code m1}, {@code m2} and so on.
 * May be used by many threads.
 */
final class MirrorProblems implements ProblemControl {
    private final List<Mirror> mirrors;
    private final Supplier<String> url;

    /** @param url where this node is reached by its owner */
    MirrorProblems(List<Mirror> mirrors, Supplier<String> url) {
        this.mirrors = List.copyOf(mirrors);
        this.url = url;
    }

    @Override
    public List<ProblemView> list(boolean all) {
        List<ProblemView> views = new ArrayList<>();
        for (Mirror mirror : mirrors) {
            if (all) {
                mirror.over().forEach(over -> views.add(view(mirror, over, ended(over))));
            }
            Suspicion suspicion = mirror.state().suspicion();
            if (suspicion != null) {
                views.add(view(mirror, suspicion, State.OPEN));
            }
            mirror.trouble().ifPresent(trouble -> views.add(view(mirror, trouble)));
        }
        return views;
    }

    private static State ended(Suspicion over) {
        return over.verdict() == Suspicion.Verdict.OPEN ? State.HEALED : State.RESOLVED;
    }

    private ProblemView view(Mirror mirror, Suspicion suspicion, State state) {
        return new ProblemView(
                suspicion.id(),
                ProblemView.Kind.SUSPECT,
                mirror.table(),
                null,
                suspicion.since(),
                state,
                "the database of table " + mirror.table() + ", " + mirror.address() + ", looks set back: "
                        + suspicion.why() + "; " + suspicion.counts().text() + said(suspicion, state),
                state == State.OPEN && suspicion.verdict() == Suspicion.Verdict.OPEN ? advice(suspicion) : "");
    }

    private static String said(Suspicion suspicion, State state) {
        return switch (suspicion.verdict()) {
            case OPEN -> state == State.OPEN ? "; nothing was taken over, and nothing goes to it" : "; it agrees again";
            case DATABASE -> "; it was decided that the database is right";
            case MIRROR -> "; it was decided that the mirror is right";
        };
    }

    private String advice(Suspicion suspicion) {
        String how = "twinroot problems " + url.get() + " --id " + suspicion.id() + " --trust ";
        return "if what the database has is meant to be so, " + how
                + "database takes it over, and peers get it; if it was" + " restored from an older copy, " + how
                + "mirror writes back to it what it lacks";
    }

    private static ProblemView view(Mirror mirror, Mirror.Trouble trouble) {
        return new ProblemView(
                trouble.id(),
                ProblemView.Kind.SOURCE,
                mirror.table(),
                null,
                trouble.since(),
                State.OPEN,
                "the database of table " + mirror.table() + ": " + trouble.text(),
                "the node tries again by itself; twinroot scrub has it tried now");
    }

    @Override
    public Optional<ProblemView> accept(String id) {
        return list(false).stream()
                .filter(problem -> problem.id().equals(id))
                .findFirst()
                .map(problem -> {
                    throw unfit(problem, new Decision.Accept());
                });
    }

    private static ReplicaException unfit(ProblemView problem, Decision decision) {
        return ProblemControl.unfit(
                problem,
                decision,
                problem.kind() == ProblemView.Kind.SUSPECT
                        ? "trust-database or trust-mirror"
                        : "no decision: it is over when the database can be used");
    }

    @Override
    public Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        if (decision instanceof Decision.Trust(boolean database)) {
            Suspicion.Verdict verdict = database ? Suspicion.Verdict.DATABASE : Suspicion.Verdict.MIRROR;
            for (Mirror mirror : mirrors) {
                Optional<Suspicion> decided = mirror.decide(id, verdict);
                if (decided.isPresent()) {
                    ProblemView now = view(mirror, decided.get(), State.OPEN);
                    return Optional.of(new Decided<>(now, new Outcome.Same()));
                }
            }
        }
        return list(false).stream()
                .filter(problem -> problem.id().equals(id))
                .findFirst()
                .map(problem -> {
                    throw unfit(problem, decision);
                });
    }
}
