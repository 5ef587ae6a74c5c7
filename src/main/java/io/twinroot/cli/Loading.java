package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings rows into a table in batches. A batch is read whole before any of it is sent, so that what stops the
 * reading leaves no batch half done.
 */
final class Loading {
    private static final int BATCH_BYTES = 8 << 20;
    private static final int REFUSALS_TOLD = 10;

    private final Replica table;
    private final List<String> refusals = new ArrayList<>();
    private final List<Inputs.Input> batch = new ArrayList<>();
    private long read;
    private long applied;
    private long same;
    private long older;
    private long refused;
    private @Nullable String last;

    Loading(Replica table) {
        this.table = table;
    }

    /** @throws Trouble where a row cannot be read; it says how far the loading got */
    void run(Inputs inputs, int batchRows, ProgressLine progress) throws IOException {
        try {
            int bytes = 0;
            for (Inputs.Input input = inputs.next(); input != null; input = inputs.next()) {
                batch.add(input);
                bytes += input.bytes();
                if (batch.size() == batchRows || bytes >= BATCH_BYTES) {
                    apply();
                    bytes = 0;
                }
                progress.at("load", inputs.done(), inputs.total());
            }
            apply();
        } catch (BadInput e) {
            throw new Trouble(e.getMessage() + "\n" + soFar(), e);
        }
    }

    private String soFar() {
        String from = batch.isEmpty() ? "" : " (" + batch.getFirst().place() + " and on)";
        return last == null
                ? "Nothing was loaded. Correct it and load again."
                : Figures.count(read, "row") + " up to " + last + " are loaded; of what follows" + from
                        + " nothing is. Correct it and load again: rows that are there already stay as they are.";
    }

    private void apply() {
        if (batch.isEmpty()) {
            return;
        }
        List<Change> changes = batch.stream().map(Inputs.Input::change).toList();
        List<Outcome> outcomes = table.apply(changes);
        for (int i = 0; i < outcomes.size(); i++) {
            count(batch.get(i), outcomes.get(i));
        }
        read += batch.size();
        last = batch.getLast().place();
        batch.clear();
    }

    private void count(Inputs.Input input, Outcome outcome) {
        switch (outcome) {
            case Outcome.Applied done -> applied++;
            case Outcome.Same nothing -> same++;
            case Outcome.Older newer -> older++;
            case Outcome.ChangedMeanwhile meanwhile -> refuse(input, "the row changed meanwhile");
            case Outcome.Lingering gone -> older++;
            case Outcome.Parked(String reason) -> refuse(input, reason);
            case Outcome.Refused(String reason) -> refuse(input, reason);
        }
    }

    private void refuse(Inputs.Input input, String reason) {
        refused++;
        if (refusals.size() < REFUSALS_TOLD) {
            refusals.add(input.place() + ": " + input.change().uid() + ": " + reason);
        }
    }

    /** Rows that were read and sent. */
    long read() {
        return read;
    }

    /** Rows that are new here or changed. */
    long applied() {
        return applied;
    }

    /** Rows that were here already. */
    long same() {
        return same;
    }

    /** Rows of which a newer version is here. */
    long older() {
        return older;
    }

    /** Rows that the table would not take. */
    long refused() {
        return refused;
    }

    /** The first of them, each with its place and the reason. */
    List<String> refusals() {
        return List.copyOf(refusals);
    }
}
