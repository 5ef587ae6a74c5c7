package io.twinroot.store;

import static io.twinroot.store.StoreFixture.apply;
import static io.twinroot.store.StoreFixture.uid;
import static io.twinroot.store.TwoWriters.flagged;
import static io.twinroot.store.TwoWriters.gone;
import static io.twinroot.store.TwoWriters.held;
import static io.twinroot.store.TwoWriters.offer;
import static io.twinroot.store.TwoWriters.row;
import static io.twinroot.store.TwoWriters.stamp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowDigest;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which version of a row a table takes, what it keeps aside, and what its own writes remember. */
final class StoreConflictTest {
    private static final TableName MINE = new TableName("t/mine");
    private static final TableName THEIRS = new TableName("t/theirs");
    private static final TableName HOLD = new TableName("t/hold");

    @TempDir
    Path directory;

    private Store store;
    private StoreTable table;

    @BeforeEach
    void open() {
        Map<TableName, ConflictPolicy> policies =
                Map.of(MINE, ConflictPolicy.MINE, THEIRS, ConflictPolicy.THEIRS, HOLD, ConflictPolicy.HOLD);
        StoreOptions options =
                StoreFixture.small().policies(name -> policies.getOrDefault(name, ConflictPolicy.NEWEST));
        store = StoreFixture.open(directory, options, FaultyDisk.quick());
        table = StoreFixture.table(store);
    }

    private StoreTable table(TableName name) {
        return store.createTable(name, TableRules.DEFAULT);
    }

    private void reopen() {
        store.close();
        open();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private List<String> kept(StoreTable of) {
        return store.kept().list(KeptQuery.of(EnumSet.allOf(KeptRow.Kind.class)).of(of.name())).stream()
                .map(kept -> kept.kind() + " " + kept.stamp().text())
                .sorted()
                .toList();
    }

    private static String kept(KeptRow.Kind kind, Stamp stamp) {
        return kind + " " + stamp.text();
    }

    private static Stamp put(StoreTable table, long i, long number) {
        return stamp(apply(table, StoreFixture.put(i, number)));
    }

    @Test
    void aSingleWritersRowsHaveNoPast() {
        put(table, 1, 1);
        put(table, 1, 2);
        assertEquals(Past.NONE, held(table, uid(1)).past());
        apply(table, StoreFixture.delete(1));
        assertEquals(Past.NONE, held(table, uid(1)).past());
    }

    @Test
    void anOwnWriteRemembersWhatItReplaced() {
        Stamp theirs = stamp(3, 1);
        offer(table, row(1, theirs, 1));
        Stamp mine = put(table, 1, 2);
        put(table, 1, 3);
        assertEquals(List.of(theirs), held(table, uid(1)).past().seen());
        apply(table, StoreFixture.delete(1));
        assertEquals(List.of(theirs), held(table, uid(1)).past().seen());
        store.compact();
        reopen();
        assertEquals(List.of(theirs), held(table, uid(1)).past().seen());
        Stamp next = put(table, 1, 4);
        Set<Incarnation> seen = Set.of(mine.incarnation(), theirs.incarnation());
        Row row = held(table, uid(1));
        assertEquals(next, row.stamp());
        assertEquals(
                seen,
                Set.copyOf(row.past().seen().stream().map(Stamp::incarnation).toList()));
    }

    @Test
    void ofTwoConcurrentWritesTheNewerWinsAndTheOtherIsKept() {
        Stamp mine = put(table, 1, 1);
        put(table, 2, 1);
        Stamp newer = stamp(3, 10);
        Stamp older = stamp(4, -10);
        assertEquals(new Outcome.Applied(newer), offer(table, row(1, newer, 2)));
        assertInstanceOf(Outcome.Older.class, offer(table, row(2, older, 2)));
        assertEquals(
                List.of(kept(KeptRow.Kind.CONFLICT, older), kept(KeptRow.Kind.CONFLICT, mine)).stream()
                        .sorted()
                        .toList(),
                kept(table));
        assertTrue(table.context().covers(older));
        assertInstanceOf(Outcome.Older.class, offer(table, row(2, older, 2)));
        assertEquals(2, kept(table).size());
    }

    @Test
    void whatItsWriterOrItsSenderHadSeenIsNoConflict() {
        Stamp first = put(table, 1, 1);
        Stamp second = put(table, 2, 1);
        offer(table, row(1, stamp(3, 10), 2, first));
        Context.Editor theirs = Context.EMPTY.edit();
        theirs.add(second);
        offer(table, row(2, stamp(4, 11), 2), Origin.Way.FEED, theirs.context());
        assertEquals(List.of(), kept(table));
        assertEquals(2, StoreFixture.number(table.snapshot(), 2));
    }

    @Test
    void theSameContentIsNoConflict() {
        put(table, 1, 5);
        assertEquals(new Outcome.Applied(stamp(3, 10)), offer(table, row(1, stamp(3, 10), 5)));
        assertEquals(List.of(), kept(table));
    }

    @Test
    void aDeleteThatHadNotSeenTheRowKeepsIt() {
        Stamp mine = put(table, 1, 1);
        offer(table, gone(1, stamp(3, 10)));
        assertEquals(List.of(kept(KeptRow.Kind.CONFLICT, mine)), kept(table));
    }

    @Test
    void mineIsWrittenAnewHavingSeenBoth() {
        StoreTable mine = table(MINE);
        Stamp held = put(mine, 1, 1);
        Stamp theirs = stamp(3, 10);
        Stamp now = stamp(offer(mine, row(1, theirs, 2)));
        assertTrue(now.compareTo(theirs) > 0);
        assertEquals(held.seq() + 1, now.seq());
        assertEquals(List.of(theirs), held(mine, uid(1)).past().seen());
        assertEquals(1, StoreFixture.number(mine.snapshot(), 1));
        assertEquals(List.of(kept(KeptRow.Kind.CONFLICT, theirs)), kept(mine));
        assertTrue(mine.context().covers(theirs));
        Context context = mine.context();
        reopen();
        assertEquals(context, table(MINE).context());
    }

    @Test
    void theirsIsWrittenAnewHavingSeenBoth() {
        StoreTable their = table(THEIRS);
        Stamp held = put(their, 1, 1);
        Stamp older = stamp(3, -10);
        Stamp now = stamp(offer(their, row(1, older, 2)));
        assertTrue(now.compareTo(held) > 0);
        assertEquals(2, StoreFixture.number(their.snapshot(), 1));
        assertEquals(List.of(older), held(their, uid(1)).past().seen());
        assertEquals(List.of(kept(KeptRow.Kind.CONFLICT, held)), kept(their));
    }

    @Test
    void whatIsHeldStaysUntilAPersonDecides() {
        StoreTable hold = table(HOLD);
        Stamp held = put(hold, 1, 1);
        Stamp theirs = stamp(3, 10);
        assertInstanceOf(Outcome.Parked.class, offer(hold, row(1, theirs, 2)));
        assertEquals(held, held(hold, uid(1)).stamp());
        assertFalse(hold.context().covers(theirs));
        assertEquals(List.of(kept(KeptRow.Kind.CONFLICT, theirs)), kept(hold));
        Outcome settled = apply(hold, new Change.Put(uid(1), StoreFixture.body(7), null, null, List.of(theirs)));
        assertTrue(stamp(settled).compareTo(theirs) > 0);
        assertEquals(List.of(theirs), held(hold, uid(1)).past().seen());
        assertEquals(List.of(), kept(hold));
        assertInstanceOf(Outcome.Older.class, offer(hold, row(1, theirs, 2)));
        assertEquals(List.of(), kept(hold));
        assertTrue(hold.context().covers(theirs));
    }

    @Test
    void aRowFromTheFutureIsParkedAndCountsAsNotSeen() {
        Stamp far = stamp(3, 300_001);
        assertInstanceOf(Outcome.Parked.class, offer(table, row(1, far, 2)));
        assertInstanceOf(Outcome.Parked.class, offer(table, row(1, far, 2)));
        assertEquals(List.of(kept(KeptRow.Kind.PARKED, far)), kept(table));
        assertEquals(new RowState.Absent(), table.state(uid(1)));
        reopen();
        assertEquals(List.of(kept(KeptRow.Kind.PARKED, far)), kept(table));
        assertFalse(table.context().covers(far));
    }

    @Test
    void aDeletedRowDoesNotComeBackWhenItsTombstoneIsGone() {
        Stamp theirs = stamp(3, 1);
        offer(table, row(1, theirs, 2));
        apply(table, StoreFixture.delete(1));
        Context.Editor walked = Context.EMPTY.edit();
        walked.addUpTo(theirs.incarnation(), theirs.seq());
        table.absorb(walked.context());
        table.cleanTombstones(table.context(), Long.MAX_VALUE);
        assertInstanceOf(Outcome.Lingering.class, offer(table, row(1, theirs, 2)));
        assertEquals(new Outcome.Same(), offer(table, gone(1, theirs)));
        assertInstanceOf(Outcome.Applied.class, offer(table, row(1, stamp(4, 2), 3)));
    }

    @Test
    void whatLingersIsDroppedIntoTheTrashWithoutAMark() {
        Stamp theirs = stamp(3, 1);
        offer(table, row(1, theirs, 2));
        RowState live = table.state(uid(1));
        RowState other = new RowState.Live(stamp(9, 9), Digest.sha256(new byte[0]));
        assertEquals(new Outcome.ChangedMeanwhile(live), apply(table, new Change.Drop(uid(1), other)));
        assertEquals(new Outcome.Applied(theirs), apply(table, new Change.Drop(uid(1), live)));
        assertEquals(new RowState.Absent(), table.state(uid(1)));
        assertEquals(0, table.info().tombstones());
        assertEquals(List.of(kept(KeptRow.Kind.DROPPED, theirs)), kept(table));
        store.compact();
        reopen();
        assertEquals(new RowState.Absent(), table.state(uid(1)));
        assertInstanceOf(Outcome.Lingering.class, offer(table, row(1, theirs, 2)));
    }

    @Test
    void theTrashHasWhatWasDeletedAndWhatARepairOverwrote() {
        Stamp deleted = put(table, 1, 1);
        apply(table, StoreFixture.delete(1));
        Stamp first = put(table, 2, 1);
        offer(table, gone(2, stamp(3, 10), first));
        Stamp second = put(table, 3, 1);
        offer(table, row(3, stamp(4, 20), 2, second));
        assertEquals(2, kept(table).size()); // a feed overwrites without a trace
        Stamp third = put(table, 4, 1);
        offer(table, row(4, stamp(5, 30), 2, third), Origin.Way.REPAIR, Context.EMPTY);
        String[] all = {
            kept(KeptRow.Kind.DELETED, deleted),
            kept(KeptRow.Kind.DELETED, first),
            kept(KeptRow.Kind.OVERWRITTEN, third)
        };
        Arrays.sort(all);
        assertEquals(List.of(all), kept(table));
    }

    private static Change flag(long i, List<String> add, List<String> remove) {
        return new Change.Flag(uid(i), "flags", add, remove, null);
    }

    @Test
    void flagsOfTwoSidesMergeInEveryOrder() {
        Stamp base = stamp(2, -100);
        Row.Live theirs = flagged(1, base, 1, stamp(4, -50), "\\Answered", true);
        offer(table, row(1, base, 1));
        apply(table, flag(1, List.of("\\Seen"), List.of("\\Flagged")));
        Stamp merged = stamp(offer(table, theirs));
        Row.Live row = (Row.Live) held(table, uid(1));
        assertEquals(merged, row.stamp());
        assertEquals(
                Map.of("flags", List.of("\\Seen", "\\Answered")), row.marks().flags());
        assertEquals(base, row.bodyStamp());
        assertEquals(List.of(), kept(table));
        assertInstanceOf(Outcome.Older.class, offer(table, theirs));
        RowState.Live state = (RowState.Live) table.state(uid(1));
        assertEquals(RowDigest.of(StoreFixture.body(1).digest(TableRules.DEFAULT), row.marks()), state.digest());
        put(table, 1, 2); // a put leaves the flags
        assertEquals(
                row.marks().flags(), ((Row.Live) held(table, uid(1))).marks().flags());
        store.compact();
        var root = table.snapshot().root();
        reopen();
        assertEquals(root, table.snapshot().root());
        assertTrue(
                store.scrub(ScrubPart.ALL, 1L << 40, progress -> {}).findings().isEmpty());
    }

    @Test
    void aFlagOfNothingOrTooManyAreRefused() {
        assertInstanceOf(Outcome.Refused.class, apply(table, flag(1, List.of("a"), List.of())));
        Stamp made = put(table, 1, 1);
        List<String> many = java.util.stream.IntStream.range(0, 1_001)
                .mapToObj(i -> "f" + i)
                .toList();
        assertInstanceOf(Outcome.Refused.class, apply(table, flag(1, many, List.of())));
        assertInstanceOf(Outcome.Refused.class, apply(table, flag(1, List.of("a"), List.of("a"))));
        Stamp next = stamp(apply(table, flag(1, List.of("a"), List.of())));
        assertEquals(made.seq() + 1, next.seq()); // what is refused uses no seq
    }

    @Test
    void fieldsOfTwoSidesMergeWhereTheTableSaysSo() {
        StoreTable fields =
                store.createTable(new TableName("t/fields"), TableRules.DEFAULT.merging(TableRules.Merge.FIELDS));
        Stamp base = stamp(2, -100);
        offer(fields, new Row.Live(uid(1), base, two(1, 1)));
        apply(fields, new Change.Put(uid(1), two(2, 1), null, null));
        Row.Live theirs =
                Merging.put(new Row.Live(uid(1), base, two(1, 1)), uid(1), two(1, 3), stamp(5, 50), fields.rules());
        offer(fields, theirs);
        assertEquals(two(2, 3), ((Row.Live) held(fields, uid(1))).body());
        assertEquals(List.of(), kept(fields));
        reopen();
        fields = store.table(new TableName("t/fields"));
        assertEquals(TableRules.Merge.FIELDS, fields.rules().merge());
        assertEquals(two(2, 3), ((Row.Live) held(fields, uid(1))).body());
    }

    private static Change replicate(Row row, Change.Put blob) {
        return new Change.Replicate(new RowData(row, blob.blob()), null);
    }

    private static byte[] bytes(RowData data) throws IOException {
        try (InputStream in = Objects.requireNonNull(data.blob()).open()) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1_000, 100_000})
    void aBlobKeepsItsBytesWhenFlagsOfTwoSidesMerge(int length) throws IOException {
        byte[] content = new byte[length];
        content[7] = 1;
        Change.Put blob = StoreFixture.blobPut(uid(1), content);
        Stamp base = stamp(2, -100);
        apply(table, replicate(new Row.Live(uid(1), base, blob.body()), blob));
        apply(table, flag(1, List.of("\\Seen"), List.of()));
        Marks answered = Marks.of(
                base,
                new TreeMap<>(Map.of(Marks.Part.flag("flags", "\\Answered"), new Marks.Mark(stamp(4, -50), true))));
        Row theirs = new Row.Live(uid(1), stamp(4, -50), blob.body(), Past.NONE.with(answered));
        assertInstanceOf(Outcome.Applied.class, apply(table, replicate(theirs, blob)));
        for (int round = 0; round < 2; round++) {
            RowData merged = Objects.requireNonNull(table.row(uid(1)));
            assertEquals(
                    Map.of("flags", List.of("\\Seen", "\\Answered")),
                    ((Row.Live) merged.row()).marks().flags());
            assertArrayEquals(content, bytes(merged));
            store.compact();
            reopen();
        }
        assertEquals(List.of(), kept(table));
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1_000, 100_000})
    void theBlobOfALoserIsKeptWhole(int length) throws IOException {
        byte[] mine = new byte[length];
        byte[] other = new byte[length];
        other[7] = 1;
        Stamp lost = stamp(apply(table, StoreFixture.blobPut(uid(1), mine)));
        Change.Put theirs = StoreFixture.blobPut(uid(1), other);
        apply(table, replicate(new Row.Live(uid(1), stamp(3, 10), theirs.body()), theirs));
        store.compact(); // no row has the bytes of what lost
        reopen();
        assertArrayEquals(other, bytes(Objects.requireNonNull(table.row(uid(1)))));
        assertEquals(List.of(kept(KeptRow.Kind.CONFLICT, lost)), kept(table));
        KeptRow loser = store.kept()
                .list(KeptQuery.of(EnumSet.of(KeptRow.Kind.CONFLICT)))
                .getFirst();
        assertArrayEquals(mine, bytes(store.kept().get(loser.id()).orElseThrow().data()));
    }

    @Test
    void whatWouldBeTooLargeWhenMergedIsParked() {
        StoreTable fields =
                store.createTable(new TableName("t/fields"), TableRules.DEFAULT.merging(TableRules.Merge.FIELDS));
        Row.Live base = new Row.Live(uid(1), stamp(2, -100), two(1, 1));
        String text = "x".repeat(Body.MAX_FIELDS_BYTES * 2 / 3);
        offer(fields, base);
        apply(fields, new Change.Put(uid(1), with("a", text), null, null));
        RowState before = fields.state(uid(1));
        Row.Live theirs = Merging.put(base, uid(1), with("b", text), stamp(5, 50), fields.rules());
        Outcome outcome = offer(fields, theirs);
        assertTrue(
                outcome instanceof Outcome.Parked(String why) && why.contains("cannot be merged"), outcome::toString);
        assertEquals(before, fields.state(uid(1)));
        assertEquals(List.of(kept(KeptRow.Kind.PARKED, theirs.stamp())), kept(fields));
        assertFalse(fields.context().covers(theirs.stamp()));
    }

    @Test
    void whatWouldHaveTooManyFlagsWhenMergedIsParked() {
        Stamp base = stamp(2, -100);
        offer(table, row(1, base, 1));
        List<String> half = IntStream.range(0, 600).mapToObj(i -> "mine" + i).toList();
        apply(table, flag(1, half, List.of()));
        RowState before = table.state(uid(1));
        TreeMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        IntStream.range(0, 600)
                .forEach(i -> parts.put(Marks.Part.flag("flags", "theirs" + i), new Marks.Mark(stamp(4, -50), true)));
        Marks marks = Marks.of(base, parts);
        Row theirs = new Row.Live(uid(1), stamp(4, -50), StoreFixture.body(1), Past.NONE.with(marks));
        assertTrue(offer(table, theirs) instanceof Outcome.Parked(String why) && why.contains("cannot be merged"));
        assertEquals(before, table.state(uid(1)));
        assertEquals(List.of(kept(KeptRow.Kind.PARKED, stamp(4, -50))), kept(table));
        assertFalse(table.context().covers(stamp(4, -50)));
    }

    /** The fields a and b, of which one has a text. */
    private static Body with(String field, String text) {
        String other = field.equals("a") ? "b" : "a";
        return new Body.Fields(Value.Mapping.of(Map.of(field, new Value.Text(text), other, new Value.Int(1))));
    }

    private static Body two(long a, long b) {
        return new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(a), "b", new Value.Int(b))));
    }
}
