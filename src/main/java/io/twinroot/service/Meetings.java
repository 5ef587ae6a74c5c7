package io.twinroot.service;

import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.reconcile.Met.Standing;
import io.twinroot.reconcile.Setback;
import io.twinroot.store.Store;
import io.twinroot.store.StoreTable;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's side of a meeting: it hears what another copy of a table has seen, and finds out by that whether it
 * was itself set back, by a restore or by a machine that was started from a snapshot. May be used by many threads.
 */
final class Meetings {
    private static final Logger LOG = LoggerFactory.getLogger(Meetings.class);

    private final Store store;
    private final Identity identity;
    private final PeerBook book;
    private final long retentionMs;
    private final LongSupplier nowMs;
    private final Supplier<Incarnation> newLife;

    /**
     * @param retentionMs how long marks of deletes are remembered for those who are away
     * @param newLife makes the name of a new life
     */
    Meetings(
            Store store,
            Identity identity,
            PeerBook book,
            long retentionMs,
            LongSupplier nowMs,
            Supplier<Incarnation> newLife) {
        this.store = store;
        this.identity = identity;
        this.book = book;
        this.retentionMs = retentionMs;
        this.nowMs = nowMs;
        this.newLife = newLife;
    }

    /** What this copy of a table says of itself. */
    Knowledge knowledge(StoreTable table) {
        boolean damaged = store.isReadOnly(table.name());
        return new Knowledge(
                identity.name(),
                store.incarnation(),
                earlierLives(),
                damaged ? Context.EMPTY : table.context(),
                store.clock(),
                store.latestWrites(),
                damaged);
    }

    /** Those of this identity: what a backup brought along of another one's lives are not its own. */
    private List<Incarnation> earlierLives() {
        Incarnation now = store.incarnation();
        return store.lives().reversed().stream()
                .filter(life -> life.high() == now.high() && !life.equals(now))
                .limit(Knowledge.LIVES_MAX)
                .toList();
    }

    /** All lives of this identity that are known anywhere: one that was lost with all its writes only to others. */
    private Set<Incarnation> livesOfMine(Knowledge other) {
        Incarnation now = store.incarnation();
        Set<Incarnation> lives = new LinkedHashSet<>(earlierLives());
        other.context().incarnations().stream()
                .filter(life -> life.high() == now.high() && !life.equals(now))
                .forEach(lives::add);
        return lives;
    }

    /** Hears another copy. */
    Met meet(StoreTable table, Knowledge other) {
        long now = nowMs.getAsLong();
        long lastMet = book.lastMetMs(table.name());
        List<String> notes = new ArrayList<>();
        Knowledge mine = knowledge(table);
        Setback setback = Setback.find(
                new Setback.Self(
                        "table " + table.name() + " of node " + identity.shown(),
                        identity.name(),
                        mine.incarnation(),
                        livesOfMine(other),
                        mine.context(),
                        mine.damaged(),
                        stamp -> !store.wroteDifferently(stamp)),
                other);
        book.met(other, now).ifPresent(notes::add);
        notes.addAll(setback.notes());
        if (setback.needsNewIncarnation()) {
            store.renewIncarnation(newLife.get());
        }
        boolean away = lastMet > 0 && now - lastMet > retentionMs;
        if (away) {
            notes.add("this node met no other since " + Instant.ofEpochMilli(lastMet)
                    + ", longer than deletes are remembered: it takes before it gives");
        }
        if (!store.sawClock(other.clock())) {
            notes.add("the other copy's clock is ahead by " + ((other.clock() >>> 16) - now)
                    + " ms, more than is allowed: its newest rows wait until that is past");
        }
        if (!other.damaged() && !other.node().equals(identity.name())) {
            book.seen(other.node(), table.name(), other.context(), now);
        }
        Optional<String> backup = lastMet == 0 ? store.restoredFrom() : Optional.empty();
        backup.ifPresent(made -> notes.add("this copy was started from a backup, made " + made));
        boolean behind = setback.behind() || away || backup.isPresent();
        notes.forEach(note -> LOG.warn("table {}: {}", table.name(), note));
        return new Met(
                mine.damaged() ? Standing.DAMAGED : behind ? Standing.BEHIND : Standing.CURRENT,
                notes,
                setback.needsNewIncarnation() ? knowledge(table) : mine);
    }

    /**
     * Forgets the deletes of a table that all who were met lately have seen, and that are old enough.
     *
     * @return how many
     */
    long clean(TableName name) {
        long old = nowMs.getAsLong() - retentionMs;
        StoreTable table = store.table(name);
        Context covered = table.context();
        for (Context seen : book.seenSince(name, old)) {
            covered = covered.intersection(seen);
        }
        return store.isReadOnly(name) ? 0 : table.cleanTombstones(covered, old);
    }

    void close() {
        book.save(nowMs.getAsLong());
    }
}
