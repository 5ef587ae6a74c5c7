package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Plan;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.table.Versions;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node lets repairs do to it, on a real store. */
final class AnnouncementsTest {
    private static final TableName TABLE = new TableName("t");
    private static final Guards TIGHT = new Guards(3, OptionalLong.of(2));

    @TempDir
    private Path temp;

    @SuppressWarnings("NullAway.Init") // set before each test
    private StoreReplicas place;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Replica table;

    @BeforeEach
    void open() {
        place = StoreReplicas.open(
                temp.resolve("s"), StoreReplicas.options(Salt.PUBLISHED).force(false));
        place.guardBy(TIGHT, Gate.SHUT);
        table = place.create(TABLE, TableRules.DEFAULT);
        table.apply(IntStream.range(0, 20).<Change>mapToObj(i -> put(i, 0)).toList());
    }

    @AfterEach
    void close() {
        place.close();
    }

    private static Uid uid(int i) {
        return Uid.ofText("k%02d".formatted(i));
    }

    private static List<Uid> uids(int from, int to) {
        return IntStream.range(from, to).mapToObj(AnnouncementsTest::uid).toList();
    }

    private static Body body(int value) {
        return new Body.Fields(Value.Mapping.of(Map.of("v", new Value.Int(value))));
    }

    private static Change put(int i, int value) {
        return new Change.Put(uid(i), body(value), null, null);
    }

    private static Stamp later(int i) {
        return new Stamp((System.currentTimeMillis() << 16) + i + 1, new Incarnation(7, 7), i + 1);
    }

    private static Change offered(int i) {
        return new Change.Replicate(new RowData(new Row.Live(uid(i), later(i), body(9)), null), null);
    }

    private static Change tombstone(int i) {
        return new Change.Replicate(new RowData(new Row.Tombstone(uid(i), later(i)), null), null);
    }

    private static Intent intent(List<Uid> changed, List<Uid> deleted, long added, UidRange... ranges) {
        return new Intent("a test", changed, deleted, added, List.of(ranges));
    }

    private List<Outcome> apply(String ticket, Change... changes) {
        return table.apply(List.of(changes), Sender.repair(Context.EMPTY, ticket));
    }

    private static List<Boolean> applied(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome.Applied.class::isInstance).toList();
    }

    @Test
    void theGuardStopsAtExactlyOneMore() {
        table.announce(intent(uids(0, 3), uids(3, 5), 1_000));
        GuardException deletes =
                assertThrows(GuardException.class, () -> table.announce(intent(List.of(), uids(0, 3), 0)));
        assertTrue(
                String.valueOf(deletes.getMessage()).contains("would delete 3 of the 20 rows"), deletes.getMessage());
        GuardException changes =
                assertThrows(GuardException.class, () -> table.announce(intent(uids(0, 4), List.of(), 0)));
        assertTrue(String.valueOf(changes.getMessage()).contains("would replace 4 rows"), changes.getMessage());
        assertEquals(20, table.info().count());
    }

    @Test
    void rowsThatAreNotThereAndDoublesDoNotCount() {
        List<Uid> many = new ArrayList<>(uids(0, 2));
        many.addAll(uids(0, 2));
        many.addAll(uids(50, 90));
        table.announce(intent(List.of(), many, 0));
    }

    @Test
    void onlyWhatWasAnnouncedIsDone() {
        String ticket = table.announce(intent(uids(0, 1), uids(1, 2), 1, new UidRange(uid(30), uid(40))));
        assertEquals(
                List.of(true, true, false, false),
                applied(apply(ticket, tombstone(1), offered(0), tombstone(2), offered(3))));
        assertEquals(List.of(true, false), applied(apply(ticket, offered(50), offered(51))), "one row was announced");
        assertEquals(List.of(true, true), applied(apply(ticket, offered(30), offered(39))), "rows of the range");
        Outcome why = apply(ticket, tombstone(5)).getFirst();
        assertEquals(
                "the delete of k05 was not announced by the repair that it comes from",
                ((Outcome.Refused) why).reason());
        assertEquals(RowState.Live.class, table.states(uids(5, 6)).getFirst().getClass());
    }

    @Test
    void aRowThatLooksTheSameGetsANewerStampWithoutAnnouncement() {
        RowState before = table.states(uids(4, 5)).getFirst();
        Change restamp = new Change.Replicate(new RowData(new Row.Live(uid(4), later(4), body(0)), null), null);
        for (String ticket : new String[] {null, table.announce(intent(List.of(), List.of(), 1))}) {
            assertEquals(
                    List.of(false, true, false),
                    applied(table.apply(
                            List.of(offered(3), restamp, tombstone(5)), Sender.repair(Context.EMPTY, ticket))),
                    "with the ticket " + ticket);
            restamp = new Change.Replicate(new RowData(new Row.Live(uid(4), later(14), body(0)), null), null);
        }
        RowState after = table.states(uids(4, 5)).getFirst();
        assertTrue(Versions.sameContent(before, after));
        assertEquals(
                later(14).incarnation(), Versions.stamp(after).orElseThrow().incarnation());
    }

    @Test
    void aRepairThatAnnouncedNothingTouchesNothingThatIsThere() {
        assertEquals(
                List.of(false, false, true),
                applied(table.apply(
                                List.of(tombstone(1), offered(2), tombstone(60)), Sender.repair(Context.EMPTY, null)))
                        .stream()
                        .toList());
        assertEquals(20, table.info().count());
        assertTrue(applied(table.apply(List.of(put(1, 5)))).getFirst(), "its users write as they like");
    }

    @Test
    void aTicketIsOfOneTableAndIsOverWhenItWasIdle() {
        String ticket = table.announce(intent(List.of(), List.of(), 5));
        Replica other = place.create(new TableName("other"), TableRules.DEFAULT);
        for (String wrong : List.of("no such", ticket)) {
            ReplicaException refused = assertThrows(
                    ReplicaException.class,
                    () -> other.apply(List.of(offered(1)), Sender.repair(Context.EMPTY, wrong)));
            assertEquals(ReplicaException.Kind.BAD_REQUEST, refused.kind());
        }
        AtomicLong now = new AtomicLong();
        AtomicLong random = new AtomicLong();
        Announcements announcements = new Announcements(TIGHT, now::get, random::incrementAndGet);
        Intent nothing = intent(List.of(), List.of(), 1_000_000);
        String first = announcements.open("here", TABLE, nothing, 20, table::states, Gate.SHUT);
        now.addAndGet(Announcements.IDLE_MAX.toMillis());
        announcements.objections(first, TABLE, List.of(), List.of());
        now.addAndGet(Announcements.IDLE_MAX.toMillis() + 1);
        assertThrows(ReplicaException.class, () -> announcements.objections(first, TABLE, List.of(), List.of()));

        String oldest = announcements.open("here", TABLE, nothing, 20, table::states, Gate.SHUT);
        String used = announcements.open("here", TABLE, nothing, 20, table::states, Gate.SHUT);
        for (int i = 2; i <= Announcements.OPEN_MAX; i++) {
            announcements.open("here", TABLE, nothing, 20, table::states, Gate.SHUT);
        }
        announcements.objections(used, TABLE, List.of(), List.of());
        assertThrows(ReplicaException.class, () -> announcements.objections(oldest, TABLE, List.of(), List.of()));
    }

    @Test
    void anEmptySideAndAShrunkenOneNeverEmptyTheOther() {
        Replica mirror = place.create(new TableName("mirror"), TableRules.DEFAULT);
        List<Plan.Step> steps = new ArrayList<>();
        List<RowState> states = table.states(uids(0, 20));
        for (int i = 0; i < 20; i++) {
            steps.add(new Plan.Step.DeleteMine(uid(i), states.get(i), new RowState.Deleted(later(i))));
        }
        Guards open = new Guards(1_000, OptionalLong.of(1_000));
        assertThrows(
                GuardException.class,
                () -> Repair.apply(new Plan(Direction.PULL, steps), table, mirror, open, Progress.NONE));
        assertEquals(20, table.info().count());
    }
}
