package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Compares two copies of a table and changes nothing.
 *
 * <p>Rows change while one looks. What the narrowing finds is only suspected: each row is read again on both
 * sides after a settle time, until it is equal (then it was only late) or stands still and differs, for that time with
 * the same two digests (then it is confirmed). While writes go on the roots may never be equal at one moment, so that is
 * not waited for long: where all differences of the two snapshots were found, and each of these rows was then seen equal,
 * no row was found to differ.
 */
public final class Verify {
    /**
     * @param settleMs how long a suspected row must stand still; 0 where nobody can write meanwhile
     * @param maxReads after so many settle times a row that moves is called unsettled, at least 1
     * @param maxDifferences end the list after about so many rows
     * @param prove whether to prove that the differences are all there are; a repair, which compares the roots
     *     when it is done, need not
     */
    public record Options(long settleMs, int maxReads, int maxDifferences, boolean prove) {
        public static final Options DEFAULT = new Options(1_000, 5, 1_000_000, true);

        public Options withSettle(long millis) {
            return new Options(millis, maxReads, maxDifferences, prove);
        }

        /** How long rows that move are looked at in all. */
        long settlingMs() {
            return settleMs * maxReads;
        }

        public Options unproven() {
            return new Options(settleMs, maxReads, maxDifferences, false);
        }
    }

    /** Of a longer run of rows that a database lacks only a sample is looked at again, as long as all of it is missing. */
    private static final int LONG_RUN = 10_000;

    private final Replica mine;
    private final Replica theirs;
    private final Options options;
    private final LongSupplier random;
    private final Progress progress;
    private final Pause pause;
    private Comparison.Cost cost = new Comparison.Cost(0, 0, 0);

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
        checkComparable(mine, here, theirs, there);
        List<Uid> unsettled = List.of();
        boolean seenEqual = false;
        long waitedMs = 0;
        long startBy = options.settlingMs() - options.settleMs; // a later round could not settle within the time
        for (int round = 0; round < options.maxReads && waitedMs <= startBy; round++) {
            progress.at("comparing", 0, -1);
            switch (narrow()) {
                case Narrowing.Result.Same() -> {
                    return new Comparison.Same(here, there, cost, Scope.TREE);
                }
                case Narrowing.Result.Incompatible(String reason) ->
                    throw new ReplicaException(
                            Kind.INCOMPATIBLE,
                            mine.address() + " and " + theirs.address() + " can't be compared: " + reason);
                case Narrowing.Result.Collision() -> throw new IllegalStateException("collisions are met in Exchange");
                case Narrowing.Result.Different(List<Difference> all, boolean proven, boolean truncated) -> {
                    Settling.Settled confirmed = confirm(
                            all,
                            here.rules(),
                            here.tombstones() > 0 || !mine.isCurrent(),
                            there.tombstones() > 0 || !theirs.isCurrent());
                    if (!confirmed.differences().isEmpty()) {
                        return new Comparison.Different(
                                here,
                                there,
                                cost,
                                confirmed.differences(),
                                confirmed.differences().stream()
                                        .mapToLong(Difference::rows)
                                        .sum(),
                                proven,
                                truncated,
                                confirmed.unsettled(),
                                Scope.TREE);
                    }
                    unsettled = confirmed.unsettled();
                    waitedMs += confirmed.waitedMs();
                    boolean listed = proven
                            || (!options.prove
                                    && !truncated
                                    && all.stream().allMatch(one -> one instanceof Difference.OfRow));
                    seenEqual = listed && unsettled.isEmpty();
                    if (listed && !seenEqual) {
                        return new Comparison.Unsettled(here, there, cost, unsettled, Scope.TREE);
                    }
                }
            }
        }
        return seenEqual && isWritten(here, there)
                ? new Comparison.NoneFound(here, there, cost, Scope.TREE)
                : new Comparison.Unsettled(here, there, cost, unsettled, Scope.TREE);
    }

    /** Whether something was written since: where nobody writes, only equal roots can say that the copies are the same. */
    private boolean isWritten(TableInfo here, TableInfo there) {
        return !mine.info().root().equals(here.root()) || !theirs.info().root().equals(there.root());
    }

    /** @throws ReplicaException of kind {@link Kind#INCOMPATIBLE} where their rules differ */
    static void checkComparable(Replica mine, TableInfo here, Replica theirs, TableInfo there) {
        incompatible(here.rules(), there.rules())
                .or(() -> otherColumns(mine.columns(), theirs.columns()))
                .ifPresent(why -> {
                    throw new ReplicaException(
                            Kind.INCOMPATIBLE,
                            mine.address() + " and " + theirs.address() + " can't be compared: " + why);
                });
    }

    private static Optional<String> otherColumns(List<String> here, List<String> there) {
        if (here.isEmpty() || there.isEmpty() || Set.copyOf(here).equals(Set.copyOf(there))) {
            return Optional.empty();
        }
        return Optional.of("their columns are not the same" + only("A", here, there) + only("B", there, here)
                + "; leave columns out with without=COLUMN in the address");
    }

    private static String only(String side, List<String> some, List<String> others) {
        List<String> more = some.stream().filter(name -> !others.contains(name)).toList();
        return more.isEmpty() ? "" : "; only in " + side + ": " + String.join(", ", more);
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

    /**
     * Looks again at what seems to differ.
     *
     * @param looksHere whether rows that are not in my tree are asked for one by one: they may have been deleted, or have
     *     come since
     */
    private Settling.Settled confirm(
            List<Difference> suspected, TableRules rules, boolean looksHere, boolean looksThere) {
        cost = cost.plus(new Comparison.Cost(
                0, 0, suspected.stream().mapToLong(Difference::rows).sum()));
        List<Settling.Suspect> open = new ArrayList<>();
        List<Difference> confirmed = new ArrayList<>();
        List<Samples> runs = new ArrayList<>();
        for (Difference difference : suspected) {
            switch (difference) {
                case Difference.OfRow(Uid uid, RowState here, RowState there) ->
                    open.add(new Settling.Suspect(uid, Sight.of(here), Sight.of(there)));
                case Difference.OnlyMine(UidRange range, long count) -> {
                    if (count > LONG_RUN && !theirs.isCurrent()) {
                        runs.add(Samples.of(difference, mine, range, count, true));
                    } else if (looksThere) {
                        list(mine, range)
                                .forEach(row -> open.add(new Settling.Suspect(row.uid(), live(row), Sight.ABSENT)));
                    } else if (theirs.entries(range, 1).isEmpty()) {
                        confirmed.add(difference);
                    }
                }
                case Difference.OnlyTheirs(UidRange range, long count) -> {
                    if (count > LONG_RUN && !mine.isCurrent()) {
                        runs.add(Samples.of(difference, theirs, range, count, false));
                    } else if (looksHere) {
                        list(theirs, range)
                                .forEach(row -> open.add(new Settling.Suspect(row.uid(), Sight.ABSENT, live(row))));
                    } else if (mine.entries(range, 1).isEmpty()) {
                        confirmed.add(difference);
                    }
                }
            }
        }
        runs.forEach(run -> open.addAll(run.suspects()));
        Settling.Settled settled = settle(rules, open, confirmed);
        for (Samples run : runs) {
            List<Difference> others = run.others(settled.differences());
            if (run.isWhole(settled.differences())) {
                others.add(run.difference());
                others.sort(Findings.ORDER);
                settled = new Settling.Settled(others, settled.unsettled(), settled.waitedMs());
            } else { // some of it came, or went, so each row is looked at
                List<Settling.Suspect> all = list(run.isMine() ? mine : theirs, run.range()).stream()
                        .map(row -> Samples.suspect(row, run.isMine()))
                        .toList();
                Settling.Settled more = settle(rules, all, others);
                settled = new Settling.Settled(
                        more.differences(),
                        Stream.concat(settled.unsettled().stream(), more.unsettled().stream())
                                .distinct()
                                .toList(),
                        settled.waitedMs() + more.waitedMs());
            }
        }
        return settled;
    }

    private Settling.Settled settle(TableRules rules, List<Settling.Suspect> open, List<Difference> confirmed) {
        return new Settling(mine, theirs, rules, Gauge.DIGESTS, options, progress, pause).settle(open, confirmed);
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

    private static Sight live(Entry entry) {
        return Sight.of(new RowState.Live(entry.stamp(), entry.digest()));
    }
}
