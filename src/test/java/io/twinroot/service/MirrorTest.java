package io.twinroot.service;

import static io.twinroot.service.FakeDatabase.fields;
import static io.twinroot.service.FakeDatabase.uid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.Decision;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.reconcile.Sender;
import io.twinroot.source.SourceMark;
import io.twinroot.store.KeptQuery;
import io.twinroot.store.KeptRow;
import io.twinroot.store.StoreKept;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One table of a database and its mirror, on a real store. A scan is made by the test, and no thread does anything. */
final class MirrorTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 100;

    @TempDir
    private Path directory;

    private final FakeDatabase database = new FakeDatabase();
    private Config.Source.Changes changes = Config.Source.Changes.SCAN;

    @SuppressWarnings("NullAway.Init") // set before each test
    private StoreReplicas replicas;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Mirrors mirrors;

    @BeforeEach
    void aHundredRows() {
        for (int i = 0; i < ROWS; i++) {
            database.put(i, 0);
        }
        open();
    }

    @AfterEach
    void close() {
        mirrors.close();
        replicas.close();
    }

    private void open() {
        replicas = StoreReplicas.open(directory.resolve("node"), StoreReplicas.options(Salt.PUBLISHED));
        replicas.create(TABLE, TableRules.DEFAULT).close();
        Config.Source source = new Config.Source(
                "sqlite:fake?table=orders", null, Duration.ofHours(1), changes, 0, OptionalLong.empty(), 50);
        Config plain = Config.of(directory.resolve("node"), 0, List.of());
        Config config = new Config(
                plain.data(),
                plain.listen(),
                null,
                List.of(new Config.Table(TABLE, TableRules.DEFAULT, true, ConflictPolicy.NEWEST, source)),
                List.of(),
                plain.limits(),
                plain.store(),
                plain.scrub());
        mirrors = Mirrors.of(replicas.store(), config, database, InstantSource.system());
    }

    private void restart() {
        close();
        open();
    }

    private Mirror mirror() {
        return mirrors.all().getFirst();
    }

    private void scan() {
        mirror().ask();
        mirror().turn();
    }

    private Map<Uid, Value.Mapping> mirrored() {
        Map<Uid, Value.Mapping> rows = new TreeMap<>();
        try (Replica table = replicas.table(TABLE);
                RowCursor cursor = table.rows(UidRange.ALL)) {
            while (cursor.hasNext()) {
                Row.Live row = (Row.Live) cursor.next().row();
                rows.put(row.uid(), ((Body.Fields) row.body()).fields());
            }
        }
        return rows;
    }

    private void assertAgree() {
        assertEquals(database.all(), mirrored());
    }

    private Outcome apply(Change change) {
        try (Replica table = replicas.table(TABLE)) {
            return table.apply(List.of(change)).getFirst();
        }
    }

    private static Change put(int number, int value) {
        return new Change.Put(uid(number), new Body.Fields(fields(value)), null, null);
    }

    private ProblemControl problems() {
        return mirrors.problems(() -> "http://here");
    }

    private ProblemView problem(ProblemView.Kind kind) {
        List<ProblemView> open = problems().list(false);
        assertEquals(1, open.size(), open::toString);
        assertEquals(kind, open.getFirst().kind());
        return open.getFirst();
    }

    private void trust(boolean isDatabase) {
        String id = problem(ProblemView.Kind.SUSPECT).id();
        assertTrue(problems().decide(id, new Decision.Trust(isDatabase)).isPresent());
        scan();
    }

    /** What another copy of the mirror would send of a row. */
    private RowData copied(int number) {
        try (Replica table = replicas.table(TABLE);
                RowCursor cursor = table.fetch(List.of(uid(number)))) {
            return cursor.next();
        }
    }

    /** A write of a row at another node, which has seen the row that is here. */
    private RowData writtenElsewhere(int number, int value) {
        RowData here = copied(number);
        try (StoreReplicas other =
                StoreReplicas.open(directory.resolve("other"), StoreReplicas.options(Salt.PUBLISHED))) {
            try (Replica table = other.create(TABLE, TableRules.DEFAULT)) {
                table.apply(List.of(new Change.Replicate(here, null)));
                table.apply(List.of(put(number, value)));
                try (RowCursor cursor = table.fetch(List.of(uid(number)))) {
                    return cursor.next();
                }
            }
        }
    }

    private Outcome replicate(RowData data) {
        try (Replica table = replicas.table(TABLE)) {
            return table.apply(List.of(new Change.Replicate(data, null)), Sender.feed(Context.EMPTY))
                    .getFirst();
        }
    }

    private List<KeptRow> kept(KeptRow.Kind kind) {
        return replicas.store().kept().list(KeptQuery.of(Set.of(kind)));
    }

    @Test
    void theFirstScanTakesAllRows() {
        scan();
        assertAgree();
        assertEquals(ROWS, mirrored().size());
    }

    @Test
    void rowsThatComeInTheDatabasesOwnOrderAreTakenToo() {
        database.ordered = false;
        scan();
        database.put(3, 1);
        database.put(ROWS, 1);
        scan();
        assertAgree();
    }

    @Test
    void aLaterScanTakesWhatIsNewAndChangedAndGone() {
        scan();
        Row before = copied(4).row();
        database.put(3, 1);
        database.delete(5);
        database.put(ROWS, 7);
        scan();
        assertAgree();
        assertEquals(before, copied(4).row(), "a row that did not change has the stamp that it had");
        assertEquals(
                List.of(uid(5)),
                kept(KeptRow.Kind.DELETED).stream().map(KeptRow::uid).toList());
        assertEquals(List.of(), problems().list(false));
    }

    @Test
    void aScanOfAnEqualTableWritesNothing() {
        scan();
        String root = replicas.tables().getFirst().toString();
        long clock = replicas.store().clock();
        scan();
        assertEquals(root, replicas.tables().getFirst().toString());
        assertEquals(clock, replicas.store().clock());
    }

    @Test
    void aRowThatMovesAfterItWasScannedIsTakenAsItIsThen() {
        scan();
        database.put(3, 1);
        database.put(4, 1);
        database.afterScan = () -> {
            database.put(3, 2);
            database.put(4, 0);
        };
        scan();
        assertAgree();
    }

    @Test
    void aWriteGoesToTheDatabaseFirst() {
        scan();
        assertInstanceOf(Outcome.Applied.class, apply(put(3, 9)));
        assertInstanceOf(Outcome.Applied.class, apply(new Change.Delete(uid(4), null)));
        assertInstanceOf(Outcome.Applied.class, apply(put(ROWS, 9)));
        assertEquals(fields(9), database.all().get(uid(3)));
        assertFalse(database.all().containsKey(uid(4)));
        assertAgree();
    }

    @Test
    void manyChangesOfOneRowInOneBatchAllGoThere() {
        scan();
        try (Replica table = replicas.table(TABLE)) {
            table.apply(List.of(put(3, 1), put(3, 2), new Change.Delete(uid(3), null), put(3, 4)));
        }
        assertEquals(fields(4), database.all().get(uid(3)));
        assertAgree();
    }

    @Test
    void whatTheDatabaseRefusesIsNotInTheMirrorEither() {
        scan();
        database.refused.add(uid(3));
        Outcome.Refused refused = assertInstanceOf(Outcome.Refused.class, apply(put(3, 9)));
        assertTrue(refused.reason().contains("a trigger says no"), refused.reason());
        assertInstanceOf(Outcome.Refused.class, apply(new Change.Flag(uid(4), "f", List.of("on"), List.of(), null)));
        assertAgree();
    }

    @Test
    void aWriteWhileTheDatabaseIsDownIsInNeither() {
        scan();
        Map<Uid, Value.Mapping> before = mirrored();
        database.down = true;
        ReplicaException refused = assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        assertTrue(String.valueOf(refused.getMessage()).contains("shop/orders"), refused.getMessage());
        assertEquals(before, mirrored());
        database.down = false;
        assertAgree();
    }

    @Test
    void nothingIsWrittenBeforeTheFirstScan() {
        assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        assertEquals(fields(0), database.all().get(uid(3)));
    }

    @Test
    void aDatabaseThatIsDownIsAProblemUntilItIsThere() {
        database.down = true;
        scan();
        assertTrue(problem(ProblemView.Kind.SOURCE).text().contains("refused"));
        String id = problem(ProblemView.Kind.SOURCE).id();
        scan();
        assertEquals(id, problem(ProblemView.Kind.SOURCE).id());
        database.down = false;
        scan();
        assertEquals(List.of(), problems().list(false));
        assertAgree();
    }

    @Test
    void aConnectionThatBreaksAfterTheWriteLosesNothing() {
        scan();
        database.breaksAfterWriting = true;
        assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        assertEquals(fields(9), database.all().get(uid(3)));
        assertEquals(fields(0), mirrored().get(uid(3)));
        restart(); // and a crash: what the mirror does not know is a write of the database
        scan();
        assertAgree();
        assertEquals(fields(9), mirrored().get(uid(3)));
    }

    @Test
    void whatTheDatabaseWroteMeanwhileIsTakenBeforeWhatComesFromElsewhere() {
        scan();
        RowData theirs = writtenElsewhere(3, 9);
        database.put(3, 5);
        replicate(theirs);
        assertAgree();
        assertEquals(fields(5), mirrored().get(uid(3)), "the database's write came last");
        assertEquals(
                List.of(uid(3)),
                kept(KeptRow.Kind.CONFLICT).stream().map(KeptRow::uid).toList());
    }

    @Test
    void aUsersWriteThatExpectsWhatTheDatabaseHasNoMoreIsNotMade() {
        scan();
        try (Replica table = replicas.table(TABLE)) {
            Change guarded = new Change.Put(
                    uid(3),
                    new Body.Fields(fields(9)),
                    null,
                    table.states(List.of(uid(3))).getFirst());
            database.beforeWriting = () -> database.put(3, 5);
            assertInstanceOf(
                    Outcome.ChangedMeanwhile.class,
                    table.apply(List.of(guarded)).getFirst());
        }
        assertEquals(fields(5), database.all().get(uid(3)));
        assertAgree();
    }

    @Test
    void aRowThatIsGoneFromTheDatabaseIsNotWrittenBeforeAScan() {
        scan();
        database.delete(3);
        assertInstanceOf(Outcome.Refused.class, apply(put(3, 9)));
        assertFalse(database.all().containsKey(uid(3)));
        assertTrue(mirrored().containsKey(uid(3)), "a delete is believed only after a scan");
        scan();
        assertAgree();
        assertInstanceOf(Outcome.Applied.class, apply(put(3, 9)));
        assertAgree();
    }

    @Test
    void whatAPersonDecidesAndRestoresGoesToTheDatabaseToo() {
        scan();
        RowData theirs = writtenElsewhere(3, 9);
        database.put(3, 5);
        replicate(theirs);
        String conflict = kept(KeptRow.Kind.CONFLICT).getFirst().id();
        replicas.store().kept().resolve(conflict, new StoreKept.Choice.Theirs(), Optional.empty());
        assertEquals(fields(9), database.all().get(uid(3)));
        apply(new Change.Delete(uid(4), null));
        replicas.store().kept().restore(kept(KeptRow.Kind.DELETED).getFirst().id(), Optional.empty());
        assertEquals(fields(0), database.all().get(uid(4)));
        assertAgree();
    }

    @Test
    void anEmptiedDatabaseDeletesNothing() {
        scan();
        Map<Uid, Value.Mapping> before = mirrored();
        database.become(Map.of());
        scan();
        assertEquals(before, mirrored());
        ProblemView problem = problem(ProblemView.Kind.SUSPECT);
        assertTrue(problem.text().contains("lacks 100"), problem.text());
        assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        restart();
        assertEquals(problem.id(), problem(ProblemView.Kind.SUSPECT).id());
        assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        scan();
        assertEquals(before, mirrored());
        assertEquals(Map.of(), database.all());
    }

    @Test
    void fewRowsThatChangeAreNoReasonOfAnyDistrustAndManyAre() {
        scan();
        for (int i = 0; i < 50; i++) {
            database.put(i, 1);
        }
        scan();
        assertAgree();
        for (int i = 0; i < 51; i++) {
            database.put(i, 2);
        }
        scan();
        assertTrue(problem(ProblemView.Kind.SUSPECT).text().contains("maxChanges"));
    }

    @Test
    void theMirrorIsWrittenBackWhereAPersonSaysSo() {
        scan();
        Map<Uid, Value.Mapping> before = mirrored();
        database.become(Map.of());
        database.put(3, 5); // the application went on
        database.put(ROWS + 1, 5);
        scan();
        trust(false);
        assertEquals(List.of(), problems().list(false));
        Map<Uid, Value.Mapping> expected = new TreeMap<>(before);
        expected.put(uid(ROWS + 1), fields(5));
        assertEquals(expected, database.all());
        assertAgree();
        List<KeptRow> overwritten = kept(KeptRow.Kind.OVERWRITTEN);
        assertEquals(List.of(uid(3)), overwritten.stream().map(KeptRow::uid).toList());
        Row lost = replicas.store()
                .kept()
                .get(overwritten.getFirst().id())
                .orElseThrow()
                .data()
                .row();
        assertEquals(new Body.Fields(fields(5)), ((Row.Live) lost).body());
        replicas.store().kept().restore(overwritten.getFirst().id(), Optional.empty());
        assertEquals(fields(5), database.all().get(uid(3)));
        assertAgree();
    }

    @Test
    void whatTheMirrorCannotWriteBackStaysAProblem() {
        scan();
        database.become(Map.of());
        database.refused.add(uid(7));
        scan();
        trust(false);
        assertEquals(
                Set.of(ProblemView.Kind.SUSPECT, ProblemView.Kind.SOURCE),
                Set.copyOf(
                        problems().list(false).stream().map(ProblemView::kind).toList()));
        assertEquals(ROWS - 1, database.all().size());
        assertEquals(ROWS, mirrored().size());
    }

    @Test
    void theDatabaseIsTakenOverWhereAPersonSaysSo() {
        scan();
        database.become(Map.of(uid(3), fields(5)));
        scan();
        trust(true);
        assertEquals(List.of(), problems().list(false));
        assertEquals(
                ProblemView.State.RESOLVED, problems().list(true).getFirst().state());
        assertAgree();
        assertEquals(1, mirrored().size());
        assertEquals(ROWS - 1, kept(KeptRow.Kind.DELETED).size());
    }

    @Test
    void whatWasDecidedIsOnlyWhatWasSeen() {
        scan();
        for (int i = 0; i < 20; i++) {
            database.delete(i);
        }
        scan();
        String id = problem(ProblemView.Kind.SUSPECT).id();
        assertTrue(problems().decide(id, new Decision.Trust(true)).isPresent());
        database.become(Map.of());
        scan();
        assertEquals(ROWS, mirrored().size());
        assertTrue(problem(ProblemView.Kind.SUSPECT).text().contains("lacks 100"));
    }

    @Test
    void aDatabaseThatAgreesAgainIsNotSuspectAnyMore() {
        scan();
        Map<Uid, Value.Mapping> whole = database.all();
        database.become(Map.of());
        scan();
        database.become(whole);
        scan();
        assertEquals(List.of(), problems().list(false));
        assertEquals(ProblemView.State.HEALED, problems().list(true).getFirst().state());
        assertInstanceOf(Outcome.Applied.class, apply(put(3, 9)));
    }

    @Test
    void anotherServerIsNotBelievedWhereAnythingDiffers() {
        database.mark = new SourceMark("one", "1", "0100");
        scan();
        database.mark = new SourceMark("two", "1", "0100");
        scan();
        assertEquals(List.of(), problems().list(false), "it has all that the mirror has");
        database.mark = new SourceMark("two", "1", "0090");
        database.put(3, 1);
        restart();
        scan();
        assertTrue(problem(ProblemView.Kind.SUSPECT).text().contains("before where it stood"));
        assertEquals(fields(0), mirrored().get(uid(3)));
        trust(true);
        assertAgree();
        database.put(4, 1);
        scan();
        assertEquals(List.of(), problems().list(false));
        database.mark = new SourceMark("two", "2", "0200");
        database.put(5, 1);
        scan();
        assertTrue(problem(ProblemView.Kind.SUSPECT).text().contains("timeline"));
    }

    @Test
    void rowsThatAreAsTheyWereBeforeAreNotBelieved() {
        scan();
        Map<Uid, Value.Mapping> older = database.all();
        for (int i = 0; i < 20; i++) {
            database.put(i, 1);
        }
        scan();
        database.become(older);
        scan();
        ProblemView problem = problem(ProblemView.Kind.SUSPECT);
        assertTrue(problem.text().contains("20 of these as they were before"), problem.text());
        assertEquals(fields(1), mirrored().get(uid(3)));
    }

    @Test
    void rowsThatWereDeletedAndAreBackAreNotBelieved() {
        scan();
        Map<Uid, Value.Mapping> older = database.all();
        for (int i = 0; i < 10; i++) {
            database.delete(i);
        }
        scan();
        for (int i = 10; i < 19; i++) {
            database.delete(i);
        }
        scan();
        assertEquals(81, mirrored().size());
        database.become(older);
        scan();
        assertTrue(problem(ProblemView.Kind.SUSPECT).text().contains("19 that had been deleted"));
        assertEquals(81, mirrored().size());
    }

    @Test
    void aDatabaseThatWasSetBackIsNotBelievedRowByRow() {
        scan();
        Map<Uid, Value.Mapping> older = database.all();
        for (int i = 0; i < 20; i++) {
            database.put(i, 1);
        }
        scan();
        RowData theirs = writtenElsewhere(3, 9);
        database.become(older);
        assertInstanceOf(Outcome.Refused.class, replicate(theirs));
        assertEquals(fields(1), mirrored().get(uid(3)));
        assertEquals(fields(0), database.all().get(uid(3)));
    }

    @Test
    void rowsThatAreHintedAreTakenWithoutAScan() {
        changes = Config.Source.Changes.TRIGGERS;
        restart();
        database.hinted = List.of();
        scan();
        int scans = database.scans.get();
        database.put(3, 1);
        database.delete(4);
        database.hinted = List.of(uid(3), uid(4), uid(5), uid(ROWS));
        mirror().turn();
        assertAgree();
        assertEquals(scans, database.scans.get());
        assertEquals(List.of(), database.hinted);
    }

    @Test
    void hintsThatWouldDeleteMuchAreScannedFirst() {
        changes = Config.Source.Changes.TRIGGERS;
        restart();
        database.hinted = List.of();
        scan();
        database.become(Map.of());
        database.hinted = IntStream.range(0, 11).mapToObj(FakeDatabase::uid).toList();
        mirror().turn();
        assertEquals(ROWS, mirrored().size());
        mirror().turn();
        assertEquals(ProblemView.Kind.SUSPECT, problem(ProblemView.Kind.SUSPECT).kind());
        assertEquals(ROWS, mirrored().size());
    }

    @Test
    void whereNothingTellsChangesScansGoOn() {
        changes = Config.Source.Changes.SLOT;
        restart();
        scan();
        mirror().turn();
        assertTrue(problem(ProblemView.Kind.SOURCE).text().contains("nothing that tells"));
        database.put(3, 1);
        scan();
        assertAgree();
        assertTrue(problem(ProblemView.Kind.SOURCE).text().contains("nothing that tells"));
        database.hinted = List.of();
        mirror().turn();
        assertTrue(mirror().trouble().isEmpty());
    }

    @Test
    void aMirrorIsReadOnlyWithoutItsNode() {
        scan();
        close();
        replicas = StoreReplicas.open(directory.resolve("node"), StoreReplicas.options(Salt.PUBLISHED));
        ReplicaException refused = assertThrows(ReplicaException.class, () -> apply(put(3, 9)));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("mirrors a table of a database"), refused.getMessage());
        assertEquals(ROWS, mirrored().size());
        replicas.close();
        open();
        assertInstanceOf(Outcome.Applied.class, apply(put(3, 9)));
    }

    @Test
    void aRowThatCannotBeTakenIsAProblemAndTheOthersAreTaken() {
        database.become(Map.of(
                uid(1),
                fields(1),
                uid(2),
                Value.Mapping.of(Map.of("v", new Value.Text("x".repeat(Body.MAX_FIELDS_BYTES))))));
        scan();
        assertTrue(problem(ProblemView.Kind.SOURCE).text().contains("limit"));
        assertEquals(Map.of(uid(1), fields(1)), mirrored());
        assertFalse(
                Objects.requireNonNull(mirror().state().scanned()).toString().isEmpty());
    }
}
