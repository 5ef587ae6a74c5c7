package io.twinroot.service;

import io.twinroot.carry.PlanFile;
import io.twinroot.peer.ProblemSteps;
import io.twinroot.reconcile.Plan;
import io.twinroot.service.HeldBatch.What;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is held, in short: how much of each kind there is, and the first of it. */
final class HeldSteps {
    private HeldSteps() {}

    static ProblemSteps of(PlanFile plan) throws IOException {
        Map<String, Long> counts = new LinkedHashMap<>();
        List<ProblemSteps.Step> first = new ArrayList<>();
        for (PlanFile.Part part : plan.parts()) {
            plan.steps(
                    part,
                    piece -> piece.forEach(step -> {
                        String what = word(step);
                        counts.merge(what, 1L, Long::sum);
                        if (first.size() < ProblemSteps.FIRST) {
                            first.add(new ProblemSteps.Step(what, step.uid()));
                        }
                    }));
        }
        return new ProblemSteps(counts, first);
    }

    static ProblemSteps of(What.OfIntent intent) {
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("delete", intent.deleted());
        counts.put("replace", intent.changed());
        counts.put("new", intent.added());
        List<ProblemSteps.Step> first = new ArrayList<>();
        intent.firstDeleted().forEach(uid -> first.add(new ProblemSteps.Step("delete", uid)));
        intent.firstChanged().forEach(uid -> first.add(new ProblemSteps.Step("replace", uid)));
        return new ProblemSteps(counts, first.stream().limit(ProblemSteps.FIRST).toList());
    }

    private static String word(Plan.Step step) {
        return switch (step) {
            case Plan.Step.Take take -> "take";
            case Plan.Step.Give give -> "give";
            case Plan.Step.DeleteMine delete -> "delete-here";
            case Plan.Step.DeleteTheirs delete -> "delete-there";
            case Plan.Step.DropMine drop -> "drop-here";
            case Plan.Step.DropTheirs drop -> "drop-there";
            case Plan.Step.Merge merge -> "merge";
            case Plan.Step.Settle settle -> settle.mineWins() ? "keep-here" : "keep-there";
            case Plan.Step.TakeRange range -> throw ofRange(range);
            case Plan.Step.GiveRange range -> throw ofRange(range);
            case Plan.Step.Leave leave -> throw new IllegalStateException("what is left is no step: " + leave);
        };
    }

    private static IllegalStateException ofRange(Plan.Step step) {
        return new IllegalStateException("a plan in a file has no ranges: " + step);
    }
}
