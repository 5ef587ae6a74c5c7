package io.twinroot.sim;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plays the history of a seed, and makes a short one of a history that fails. */
final class Simulation {
    private Simulation() {}

    /** @param what went wrong, and the events that lead to it */
    record Failure(Setting setting, List<Event> events, Mutant mutant, String what) {
        @Override
        public String toString() {
            StringBuilder text =
                    new StringBuilder(what).append('\n').append(setting).append('\n');
            events.forEach(event -> text.append("  ").append(event).append('\n'));
            return text.toString();
        }
    }

    static Optional<Failure> run(long seed, Mutant mutant) {
        Setting setting = Setting.of(seed);
        return play(setting, setting.events(), mutant);
    }

    static Optional<Failure> play(Setting setting, List<Event> events, Mutant mutant) {
        try {
            new World(setting, events, mutant).play();
            return Optional.empty();
        } catch (RuntimeException e) {
            String what = e instanceof Violation ? e.getMessage() : trace(e);
            return Optional.of(new Failure(setting, events, mutant, what));
        }
    }

    /** All that happens in a history, as a text. */
    static String story(Failure failure) {
        World world = new World(failure.setting(), failure.events(), failure.mutant());
        StringBuilder story = world.tell();
        try {
            world.play();
        } catch (RuntimeException e) {
            story.append(e.getMessage());
        }
        return story.toString();
    }

    private static String trace(RuntimeException e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** The same failure, or another one, from fewer events: pieces are left out as long as it still fails. */
    static Failure minimised(Failure failure) {
        Failure least = failure;
        for (int piece = least.events().size() / 2; piece > 0; piece = piece == 1 ? 0 : (piece + 1) / 2) {
            boolean shorter = true;
            while (shorter) {
                shorter = false;
                for (int from = 0; from < least.events().size(); from += piece) {
                    List<Event> rest = new ArrayList<>(least.events());
                    rest.subList(from, Math.min(rest.size(), from + piece)).clear();
                    Optional<Failure> still = play(least.setting(), rest, least.mutant());
                    if (still.isPresent()) {
                        least = still.get();
                        shorter = true;
                        from -= piece;
                    }
                }
                shorter &= piece == 1;
            }
        }
        return least;
    }

    /** For people: {@code FIRST COUNT [MUTANT]}; with a COUNT of 1 also all that happens. */
    public static void main(String... arguments) {
        long first = Long.parseLong(arguments[0]);
        long count = Long.parseLong(arguments[1]);
        Mutant mutant = arguments.length > 2 ? Mutant.valueOf(arguments[2]) : Mutant.NONE;
        if (count > 1) {
            Histories.play(first, count, mutant, System.out);
            return;
        }
        Setting setting = Setting.of(first);
        Failure failure = run(first, mutant)
                .map(Simulation::minimised)
                .orElseGet(() -> new Failure(setting, setting.events(), mutant, "all holds"));
        System.out.println(failure);
        System.out.println(story(failure));
    }
}
