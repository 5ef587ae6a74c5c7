package io.twinroot.service;

import io.twinroot.service.HeldBatch.State;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What the guards of a node stopped, until somebody decides or it is old. All of it survives restarts
 * ({@link HeldFolder}). May be used by many threads.
 */
final class HeldBatches {
    /** The most that wait at one time; of the others' intents the one that came up last the longest ago goes first. */
    static final int OPEN_MAX = 100;

    /** The most that are remembered when they are over. */
    static final int ENDED_MAX = 100;

    /** What does not come up again for so long goes, and so does what is over. */
    static final Duration KEPT = Duration.ofDays(30);

    /** For so long an approved intent is let through. */
    static final Duration APPROVED = Duration.ofHours(24);

    private final HeldFolder folder;
    private final LongSupplier nowMs;
    private final NavigableMap<Long, HeldBatch> all = new TreeMap<>(); // guarded by this; by the numbers of their ids

    /**
     * Reads what is held.
     *
     * @param data the folder of the node
     * @param nowMs the time, in milliseconds since 1970
     * @throws io.twinroot.reconcile.ReplicaException of kind STORAGE when that cannot be read
     */
    HeldBatches(Path data, LongSupplier nowMs) {
        this.folder = new HeldFolder(data);
        this.nowMs = nowMs;
        folder.load().forEach(this::keep);
    }

    /** Where the files are. */
    HeldFolder folder() {
        return folder;
    }

    private void keep(HeldBatch held) {
        all.put(HeldFolder.number(held.id()), held);
    }

    /** All that wait, or all that are remembered, in the order in which they came up. */
    synchronized List<HeldBatch> list(boolean ended) {
        expire();
        return all.values().stream().filter(held -> ended || held.isOpen()).toList();
    }

    synchronized Optional<HeldBatch> get(String id) {
        return list(true).stream().filter(held -> held.id().equals(id)).findFirst();
    }

    private Stream<HeldBatch> open(Predicate<HeldBatch> wanted) {
        return List.copyOf(all.values()).stream().filter(HeldBatch::isOpen).filter(wanted);
    }

    /**
     * Holds a plan. The same plan is held once; another one for this table and peer takes the place of the one that
     * waits, under an id of its own.
     *
     * @param written the file with the plan, on the disk, made by {@link HeldFolder#unfinished}
     */
    synchronized HeldBatch holdPlan(TableName table, What.OfPlan what, String why, Digest digest, Path written) {
        expire();
        List<HeldBatch> before =
                open(held -> held.isBetween(table, what.peer())).toList();
        Optional<HeldBatch> same =
                before.stream().filter(held -> held.digest().equals(digest)).findFirst();
        if (same.isPresent()) {
            folder.delete(written);
            return save(same.get().again(what, why, nowMs.getAsLong()));
        }
        String id = folder.nextId();
        folder.finish(written, folder.plan(id));
        HeldBatch held = hold(id, table, what, why, digest);
        before.forEach(other -> giveWay(other, "the plan " + id + " took its place"));
        return held;
    }

    /**
     * Holds what was announced. The same is held once, whoever announces it; something else of the same sender takes
     * the place of what waits, under an id of its own.
     */
    synchronized HeldBatch holdIntent(TableName table, What.OfIntent what, String why, Digest digest) {
        expire();
        Optional<HeldBatch> same = open(held -> isIntent(held, table, digest)).findFirst();
        if (same.isPresent()) {
            return save(same.get().again(what, why, nowMs.getAsLong()));
        }
        List<HeldBatch> before =
                open(held -> held.isAnnounced(table, what.from())).toList();
        HeldBatch held = hold(folder.nextId(), table, what, why, digest);
        before.forEach(this::forget);
        return held;
    }

    private HeldBatch hold(String id, TableName table, What what, String why, Digest digest) {
        long now = nowMs.getAsLong();
        HeldBatch held = save(new HeldBatch(id, table, what, why, digest, now, now, State.OPEN, 0, ""));
        while (open(any -> true).count() > OPEN_MAX) {
            open(other -> !other.id().equals(id))
                    .min(Comparator.comparing(HeldBatch::isPlan).thenComparingLong(HeldBatch::seenMs))
                    .ifPresent(oldest -> giveWay(oldest, "there were too many"));
        }
        return held;
    }

    /** One that waits goes; where a part of it was done, the way back stays. */
    private void giveWay(HeldBatch other, String how) {
        if (Files.exists(folder.undo(other.id()))) {
            end(other.id(), State.DONE, how);
        } else {
            forget(other);
        }
    }

    private HeldBatch save(HeldBatch held) {
        folder.save(held);
        keep(held);
        return held;
    }

    private void forget(HeldBatch held) {
        all.remove(HeldFolder.number(held.id()));
        folder.delete(held.id());
    }

    private void expire() {
        long now = nowMs.getAsLong();
        List<HeldBatch> old = all.values().stream()
                .filter(held -> now - (held.isOpen() ? held.seenMs() : held.endedMs()) > KEPT.toMillis())
                .toList();
        old.forEach(this::forget);
    }

    /** Whether what was announced has been approved, not too long ago. */
    synchronized boolean isApproved(TableName table, Digest digest) {
        long now = nowMs.getAsLong();
        return all.values().stream()
                .anyMatch(held -> held.state() == State.APPROVED
                        && isIntent(held, table, digest)
                        && now - held.endedMs() <= APPROVED.toMillis());
    }

    private static boolean isIntent(HeldBatch held, TableName table, Digest digest) {
        return !held.isPlan() && held.table().equals(table) && held.digest().equals(digest);
    }

    /**
     * Something became of one that waits; its plan is not needed any more.
     *
     * @return what it is then; empty where it does not wait
     */
    synchronized Optional<HeldBatch> end(String id, State state, String how) {
        Optional<HeldBatch> ended =
                get(id).filter(HeldBatch::isOpen).map(held -> save(held.now(state, nowMs.getAsLong(), how)));
        ended.ifPresent(held -> folder.delete(folder.plan(held.id())));
        List<HeldBatch> over = all.values().stream()
                .filter(held -> !held.isOpen())
                .sorted(Comparator.comparingLong(HeldBatch::endedMs))
                .toList();
        over.stream().limit(Math.max(0, over.size() - ENDED_MAX)).forEach(this::forget);
        return ended;
    }

    /** It was tried and waits on. */
    synchronized void tried(String id, String how) {
        get(id).filter(HeldBatch::isOpen).ifPresent(held -> save(held.now(State.OPEN, 0, how)));
    }

    /** The copies of a table were found to be the same, so that nothing need be done any more. */
    synchronized void notNeeded(TableName table, String peer) {
        open(held -> held.isBetween(table, peer))
                .forEach(held -> end(held.id(), State.DONE, "a later repair left nothing of it to be done"));
    }
}
