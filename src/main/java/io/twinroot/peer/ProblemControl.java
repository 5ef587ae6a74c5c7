package io.twinroot.peer;

import java.util.List;
import java.util.Optional;

/** The problems of a node. Implemented by the node; used by many threads. */
public interface ProblemControl {
    /** Those that are open, or all that are remembered; in the order in which they came up. */
    List<ProblemView> list(boolean all);

    /** Decides to live with an open problem, and gives what it is then. Empty: there is no such open problem. */
    Optional<ProblemView> accept(String id);
}
