package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.Outcome;
import java.util.List;
import java.util.Optional;

/** The problems of a node. Implemented by the node; used by many threads. */
public interface ProblemControl {
    /** Those that are open, or all that are remembered; in the order in which they came up. */
    List<ProblemView> list(boolean all);

    /** One of them, open or not. Empty: there is none. */
    default Optional<ProblemView> get(String id) {
        return list(true).stream().filter(problem -> problem.id().equals(id)).findFirst();
    }

    /** The two sides of a problem that has two. */
    default Optional<ProblemSides> sides(String id) {
        return Optional.empty();
    }

    /** What a problem would do that waits to be approved. */
    default Optional<ProblemSteps> steps(String id) {
        return Optional.empty();
    }

    /** Decides to live with an open problem, and gives what it is then. Empty: there is no such open problem. */
    Optional<ProblemView> accept(String id);

    /**
     * Decides. Empty: there is no such open problem.
     *
     * @throws ReplicaException of kind BAD_REQUEST when the problem is not one for this decision
     */
    default Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        if (decision instanceof Decision.Accept) {
            return accept(id).map(problem -> new Decided<>(problem, new Outcome.Same()));
        }
        return list(false).stream()
                .filter(problem -> problem.id().equals(id))
                .findFirst()
                .map(problem -> {
                    throw unfit(problem, decision, "accept");
                });
    }

    /** The refusal of a decision that a problem does not take. */
    static ReplicaException unfit(ProblemView problem, Decision decision, String fit) {
        return new ReplicaException(
                ReplicaException.Kind.BAD_REQUEST,
                "problem " + problem.id() + " is not decided with " + decision.word() + "; it takes " + fit);
    }
}
