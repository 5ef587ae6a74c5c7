package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One bit of a store is not what was written, or one file is shorter: whichever file it is, no wrong row is
 * served, and nothing hangs or fails in another way than by naming the place.
 */
final class StoreFlipTest {
    private static final int ROWS = 90;
    private static final String ABSENT = "absent";
    private static final int HANGS_SECONDS = 60;

    /** What became of a store; the only good ends. */
    private enum End {
        /** It opened, said what it had found, and gave every row. */
        HEALED,
        /** It opened and gave every row: nothing needs what was damaged. */
        HARMLESS,
        /** It opened, and some row was refused with an error that names it. */
        ROW_NAMED,
        /** It opened, named what it lacks, and takes no writes until a person decides. */
        READ_ONLY,
        /** It did not open, and named the file. */
        REFUSED,
        /** It opened at an earlier moment, and said so. */
        EARLIER
    }

    @TempDir
    Path directory;

    private final Map<Path, byte[]> files = new TreeMap<>();
    private final Map<Uid, List<Object>> histories = new HashMap<>();
    private final Map<String, Integer> ends = new TreeMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private Digest root;
    private Path damaged;

    /** Fields, small and large blobs, deleted rows; several segments and files of the view. */
    @BeforeEach
    void fill() throws IOException {
        try (Store store = open(30_000)) {
            StoreTable table = StoreFixture.table(store);
            for (int round = 1; round <= 4; round++) {
                for (int from = 0; from < ROWS; from += 30) {
                    List<Change> batch = new ArrayList<>();
                    for (int i = from; i < from + 30; i += round) {
                        batch.add(i % 10 == round ? StoreFixture.delete(i) : StoreFixture.put(i, 1000L * round + i));
                    }
                    table.apply(batch);
                    remember(table.snapshot(), batch);
                }
                List<Change> blobs = new ArrayList<>();
                for (int size : new int[] {50, 3_000, 70_000}) {
                    byte[] bytes = new byte[size];
                    new Random(size + round).nextBytes(bytes);
                    blobs.add(StoreFixture.blobPut(Uid.ofText("blob-" + size + "-" + round / 2), bytes));
                }
                table.apply(blobs);
                remember(table.snapshot(), blobs);
            }
        }
        try (Store store = open(30_000)) {
            root = StoreFixture.check(StoreFixture.table(store).snapshot());
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(directory.relativize(file), Files.readAllBytes(file));
            }
        }
    }

    @AfterEach
    void end() {
        thread.shutdownNow();
        System.out.println("StoreFlipTest: " + ends);
    }

    private Store open(long overlayBytes) {
        return StoreFixture.open(directory, StoreFixture.options().sizes(overlayBytes, 4_000), FaultyDisk.quick());
    }

    private void remember(TableSnapshot snapshot, List<Change> batch) throws IOException {
        for (Change change : batch) {
            histories.computeIfAbsent(change.uid(), uid -> new ArrayList<>()).add(content(snapshot.row(change.uid())));
        }
    }

    /** What a row is, with all the bytes of a blob. */
    private static Object content(RowData data) throws IOException {
        BlobSource blob = data == null ? null : data.blob();
        if (blob == null) {
            return data == null ? ABSENT : data.row();
        }
        try (InputStream in = blob.open()) {
            return List.of(data.row(), Digest.sha256(in.readAllBytes()));
        }
    }

    @Test
    void aFlippedBitIsFoundOrHarmsNothing() throws Exception {
        flip(300, new Random(20261124));
    }

    @Test
    @Tag("long")
    void anyFlippedBitIsFoundOrHarmsNothing() throws Exception {
        flip(1_000, new Random(1));
    }

    @Test
    void aShorterFileIsFoundOrHarmsNothing() throws Exception {
        truncate(80, new Random(20261125));
    }

    @Test
    @Tag("long")
    void anyShorterFileIsFoundOrHarmsNothing() throws Exception {
        truncate(200, new Random(2));
    }

    private void flip(int count, Random random) throws Exception {
        for (int i = 0; i < count; i++) {
            Path file = any(random);
            byte[] bytes = files.get(file).clone();
            int at = random.nextInt(bytes.length);
            int bit = random.nextInt(8);
            bytes[at] ^= (byte) (1 << bit);
            boolean withoutView = random.nextInt(4) == 0 && file.startsWith("log");
            String what = "flip " + i + ": bit " + bit + " of byte " + at + " of " + file
                    + (withoutView ? ", and no view" : "");
            End end = tryOut(what, file, bytes, withoutView);
            assertTrue(end != End.EARLIER, what + ": acknowledged writes are gone");
            assertTrue(end != End.HARMLESS || !file.startsWith("view"), what + ": unseen");
        }
    }

    private void truncate(int count, Random random) throws Exception {
        for (int i = 0; i < count; i++) {
            Path file = any(random);
            byte[] bytes = files.get(file);
            int length = random.nextInt(4) == 0 ? 0 : random.nextInt(bytes.length);
            String what = "truncation " + i + ": " + file + " to " + length + " of " + bytes.length + " bytes";
            tryOut(what, file, Arrays.copyOf(bytes, length), false);
        }
    }

    @Test
    void whatIsInTheLockFileDoesNotMatter() throws Exception {
        byte[] some = new byte[1000];
        new Random(1).nextBytes(some);
        assertEquals(End.HARMLESS, tryOut("LOCK", Path.of("LOCK"), some, false));
    }

    /** A file that has bytes: of each kind as likely. */
    private Path any(Random random) {
        List<String> kinds = files.entrySet().stream()
                .filter(file -> file.getValue().length > 0)
                .map(file -> kind(file.getKey()))
                .distinct()
                .toList();
        String kind = kinds.get(random.nextInt(kinds.size()));
        List<Path> chosen = files.keySet().stream()
                .filter(file -> files.get(file).length > 0 && kind(file).equals(kind))
                .toList();
        return chosen.get(random.nextInt(chosen.size()));
    }

    private static String kind(Path file) {
        String name = file.getFileName().toString();
        return file.startsWith("blobs")
                ? "blob"
                : name.contains(".mapdb") || name.endsWith(".seg") ? name.substring(name.lastIndexOf('.')) : name;
    }

    private End tryOut(String what, Path file, byte[] bytes, boolean withoutView) throws Exception {
        restore();
        damaged = file;
        Files.write(directory.resolve(file), bytes);
        if (withoutView) {
            Files.delete(directory.resolve("view/MANIFEST"));
        }
        Future<End> running = thread.submit(() -> judge(what, file));
        End end;
        try {
            end = running.get(HANGS_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(what + ": it hangs", e);
        }
        ends.merge(kind(file) + " " + end, 1, Integer::sum);
        return end;
    }

    private void restore() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path found : all.filter(Files::isRegularFile).toList()) {
                if (!files.containsKey(directory.relativize(found))) {
                    Files.delete(found);
                }
            }
        }
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            boolean large = kind(file.getKey()).equals(".mapdb"); // and never changed by the store
            if (!large || file.getKey().equals(damaged) || Files.notExists(path)) {
                Files.write(path, file.getValue());
            }
        }
    }

    /** The one place that says what a store with something damaged may do. */
    private End judge(String what, Path file) throws IOException {
        Store opened;
        try {
            opened = open(4_000_000);
        } catch (StoreException e) {
            assertTrue(
                    e.kind() == StoreException.Kind.DAMAGED || e.kind() == StoreException.Kind.FORMAT, what + ": " + e);
            String message = String.valueOf(e.getMessage());
            boolean named = message.contains(file.getFileName().toString())
                    || (e.kind() == StoreException.Kind.FORMAT && message.contains(directory.toString()));
            assertTrue(named, what + " is not named: " + e);
            return End.REFUSED;
        }
        try (Store store = opened) {
            List<String> findings = store.recovery().findings();
            StoreTable table;
            try {
                table = store.table(StoreFixture.TABLE);
            } catch (StoreException e) {
                assertTrue(!findings.isEmpty(), what + ": the table is gone and nothing is said");
                return End.EARLIER;
            }
            TableSnapshot snapshot = table.snapshot();
            boolean refused = false;
            boolean earlier = false;
            for (Map.Entry<Uid, List<Object>> row : histories.entrySet()) {
                try {
                    Object found = content(snapshot.row(row.getKey()));
                    if (!found.equals(row.getValue().getLast())) {
                        earlier = true;
                        assertTrue(
                                found.equals(ABSENT) || row.getValue().contains(found),
                                what + ": row " + row.getKey() + " was never " + found);
                    }
                } catch (StoreException | IOException e) {
                    refused = true;
                    assertNames(what, e, file, row.getKey());
                }
            }
            if (isOpen(store.damages())) {
                assertTakesNoWrites(what, table);
                return End.READ_ONLY;
            }
            if (earlier) {
                assertTrue(!findings.isEmpty(), what + ": earlier rows and nothing is said");
                return End.EARLIER;
            }
            assertEquals(root, snapshot.root().root(), what);
            assertEquals(present(), scan(what, snapshot, refused), what);
            return refused ? End.ROW_NAMED : findings.isEmpty() ? End.HARMLESS : End.HEALED;
        }
    }

    private static boolean isOpen(List<StoreDamage> damages) {
        return damages.stream().anyMatch(damage -> damage.state() == StoreDamage.State.OPEN);
    }

    private static void assertTakesNoWrites(String what, StoreTable table) {
        Outcome outcome = StoreFixture.apply(table, StoreFixture.put(1, 1));
        assertTrue(outcome instanceof Outcome.Refused, what + ": a damaged table took a write: " + outcome);
    }

    private static void assertNames(String what, Exception e, Path file, Uid uid) {
        if (e instanceof StoreException known) {
            assertEquals(StoreException.Kind.DAMAGED, known.kind(), what + ": " + e);
        }
        String message = String.valueOf(e.getMessage());
        assertTrue(
                message.contains(file.getFileName().toString()) || message.contains(uid.toString()),
                what + ": row " + uid + " is not named: " + e);
    }

    /** Reads all rows and tombstones in order; the count, as expected where a damaged row stops it. */
    private int scan(String what, TableSnapshot snapshot, boolean mayStop) {
        int count = 0;
        try {
            var rows = snapshot.rows(UidRange.ALL);
            while (rows.hasNext()) {
                Row row = rows.next().row();
                assertEquals(liveRow(histories.get(row.uid()).getLast()), row, what);
                count++;
            }
        } catch (StoreException e) {
            if (!mayStop) {
                return fail(what + ": a scan found what no read of a row did", e);
            }
            return present();
        }
        var tombstones = snapshot.tombstones(UidRange.ALL);
        while (tombstones.hasNext()) {
            Row.Tombstone tombstone = tombstones.next();
            assertEquals(histories.get(tombstone.uid()).getLast(), tombstone, what);
            count++;
        }
        return count;
    }

    /** How many rows and tombstones there are. */
    private int present() {
        return (int) histories.values().stream()
                .filter(history -> !history.getLast().equals(ABSENT))
                .count();
    }

    private static Object liveRow(Object content) {
        return content instanceof List<?> blob ? blob.getFirst() : content;
    }
}
