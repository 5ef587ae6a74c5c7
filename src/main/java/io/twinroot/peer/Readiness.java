package io.twinroot.peer;

import java.util.List;

/** Says whether a node can do its work. Asked by many threads; must not block. */
@FunctionalInterface
public interface Readiness {
    /** What stands in the way, for people; empty when nothing does. */
    List<String> obstacles();
}
