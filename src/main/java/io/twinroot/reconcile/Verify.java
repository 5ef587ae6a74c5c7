package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Compares two copies of a table and changes nothing.
 *
 * <p>Rows change while one looks. What the narrowing finds is only suspected: each row is read again on both
 * sides after a settle time, until it is equal (then it was only late) or stands still and differs, twice with
 * the same two digests (then it is confirmed).
 */
public final class Verify {
    /**
     * @param settleMs between two readings of a suspected row; 0 where nobody can write meanwhile
     * @param maxReads how often a row is read again before it is called unsettled, at least 1
     * @param maxDifferences end the list after about so many rows
     * @param prove whether to prove that the differences are all there are; a repair, which compares the roots
     *     when it is done, need not
     */
    public record Options(long settleMs, int maxReads, int maxDifferences, boolean prove) {
        public static final Options DEFAULT = new Options(1_000, 5, 1_000_000, true);

        public Options withSettle(long millis) {
            return new Options(millis, maxReads, maxDifferences, prove);
        }

        public Options unproven() {
            return new Options(settleMs, maxReads, maxDifferences, false);
        }
    }

    private static final RowState ABSENT = new RowState.Absent();

    private final Replica mine;
    private final Replica theirs;
    private final Options options;
    private final LongSupplier random;
    private final Progress progress;
    private final Pause pause;
    private Comparison.Cost cost = new Comparison.Cost(0, 0);

    private Verify(Replica mine, Replica theirs, Options options, LongSupplier random, Progress progress, Pause pause) {
        this.mine = mine;
        this.theirs = theirs;
        this.options = options;
        this.random = random;
        this.progress = progress;
        this.pause = pause;
    }

    /**
     * Compares.
     *
     * @param random numbers that nobody can foresee, for the nonces
     * @throws ReplicaException of kind {@link Kind#INCOMPATIBLE} where the copies can't be compared
     */
    public static Comparison run(
            Replica mine, Replica theirs, Options options, LongSupplier random, Progress progress, Pause pause) {
        return new Verify(mine, theirs, options, random, progress, pause).run();
    }

    private Comparison run() {
        TableInfo here = mine.info();
        TableInfo there = theirs.info();
        incompatible(here.rules(), there.rules()).ifPresent(why -> {
            throw new ReplicaException(
                    Kind.INCOMPATIBLE, mine.address() + " and " + theirs.address() + " can't be compared: " + why);
        });
        List<Uid> unsettled = List.of();
        for (int round = 0; round < options.maxReads; round++) {
            progress.at("comparing", 0, -1);
            switch (narrow()) {
                case Narrowing.Result.Same() -> {
                    return new Comparison.Same(here, there, cost);
                }
                case Narrowing.Result.Incompatible(String reason) ->
                    throw new ReplicaException(
                            Kind.INCOMPATIBLE,
                            mine.address() + " and " + theirs.address() + " can't be compared: " + reason);
                case Narrowing.Result.Collision() -> throw new IllegalStateException("collisions are met in Exchange");
                case Narrowing.Result.Different(List<Difference> all, boolean proven, boolean truncated) -> {
                    Confirmed confirmed = confirm(all, here.tombstones() > 0, there.tombstones() > 0);
                    if (!confirmed.differences.isEmpty()) {
                        return new Comparison.Different(
                                here,
                                there,
                                cost,
                                confirmed.differences,
                                confirmed.differences.stream()
                                        .mapToLong(Difference::rows)
                                        .sum(),
                                proven,
                                truncated,
                                confirmed.unsettled);
                    }
                    unsettled = confirmed.unsettled; // all else was late: only equal roots can say that it is the same
                }
            }
        }
        return new Comparison.Unsettled(here, there, cost, unsettled);
    }

    /** Why tables of these rules are not comparable; empty where they are. */
    static Optional<String> incompatible(TableRules here, TableRules there) {
        if (here.schema() != there.schema()) {
            return Optional.of("their rows have schema version " + here.schema() + " here and " + there.schema()
                    + " there; bring both to one version of the application, and tables[].schema with it");
        }
        if (here.merge() != there.merge()) {
            return Optional.of("the rows of the one merge by field and those of the other as a whole");
        }
        return here.equals(there)
                ? Optional.empty()
                : Optional.of("the two tables leave other fields out of their digests (digestExcludes); here: "
                        + here.digestExcludes() + ", there: " + there.digestExcludes());
    }

    private Narrowing.Result narrow() {
        Exchange exchange = new Exchange(mine, theirs, random, options.maxDifferences, options.prove);
        Narrowing.Result result = exchange.run();
        cost = cost.plus(exchange.cost());
        return result;
    }

    private record Confirmed(List<Difference> differences, List<Uid> unsettled) {}

    private Confirmed confirm(List<Difference> suspected, boolean deletesHere, boolean deletesThere) {
        List<Difference.OfRow> open = new ArrayList<>();
        List<Difference> confirmed = new ArrayList<>();
        for (Difference difference : suspected) {
            switch (difference) {
                case Difference.OfRow row -> open.add(row);
                case Difference.OnlyMine(UidRange range, long count) -> {
                    if (deletesThere) {
                        list(mine, range).forEach(row -> open.add(new Difference.OfRow(row.uid(), live(row), ABSENT)));
                    } else if (theirs.entries(range, 1).isEmpty()) {
                        confirmed.add(difference);
                    }
                }
                case Difference.OnlyTheirs(UidRange range, long count) -> {
                    if (deletesHere) {
                        list(theirs, range)
                                .forEach(row -> open.add(new Difference.OfRow(row.uid(), ABSENT, live(row))));
                    } else if (mine.entries(range, 1).isEmpty()) {
                        confirmed.add(difference);
                    }
                }
            }
        }
        return settle(open, confirmed);
    }

    /** All entries of a run that only one side has, where the other may have deleted some of them. */
    private List<Entry> list(Replica side, UidRange range) {
        List<Entry> entries = new ArrayList<>();
        UidRange rest = range;
        while (entries.size() < options.maxDifferences) {
            progress.at("listing", entries.size(), -1);
            List<Entry> page = side.entries(rest, Replica.MAX_BATCH);
            entries.addAll(page);
            if (page.size() < Replica.MAX_BATCH) {
                break;
            }
            rest = rest.after(page.getLast().uid());
        }
        return entries;
    }

    private static RowState live(Entry entry) {
        return new RowState.Live(entry.stamp(), entry.digest());
    }

    private Confirmed settle(List<Difference.OfRow> suspected, List<Difference> confirmed) {
        List<Difference.OfRow> open = suspected;
        if (options.settleMs == 0) { // nobody writes: only a delete, which is in no tree, is still to be looked up
            open = new ArrayList<>();
            for (Difference.OfRow row : suspected) {
                boolean bothLive = row.mine() instanceof RowState.Live && row.theirs() instanceof RowState.Live;
                if (bothLive) {
                    confirmed.add(row);
                } else {
                    open.add(row);
                }
            }
        }
        for (int read = 0; read < options.maxReads && !open.isEmpty(); read++) {
            if (options.settleMs > 0) {
                pause.forMillis(options.settleMs);
            }
            open = readAgain(open, confirmed);
        }
        confirmed.sort(Narrowing.ORDER);
        return new Confirmed(confirmed, open.stream().map(Difference.OfRow::uid).toList());
    }

    /** Adds what stood still and differs to the confirmed; gives what moved. What is equal now is dropped. */
    private List<Difference.OfRow> readAgain(List<Difference.OfRow> open, List<Difference> confirmed) {
        List<Difference.OfRow> moved = new ArrayList<>();
        for (int from = 0; from < open.size(); from += Replica.MAX_BATCH) {
            progress.at("reading again", from, open.size());
            List<Difference.OfRow> batch = open.subList(from, Math.min(open.size(), from + Replica.MAX_BATCH));
            List<Uid> uids = batch.stream().map(Difference.OfRow::uid).toList();
            List<RowState> here = mine.states(uids);
            List<RowState> there = theirs.states(uids);
            for (int i = 0; i < batch.size(); i++) {
                Difference.OfRow before = batch.get(i);
                Difference.OfRow now = new Difference.OfRow(uids.get(i), here.get(i), there.get(i));
                if (Versions.sameContent(now.mine(), now.theirs())) {
                    continue;
                }
                boolean stood = Versions.sameContent(before.mine(), now.mine())
                        && Versions.sameContent(before.theirs(), now.theirs());
                if (stood) {
                    confirmed.add(now);
                } else {
                    moved.add(now);
                }
            }
        }
        return moved;
    }
}
