package io.twinroot.service;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The repairs that were announced to the tables of a node, and what each of them may do. The node counts for itself how
 * many of its rows would go or be replaced, and believes nobody else's count; what was not announced is refused later.
 * May be used by many threads.
 */
final class Announcements {
    /** The most repairs that are announced at one time; the one that was idle for longest gives way. */
    static final int OPEN_MAX = 1_000;

    /** An announced repair from which nothing comes for so long is over. */
    static final Duration IDLE_MAX = Duration.ofMinutes(10);

    private final Guards guards;
    private final LongSupplier nowMs;
    private final LongSupplier random;
    private final Map<String, Announced> open = new LinkedHashMap<>(); // guarded by this; the longest idle first

    /**
     * @param nowMs a clock that does not go back, in milliseconds
     * @param random numbers that nobody can foresee
     */
    Announcements(Guards guards, LongSupplier nowMs, LongSupplier random) {
        this.guards = guards;
        this.nowMs = nowMs;
        this.random = random;
    }

    /** What one repair may do to one table. */
    private static final class Announced {
        private final TableName table;
        private final Set<Uid> changed;
        private final Set<Uid> deleted;
        private final NavigableMap<Uid, UidRange> ranges = new TreeMap<>();
        private @Nullable UidRange fromTheFirst;
        private long added;
        private long usedMs;

        Announced(TableName table, Intent intent, long nowMs) {
            this.table = table;
            this.changed = Set.copyOf(intent.changed());
            this.deleted = Set.copyOf(intent.deleted());
            this.added = intent.added();
            this.usedMs = nowMs;
            for (UidRange range : intent.ranges()) {
                if (range.start() == null) {
                    fromTheFirst = range;
                } else {
                    ranges.put(range.start(), range);
                }
            }
        }

        private boolean isInRange(Uid uid) {
            Map.Entry<Uid, UidRange> at = ranges.floorEntry(uid);
            return (at != null && at.getValue().contains(uid)) || (fromTheFirst != null && fromTheFirst.contains(uid));
        }

        /** Why a change is not what was announced; null where it is. Counts rows that come new. */
        @Nullable
        String objection(Change change, RowState held) {
            Uid uid = change.uid();
            boolean isThere = held instanceof RowState.Live;
            boolean deletes = switch (change) {
                case Change.Delete delete -> true;
                case Change.Drop drop -> true;
                case Change.Replicate replicate -> replicate.data().row() instanceof Row.Tombstone;
                case Change.Put put -> false;
                case Change.Flag flag -> false;
            };
            if (deletes) {
                return !isThere || deleted.contains(uid)
                        ? null
                        : "the delete of " + uid + " was not announced by the repair that it comes from";
            }
            if (isThere) {
                return changed.contains(uid) || isHeld(change, held)
                        ? null
                        : "the change of " + uid + " was not announced by the repair that it comes from";
            }
            if (isInRange(uid)) {
                return null;
            }
            added--;
            return added >= 0 ? null : uid + " is one row more than the repair that it comes from announced";
        }

        private static boolean isHeld(Change change, RowState held) {
            return change instanceof Change.Replicate replicate
                    && held instanceof RowState.Live(var stamp, var digest)
                    && stamp.equals(replicate.data().row().stamp());
        }
    }

    /**
     * Takes note of a repair.
     *
     * @param rows how many the table has
     * @param states of at most {@link Replica#MAX_BATCH} UIDs, in their order
     * @param gate is asked when it goes beyond the guards
     * @return a ticket
     * @throws GuardException when it goes beyond the guards and the gate; it is not noted then
     */
    String open(
            String address,
            TableName table,
            Intent intent,
            long rows,
            Function<List<Uid>, List<RowState>> states,
            Gate gate) {
        long deletes = live(intent.deleted(), states);
        if (deletes > guards.deletesOf(rows)) {
            gate.beyond(
                    table,
                    intent,
                    intent.from() + " would delete " + deletes + " of the " + rows + " rows of " + address
                            + ", more than the " + guards.deletesOf(rows)
                            + " that maxDeletes of its node allows; nothing was changed");
        }
        long changes = live(intent.changed(), states);
        if (changes > guards.maxChanges()) {
            gate.beyond(
                    table,
                    intent,
                    intent.from() + " would replace " + changes + " rows of " + address + ", more than the "
                            + guards.maxChanges() + " that maxChanges of its node allows; nothing was changed");
        }
        return note(new Announced(table, intent, nowMs.getAsLong()));
    }

    /** How many different rows of a list are there. */
    private static long live(List<Uid> uids, Function<List<Uid>, List<RowState>> states) {
        List<Uid> all = List.copyOf(new HashSet<>(uids));
        long live = 0;
        for (int at = 0; at < all.size(); at += Replica.MAX_BATCH) {
            List<Uid> some = all.subList(at, Math.min(all.size(), at + Replica.MAX_BATCH));
            live += states.apply(some).stream()
                    .filter(RowState.Live.class::isInstance)
                    .count();
        }
        return live;
    }

    private synchronized String note(Announced repair) {
        open.values().removeIf(other -> repair.usedMs - other.usedMs > IDLE_MAX.toMillis());
        if (open.size() >= OPEN_MAX) {
            open.remove(open.keySet().iterator().next());
        }
        HexFormat hex = HexFormat.of();
        String ticket = hex.toHexDigits(random.getAsLong()) + hex.toHexDigits(random.getAsLong());
        open.put(ticket, repair);
        return ticket;
    }

    /**
     * Looks at a batch of a repair.
     *
     * @param ticket null where nothing was announced, so that nothing that is there may be touched
     * @param held the state of each change's row, in their order
     * @return for each change why it is refused; empty where it is not
     * @throws ReplicaException of kind BAD_REQUEST when there is no such ticket any more
     */
    synchronized List<Optional<String>> objections(
            @Nullable String ticket, TableName table, List<Change> changes, List<RowState> held) {
        Announced repair = ticket == null || ticket.isEmpty()
                ? new Announced(table, new Intent("", List.of(), List.of(), 0, List.of()), 0)
                : known(ticket, table);
        List<Optional<String>> objections = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            objections.add(Optional.ofNullable(repair.objection(changes.get(i), held.get(i))));
        }
        return objections;
    }

    private Announced known(String ticket, TableName table) {
        long now = nowMs.getAsLong();
        Announced repair = open.remove(ticket);
        if (repair == null || !repair.table.equals(table) || now - repair.usedMs > IDLE_MAX.toMillis()) {
            throw new ReplicaException(
                    Kind.BAD_REQUEST,
                    "the ticket of this repair of " + table + " is not known, or was not used for "
                            + IDLE_MAX.toMinutes() + " minutes; announce the repair again");
        }
        repair.usedMs = now;
        open.put(ticket, repair);
        return repair;
    }
}
