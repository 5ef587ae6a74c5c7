package io.twinroot.peer;

import io.twinroot.table.Uid;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a problem of kind GUARD would do, in short.
 *
 * @param counts how many steps of each kind there are
 * @param first the first of them, at most {@value #FIRST}
 */
public record ProblemSteps(Map<String, Long> counts, List<Step> first) {
    /** The most steps that are shown one by one. */
    public static final int FIRST = 20;

    /** One step, by the word for its kind. */
    public record Step(String what, Uid uid) {}

    public ProblemSteps {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
        first = List.copyOf(first);
    }
}
