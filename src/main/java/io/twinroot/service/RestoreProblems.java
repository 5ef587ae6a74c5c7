package io.twinroot.service;

import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.table.Context;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What came out when this node met others, as problems: that a table of it was set back and lacks what another one
 * has, and that two nodes pass for one. Their ids are {@code r1}, {@code r2} and so on. They are found again after a
 * restart, at the first meeting, where they last. May be used by many threads.
 */
final class RestoreProblems implements ProblemControl {
    private static final String PREFIX = "r";
    private static final int MOST = 1_000;

    private final Store store;
    private final LongSupplier nowMs;

    // guarded by this; in the order in which they came up
    private final List<Found> all = new ArrayList<>();
    private long count;

    /**
     * @param node whose identity is used twice; empty for what is about a table
     * @param lacking what others had seen when it came up; it is over when this copy has too
     */
    private record Found(
            String id,
            @Nullable TableName table,
            String node,
            long sinceMs,
            String text,
            Context lacking,
            ProblemView.State state) {
        private boolean isOpen() {
            return state == ProblemView.State.OPEN;
        }

        private boolean isAbout(@Nullable TableName aTable, String aNode) {
            return java.util.Objects.equals(table, aTable) && node.equals(aNode);
        }

        private Found now(ProblemView.State newState) {
            return new Found(id, table, node, sinceMs, text, Context.EMPTY, newState);
        }

        private ProblemView view() {
            return new ProblemView(
                    id,
                    table == null ? ProblemView.Kind.IDENTITY : ProblemView.Kind.RESTORED,
                    table,
                    null,
                    Instant.ofEpochMilli(sinceMs),
                    state,
                    text,
                    !isOpen() ? "" : table == null ? ADVICE_IDENTITY : ADVICE_RESTORED);
        }
    }

    private static final String ADVICE_RESTORED = "a repair with a node that has it all brings what is lacking here,"
            + " before this one gives anything; a node does that by itself on its schedule, and now with POST /v1/repairs"
            + " or twinroot repair";
    private static final String ADVICE_IDENTITY =
            "stop the copy, run twinroot identity --renew on its folder, and start it"
                    + " again; this is over when the two nodes have met and all is well";

    RestoreProblems(Store store, LongSupplier nowMs) {
        this.store = store;
        this.nowMs = nowMs;
    }

    /** A table was found to lack what another copy has seen. */
    synchronized void behind(TableName table, String text, Context other) {
        Context before = open(table, "").map(Found::lacking).orElse(Context.EMPTY);
        found(table, "", text, before.union(other));
    }

    /** A node that passes for another one was refused. */
    synchronized void refused(String node, String text) {
        found(null, node, text, Context.EMPTY);
    }

    /** A node was met as the one that it is. */
    synchronized void metWell(String node) {
        all.replaceAll(found -> found.isOpen() && !node.isEmpty() && found.isAbout(null, node)
                ? found.now(ProblemView.State.HEALED)
                : found);
    }

    /** Whether a table lacks what another copy had when they met. */
    boolean isBehind(TableName table) {
        return list(false).stream().anyMatch(problem -> table.equals(problem.table()));
    }

    private Optional<Found> open(@Nullable TableName table, String node) {
        return all.stream()
                .filter(found -> found.isOpen() && found.isAbout(table, node))
                .findFirst();
    }

    private void found(@Nullable TableName table, String node, String text, Context lacking) {
        Optional<Found> before = open(table, node);
        before.ifPresent(all::remove);
        String id = before.map(Found::id).orElseGet(() -> PREFIX + ++count);
        long since = before.map(Found::sinceMs).orElseGet(nowMs::getAsLong);
        all.add(new Found(id, table, node, since, text, lacking, ProblemView.State.OPEN));
        if (all.size() > MOST) {
            all.remove(all.stream().filter(found -> !found.isOpen()).findFirst().orElse(all.getFirst()));
        }
    }

    /** What this copy has seen by now is lacking no more. */
    private void look() {
        all.replaceAll(found -> found.isOpen() && found.table != null && isHere(found.table, found.lacking)
                ? found.now(ProblemView.State.HEALED)
                : found);
    }

    private boolean isHere(TableName table, Context lacking) {
        try {
            return store.table(table).context().coversAll(lacking);
        } catch (StoreException e) {
            return false;
        }
    }

    @Override
    public synchronized List<ProblemView> list(boolean ended) {
        look();
        return all.stream()
                .filter(found -> ended || found.isOpen())
                .map(Found::view)
                .toList();
    }

    @Override
    public synchronized Optional<ProblemView> accept(String id) {
        look();
        for (int i = 0; i < all.size(); i++) {
            Found found = all.get(i);
            if (found.isOpen() && found.id.equals(id)) {
                all.set(i, found.now(ProblemView.State.ACCEPTED));
                return Optional.of(all.get(i).view());
            }
        }
        return Optional.empty();
    }
}
