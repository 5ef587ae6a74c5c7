package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Settling.Suspect;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Compares two copies of a table in one of the {@link Mode}s, and changes nothing. In the mode {@link Mode#TREE} it is a
 * {@link Verify}; in the others both sides are walked, and rows that seem to differ are read again as a Verify does.
 */
public final class Survey {
    private final Replica mine;
    private final Replica theirs;
    private final Scope scope;
    private final Verify.Options options;
    private final Progress progress;
    private final Pause pause;
    private final TableInfo here;
    private final TableInfo there;
    private final Gauge gauge;
    private final List<Suspect> suspects = new ArrayList<>();
    private boolean truncated;

    private Survey(Replica mine, Replica theirs, Scope scope, Verify.Options options, Progress progress, Pause pause) {
        this.mine = mine;
        this.theirs = theirs;
        this.scope = scope;
        this.options = options;
        this.progress = progress;
        this.pause = pause;
        this.here = mine.info();
        this.there = theirs.info();
        this.gauge = scope.mode() == Mode.FULL ? Gauge.FIELDS : Gauge.STAMPS;
    }

    /**
     * Compares.
     *
     * @param random numbers that nobody can foresee, for nonces
     * @throws ReplicaException of kind {@link Kind#INCOMPATIBLE} where the copies can't be compared, or one of them can't
     *     in this mode; of kind {@link Kind#STORAGE} where a full comparison finds that an index does not list the rows
     *     that are there
     */
    public static Comparison run(
            Replica mine,
            Replica theirs,
            Scope scope,
            Verify.Options options,
            LongSupplier random,
            Progress progress,
            Pause pause) {
        return scope.mode() == Mode.TREE
                ? Verify.run(mine, theirs, options, random, progress, pause)
                : new Survey(mine, theirs, scope, options, progress, pause).run();
    }

    private Comparison run() {
        Verify.checkComparable(mine, here, theirs, there);
        if (here.saltId() != there.saltId() || here.format() != there.format()) {
            throw new ReplicaException(
                    Kind.INCOMPATIBLE,
                    mine.address() + " and " + theirs.address()
                            + " can't be compared: their trees have another salt or format");
        }
        Traffic before = traffic();
        if (scope.mode() == Mode.INCREMENTAL) {
            listRecent();
        } else {
            walk();
        }
        Settling.Settled settled =
                new Settling(mine, theirs, here.rules(), gauge, options, progress, pause).settle(suspects, List.of());
        Traffic cost = traffic().since(before);
        return result(
                settled,
                new Comparison.Cost(
                        Math.toIntExact(cost.roundTrips()), cost.sentBytes() + cost.receivedBytes(), suspects.size()));
    }

    private Traffic traffic() {
        Traffic left = mine instanceof Metered metered ? metered.traffic() : Traffic.NONE;
        Traffic right = theirs instanceof Metered metered ? metered.traffic() : Traffic.NONE;
        return left.plus(right);
    }

    private Comparison result(Settling.Settled settled, Comparison.Cost cost) {
        if (!settled.differences().isEmpty()) {
            long rows = settled.differences().size();
            return new Comparison.Different(
                    here, there, cost, settled.differences(), rows, false, truncated, settled.unsettled(), scope);
        }
        if (!settled.unsettled().isEmpty() || truncated) {
            return new Comparison.Unsettled(here, there, cost, settled.unsettled(), scope);
        }
        return scope.mode() == Mode.FULL && rootsAreEqual()
                ? new Comparison.Same(here, there, cost, scope)
                : new Comparison.NoneFound(here, there, cost, scope);
    }

    /** Where all rows are equal and none was written, the roots must be equal too. */
    private boolean rootsAreEqual() {
        TableInfo hereNow = mine.info();
        TableInfo thereNow = theirs.info();
        boolean same = hereNow.root().equals(thereNow.root());
        boolean stood = hereNow.root().equals(here.root()) && thereNow.root().equals(there.root());
        if (!same && stood) {
            throw new ReplicaException(
                    Kind.STORAGE,
                    "all rows of " + mine.address() + " and " + theirs.address()
                            + " are equal, and their roots differ: one of the trees is damaged; run twinroot scrub on both");
        }
        return same;
    }

    private boolean isFull() {
        truncated |= suspects.size() >= options.maxDifferences();
        return truncated;
    }

    // --- full and partial: both sides side by side ---

    private void walk() {
        Walk left = new Walk(mine, here, scope.mode() == Mode.FULL);
        Walk right = new Walk(theirs, there, scope.mode() == Mode.FULL);
        long total = Math.max(here.count(), there.count());
        for (long row = 0; ; row++) {
            if (row % Replica.MAX_BATCH == 0) {
                progress.at("comparing", row, Math.max(row, total));
            }
            Walk.Found one = left.next();
            Walk.Found other = right.next();
            if ((one == null && other == null) || isFull()) {
                return;
            }
            int order = one == null ? 1 : other == null ? -1 : one.uid().compareTo(other.uid());
            if (one != null && order <= 0) {
                left.taken();
            }
            if (other != null && order >= 0) {
                right.taken();
            }
            Sight here = one != null && order <= 0 ? one.sight() : Sight.ABSENT;
            Sight there = other != null && order >= 0 ? other.sight() : Sight.ABSENT;
            Uid uid = one != null && order <= 0
                    ? one.uid()
                    : java.util.Objects.requireNonNull(other).uid();
            if (!here.isSteady() || !there.isSteady() || !gauge.alike(here, there)) {
                suspects.add(new Suspect(uid, here, there));
            }
        }
    }

    // --- incremental: what each side lists as changed is looked up on the other ---

    private void listRecent() {
        NavigableMap<Uid, Suspect> found = new TreeMap<>();
        list(mine, here, theirs, found, true);
        list(theirs, there, mine, found, false);
        suspects.addAll(found.values());
    }

    private void list(Replica side, TableInfo info, Replica other, NavigableMap<Uid, Suspect> found, boolean isMine) {
        long left = Walk.bound(info.count() + Math.min(info.tombstones(), Long.MAX_VALUE / 4));
        long listed = 0;
        UidRange rest = UidRange.ALL;
        while (true) {
            progress.at("listing changes", listed, -1);
            Recent page = side.recent(scope.fromMs(), rest, Replica.MAX_BATCH);
            check(side, rest, page);
            List<Uid> uids = page.rows().stream().map(Recent.Item::uid).toList();
            List<Sight> there = uids.isEmpty() ? List.of() : gauge.look(other, info.rules(), uids);
            for (int i = 0; i < uids.size(); i++) {
                Sight one = Sight.of(page.rows().get(i).state());
                Sight two = there.get(i);
                if (!gauge.alike(one, two)) {
                    Uid uid = uids.get(i);
                    found.putIfAbsent(uid, isMine ? new Suspect(uid, one, two) : new Suspect(uid, two, one));
                }
            }
            listed += uids.size();
            left -= uids.size() == Replica.MAX_BATCH ? uids.size() : Replica.LOOK_MIN;
            Uid next = page.next();
            if (next == null) {
                return;
            }
            if (found.size() >= options.maxDifferences()) {
                truncated = true;
                return;
            }
            if (left < 0) {
                throw Walk.bad(side, "lists many more changes than it has rows");
            }
            rest = new UidRange(next, null);
        }
    }

    private void check(Replica side, UidRange range, Recent page) {
        if (page.rows().size() > Replica.MAX_BATCH) {
            throw Walk.bad(side, "listed " + page.rows().size() + " changes; " + Replica.MAX_BATCH + " were asked for");
        }
        Uid last = null;
        for (Recent.Item item : page.rows()) {
            Walk.check(side, range, last, item.uid());
            last = item.uid();
            boolean isOlder = Versions.stamp(item.state()).orElseThrow().millis() < scope.fromMs();
            if (isOlder) {
                throw Walk.bad(side, "listed the row " + last + ", which is older than what was asked for");
            }
        }
        Uid next = page.next();
        Uid before = last == null ? range.start() : last;
        if (next != null && before != null && next.compareTo(before) <= 0) {
            throw Walk.bad(side, "goes on at " + next + " after " + before + ", which leads nowhere");
        }
    }
}
