package io.twinroot.reconcile;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Does the steps of a plan, and what comes of looking again at rows that changed meanwhile, in so many rounds. */
final class Rounds {
    private final Terms terms;
    private final Sides sides;
    private final Tally tally;
    private final SecondLook secondLook;
    private final Bringing toMine;
    private final Bringing toTheirs;

    Rounds(Terms terms, Sides sides, Tally tally, SecondLook secondLook) {
        this.terms = terms;
        this.sides = sides;
        this.tally = tally;
        this.secondLook = secondLook;
        this.toMine = new Bringing(sides.theirs(), sides.mine(), tally);
        this.toTheirs = new Bringing(sides.mine(), sides.theirs(), tally);
    }

    void run(List<Plan.Step> steps) {
        run(steps, null);
    }

    /**
     * Does only what changes nothing but the one side.
     *
     * @param steps that change only that side
     * @return what came of looking again, and changes the other side too
     */
    List<Plan.Step> runOnly(Side only, List<Plan.Step> steps) {
        return run(steps, only);
    }

    private List<Plan.Step> run(List<Plan.Step> steps, @Nullable Side only) {
        List<Plan.Step> later = new ArrayList<>();
        List<Plan.Step> todo = steps;
        for (int round = 0; ; round++) {
            perform(todo);
            if (tally.isSettled()) {
                return later;
            }
            List<Plan.Step> next = round < terms.rounds() ? secondLook.after(todo) : List.of();
            if (next.isEmpty()) {
                tally.giveUpRest();
                return later;
            }
            tally.allLooked();
            if (only != null) {
                later.addAll(
                        next.stream().filter(step -> !changesOnly(step, only)).toList());
                next = next.stream().filter(step -> changesOnly(step, only)).toList();
            }
            try {
                sides.announce(new Plan(terms.direction(), next), terms);
            } catch (GuardException e) {
                tally.giveUp(next.stream().map(Plan.Step::uid).toList(), e);
                return later;
            }
            todo = next;
        }
    }

    /** Whether a step changes nothing but one side. */
    boolean changesOnly(Plan.Step step, Side side) {
        return switch (step) {
            case Plan.Step.Take ignored -> side == sides.mine();
            case Plan.Step.TakeRange ignored -> side == sides.mine();
            case Plan.Step.DeleteMine ignored -> side == sides.mine();
            case Plan.Step.DropMine ignored -> side == sides.mine();
            case Plan.Step.Give ignored -> side == sides.theirs();
            case Plan.Step.GiveRange ignored -> side == sides.theirs();
            case Plan.Step.DeleteTheirs ignored -> side == sides.theirs();
            case Plan.Step.DropTheirs ignored -> side == sides.theirs();
            case Plan.Step.Merge ignored -> false;
            case Plan.Step.Settle ignored -> false;
            case Plan.Step.Leave ignored -> false;
        };
    }

    private void perform(List<Plan.Step> steps) {
        List<Agenda> agendas = Agenda.of(steps);
        Agenda here = agendas.getFirst();
        Agenda there = agendas.getLast();
        toMine.drop(here.drops);
        toTheirs.drop(there.drops);
        toMine.move(here.deletes);
        toTheirs.move(there.deletes);
        toTheirs.win(here.victories);
        toMine.win(there.victories);
        toMine.move(here.rows);
        here.ranges.forEach(toMine::copy);
        toTheirs.move(there.rows);
        there.ranges.forEach(toTheirs::copy);
    }
}
