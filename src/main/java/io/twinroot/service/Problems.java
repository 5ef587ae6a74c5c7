package io.twinroot.service;

import io.twinroot.peer.Decided;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemSides;
import io.twinroot.peer.ProblemSteps;
import io.twinroot.peer.ProblemView;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** All that a person must see of a node, from wherever it comes up. May be used by many threads. */
final class Problems implements ProblemControl {
    private final List<ProblemControl> sources;

    /** @param sources give problems whose ids do not meet */
    Problems(List<ProblemControl> sources) {
        this.sources = List.copyOf(sources);
    }

    @Override
    public List<ProblemView> list(boolean all) {
        return sources.stream()
                .flatMap(source -> source.list(all).stream())
                .sorted(Comparator.comparing(ProblemView::since))
                .toList();
    }

    @Override
    public Optional<ProblemView> get(String id) {
        return sources.stream().flatMap(source -> source.get(id).stream()).findFirst();
    }

    @Override
    public Optional<ProblemSides> sides(String id) {
        return sources.stream().flatMap(source -> source.sides(id).stream()).findFirst();
    }

    @Override
    public Optional<ProblemSteps> steps(String id) {
        return sources.stream().flatMap(source -> source.steps(id).stream()).findFirst();
    }

    @Override
    public Optional<Decided<ProblemView>> decide(String id, Decision decision) {
        return sources.stream()
                .flatMap(source -> source.decide(id, decision).stream())
                .findFirst();
    }

    @Override
    public Optional<ProblemView> accept(String id) {
        return sources.stream().flatMap(source -> source.accept(id).stream()).findFirst();
    }
}
