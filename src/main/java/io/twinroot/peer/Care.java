package io.twinroot.peer;

import java.util.function.Supplier;

/**
 * What a server tells of the state of its node.
 *
 * @param metrics in the text format of Prometheus; must not wait for writes
 */
public record Care(
        ProblemControl problems,
        ScrubControl scrubs,
        TrashControl trash,
        SourceControl sources,
        Supplier<String> metrics) {}
