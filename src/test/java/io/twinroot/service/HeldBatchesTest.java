package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Plan;
import io.twinroot.service.HeldBatch.State;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is held in files, how long, and how much of it. */
final class HeldBatchesTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final Plan.Effect SOME = new Plan.Effect(1, 2, 3);

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);

    @SuppressWarnings("NullAway.Init") // set before each test
    private HeldBatches held;

    @BeforeEach
    void open() {
        held = new HeldBatches(folder, now::get);
    }

    private HeldBatches reopened() {
        return new HeldBatches(folder, now::get);
    }

    private static Digest digest(int number) {
        return new Digest(number, 0, 0, 0);
    }

    private HeldBatch plan(String peer, int number) throws IOException {
        Path file = held.folder().unfinished();
        Files.writeString(file, "the plan " + number);
        return held.holdPlan(TABLE, new What.OfPlan(peer, SOME, SOME), "would delete much", digest(number), file);
    }

    private static Intent intent(String from, int... deleted) {
        List<Uid> uids = IntStream.of(deleted)
                .mapToObj(number -> Uid.ofText("k" + number))
                .toList();
        return new Intent(from, List.of(), uids, 0, List.of());
    }

    /** What a refused sender is told. */
    private String refused(Intent intent) {
        GuardException e = assertThrows(
                GuardException.class,
                () -> new HeldIntents(held, () -> "http://here:1")
                        .beyond(TABLE, intent, intent.from() + " is too much"));
        assertTrue(e.isHeld());
        return String.valueOf(e.getMessage());
    }

    private static List<String> ids(HeldBatches of) {
        return of.list(false).stream().map(HeldBatch::id).toList();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(HeldFolder.NAME))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aPlanIsHeldOverARestartAndTheSameOneOnce() throws IOException {
        HeldBatch first = plan("b", 1);
        now.addAndGet(5_000);
        HeldBatch again = plan("b", 1);
        assertEquals("g1", again.id());
        assertEquals(first.sinceMs(), again.sinceMs());
        assertEquals(first.seenMs() + 5_000, again.seenMs());
        assertEquals(List.of(again), reopened().list(false));
        assertEquals(List.of("g1.json", "g1.jsonl", "ids.json"), files());
        assertEquals("the plan 1", Files.readString(held.folder().plan("g1")));
    }

    @Test
    void anotherPlanTakesThePlaceOfThatOfItsTableAndPeerOnly() throws IOException {
        plan("b", 1);
        plan("c", 2);
        assertEquals("g3", plan("b", 3).id());
        assertEquals(List.of("g2", "g3"), ids(held));
        assertEquals(Optional.empty(), held.get("g1"), "what nobody has seen is not approved under an old id");
        assertTrue(Files.notExists(held.folder().plan("g1")));
        assertEquals(List.of("g2", "g3"), ids(reopened()));
    }

    @Test
    void theWayBackOfAPlanThatWasDoneInPartStays() throws IOException {
        plan("b", 1);
        Files.writeString(held.folder().undo("g1"), "rows");
        held.tried("g1", "the peer went away");
        plan("b", 2);
        HeldBatch first = held.get("g1").orElseThrow();
        assertEquals(State.DONE, first.state());
        assertEquals("rows", Files.readString(held.folder().undo("g1")));
        assertEquals(List.of("g2"), ids(reopened()));
    }

    @Test
    void noIdIsGivenTwice() throws IOException {
        plan("b", 1);
        held.end("g1", State.REJECTED, "no");
        now.addAndGet(HeldBatches.KEPT.toMillis() + 1);
        assertEquals(List.of(), held.list(true));
        held = reopened();
        assertEquals("g2", plan("b", 1).id());
        Files.delete(folder.resolve(HeldFolder.NAME).resolve("ids.json"));
        held = reopened();
        assertEquals("g3", plan("b", 2).id());
    }

    @Test
    void whatDoesNotComeUpAgainExpires() throws IOException {
        plan("b", 1);
        refused(intent("x", 1, 2));
        now.addAndGet(HeldBatches.KEPT.toMillis());
        refused(intent("x", 2, 1));
        now.addAndGet(1);
        assertEquals(List.of("g2"), ids(held));
        assertEquals(List.of("g2.json", "ids.json"), files());
    }

    @Test
    void whatIsAnnouncedIsHeldOnceInWhateverOrder() {
        String told = refused(intent("a repair", 1, 2, 3));
        assertTrue(told.startsWith("a repair is too much; it is held there as g1"), told);
        assertTrue(told.endsWith("twinroot approve g1 http://here:1"), told);
        assertTrue(refused(intent("another repair", 3, 2, 1, 1)).contains("g1"));
        assertTrue(refused(intent("a repair", 1, 2)).contains("g2"));
        assertEquals(List.of("g1", "g2"), ids(reopened()));
    }

    @Test
    void whatTheSameSenderAnnouncesNextTakesThePlace() {
        refused(intent("a repair", 1, 2, 3));
        assertTrue(refused(intent("a repair", 1, 2, 3, 4)).contains("g2"));
        assertTrue(refused(intent("another repair", 1, 2)).contains("g3"));
        assertEquals(List.of("g2", "g3"), ids(held));
        held.end("g2", State.APPROVED, "yes");
        assertTrue(refused(intent("a repair", 1)).contains("g4"));
        assertTrue(held.isApproved(TABLE, intent("x", 1, 2, 3, 4).digest()), "what was approved stays so");
        assertEquals(List.of("g3", "g4"), ids(reopened()));
    }

    @Test
    void anApprovedIntentPassesForADayAndNoOther() {
        refused(intent("x", 1, 2));
        held.end("g1", State.APPROVED, "yes");
        held = reopened();
        Gate gate = new HeldIntents(held, () -> "");
        for (int times = 0; times < 3; times++) {
            gate.beyond(TABLE, intent("y", 2, 1), "too much");
        }
        assertTrue(refused(intent("x", 1, 2, 3)).contains("g2"));
        assertThrows(
                GuardException.class, () -> gate.beyond(new TableName("other"), intent("x", 1, 2), "another table"));
        now.addAndGet(HeldBatches.APPROVED.toMillis());
        gate.beyond(TABLE, intent("x", 1, 2), "too much");
        now.addAndGet(1);
        assertTrue(refused(intent("x", 1, 2)).contains("g4"));
    }

    @Test
    void anIntentsDigestIsOfAllItsRowsAndRanges() {
        List<Uid> one = List.of(Uid.ofText("a"));
        List<Uid> two = List.of(Uid.ofText("b"));
        UidRange low = new UidRange(null, Uid.ofText("m"));
        UidRange high = UidRange.from(Uid.ofText("m"));
        Intent all = new Intent("x", one, two, 5, List.of(low, high));
        assertEquals(all.digest(), new Intent("y", one, two, 6, List.of(high, low)).digest());
        for (Intent other : List.of(
                new Intent("x", two, one, 5, List.of(low, high)),
                new Intent("x", List.of(Uid.ofText("a"), Uid.ofText("b")), List.of(), 5, List.of(low, high)),
                new Intent("x", one, two, 5, List.of(low)),
                new Intent("x", one, two, 5, List.of(UidRange.ALL)))) {
            assertNotEquals(all.digest(), other.digest(), other.toString());
        }
    }

    @Test
    void theOldestIntentsGiveWayAndPlansLast() throws IOException {
        plan("b", 0);
        for (int i = 1; i <= HeldBatches.OPEN_MAX + 1; i++) {
            now.incrementAndGet();
            refused(intent("x" + i, i));
        }
        List<String> ids = ids(held);
        assertEquals(HeldBatches.OPEN_MAX, ids.size());
        assertEquals(List.of("g1", "g4"), ids.subList(0, 2));
        assertEquals(ids, ids(reopened()));
    }

    @Test
    void onlyTheFirstRowsOfAnIntentAreRemembered() {
        refused(intent("x", IntStream.range(0, 5_000).toArray()));
        What.OfIntent what = (What.OfIntent) reopened().get("g1").orElseThrow().what();
        assertEquals(5_000, what.deleted());
        assertEquals(What.OfIntent.FIRST, what.firstDeleted().size());
        assertEquals(Uid.ofText("k0"), what.firstDeleted().getFirst());
    }

    @Test
    void anAlteredRecordApprovesNothing() throws IOException {
        plan("b", 1);
        refused(intent("x", 1));
        Path record = folder.resolve(HeldFolder.NAME).resolve("g2.json");
        String written = Files.readString(record);
        String altered =
                written.replace("\"OPEN\"", "\"APPROVED\"").replace("\"endedMs\" : 0", "\"endedMs\" : " + now.get());
        assertTrue(altered.contains("\"endedMs\" : 1"), written);
        Files.writeString(record, altered);
        held = reopened();
        assertEquals(List.of("g1"), ids(held));
        assertFalse(held.isApproved(TABLE, intent("x", 1).digest()));
        assertTrue(refused(intent("x", 1)).contains("g3"));
    }

    @Test
    void whatWasNotFinishedGoesAtTheNextStart() throws IOException {
        plan("b", 1);
        Files.writeString(held.folder().unfinished(), "half");
        Files.writeString(held.folder().plan("g9"), "a plan whose record was not written any more");
        held = reopened();
        assertEquals(List.of("g1.json", "g1.jsonl", "ids.json"), files());
    }
}
