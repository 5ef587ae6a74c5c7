package io.twinroot.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was appended is read back, whole batches only, and nothing broken passes. */
final class ChangeLogTest {
    private static final Incarnation INCARNATION = new Incarnation(1, 2);

    @TempDir
    Path directory;

    private int lives;

    private ChangeLog open(Disk disk, long segmentBytes) {
        return ChangeLog.open(directory, disk, options(new Incarnation(7, ++lives), segmentBytes), null);
    }

    private static LogOptions options(Incarnation incarnation, long segmentBytes) {
        return new LogOptions(incarnation, segmentBytes, LogOptions.Sync.ALWAYS, () -> 1_800_000_000_000L);
    }

    private ChangeLog open() {
        return open(FaultyDisk.quick(), 1 << 20);
    }

    private static Frame frame(int i) {
        byte[] body = new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(i)))).encoded();
        return new Frame.Put(1, Uid.ofText("row" + i), new Stamp(i, INCARNATION, i + 1), Past.NONE, body, null);
    }

    private static List<Frame> batch(int from, int size) {
        List<Frame> batch = new ArrayList<>();
        for (int i = from; i < from + size; i++) {
            batch.add(frame(i));
        }
        return batch;
    }

    /** What a scan of everything finds. */
    private record Scanned(List<String> uids, List<Damage> damages) {
        static Scanned of(ChangeLog log) {
            Scanned scanned = new Scanned(new ArrayList<>(), new ArrayList<>());
            log.scanAll(new ChangeLog.Visitor() {
                @Override
                public void frame(LogPosition at, int bytes, Frame frame) {
                    if (frame instanceof Frame.Put put) {
                        scanned.uids.add(put.uid().toString());
                    }
                }

                @Override
                public void damage(Damage damage) {
                    scanned.damages.add(damage);
                }
            });
            return scanned;
        }
    }

    private static List<String> uids(ChangeLog log) {
        Scanned scanned = Scanned.of(log);
        assertEquals(List.of(), scanned.damages);
        return scanned.uids;
    }

    /** As the folder is after a kill: nothing says where the log was closed. */
    private void forgetTheClosing() throws IOException {
        Catalog catalog = Catalog.decode(Files.readAllBytes(directory.resolve(Catalog.NAME)));
        Files.write(directory.resolve(Catalog.NAME), catalog.closed(null).encoded());
    }

    private static List<String> rows(int count) {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add("row" + i);
        }
        return rows;
    }

    private Path last() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".seg"))
                    .sorted()
                    .toList()
                    .getLast();
        }
    }

    @Test
    void readsWhatWasAppended() {
        TableRules rules = TableRules.excluding(List.of("seen", "at"));
        Frame define = new Frame.DefineTable(7, new TableName("a/b"), rules);
        Frame delete = new Frame.Delete(7, Uid.ofText("x"), new Stamp(5, INCARNATION, 6), Past.NONE);
        Stamp stamp = new Stamp(6, INCARNATION, 7);
        Stamp earlier = new Stamp(4, new Incarnation(9, 9), 2);
        Marks marks = Marks.of(
                earlier,
                new TreeMap<>(Map.of(
                        Marks.Part.flag("flags", "\\Seen"),
                        new Marks.Mark(stamp, true),
                        Marks.Part.field("fä"),
                        new Marks.Mark(earlier, false))));
        Frame.Put blob = new Frame.Put(
                7, Uid.ofText("y"), stamp, new Past(List.of(earlier), marks), new byte[] {1, 2}, new byte[] {3, 4, 5});
        Frame gone = new Frame.Delete(7, Uid.ofText("z"), stamp, new Past(List.of(earlier), Marks.NONE));
        Frame seen = new Frame.Seen(7, earlier);
        Context.Editor context = Context.EMPTY.edit();
        context.addUpTo(INCARNATION, 12);
        context.add(earlier);
        Frame known = new Frame.Known(7, context.context());
        long[] at;
        try (ChangeLog log = open()) {
            at = log.append(List.of(List.of(define, delete), List.of(blob), List.of(gone, seen, known)))
                    .positions();
        }
        try (ChangeLog log = open()) {
            assertEquals(define, log.read(LogPosition.unpack(at[0]), log.hold()));
            assertEquals(delete, log.read(LogPosition.unpack(at[1]), log.hold()));
            Frame.Put read = (Frame.Put) log.read(LogPosition.unpack(at[2]), log.hold());
            assertEquals(blob.uid(), read.uid());
            assertEquals(blob.past(), read.past());
            assertEquals(gone, log.read(LogPosition.unpack(at[3]), log.hold()));
            assertEquals(seen, log.read(LogPosition.unpack(at[4]), log.hold()));
            assertEquals(known, log.read(LogPosition.unpack(at[5]), log.hold()));
            assertEquals(
                    List.of((byte) 3, (byte) 4, (byte) 5), List.of(read.blob()[0], read.blob()[1], read.blob()[2]));
            assertEquals(0, log.cut().bytes());
        }
    }

    @Test
    void segmentsFollowEachOther() throws IOException {
        for (int round = 0; round < 4; round++) {
            try (ChangeLog log = open(FaultyDisk.quick(), 500)) {
                for (int i = 0; i < 10; i++) {
                    log.append(List.of(batch(round * 20 + i * 2, 2)));
                }
                assertEquals(rows(round * 20 + 20), uids(log));
            }
        }
        assertTrue(last().getFileName().toString().compareTo("0000000005.seg") > 0);
    }

    @Test
    void aTailTornAtAnyByteIsCutToTheLastWholeBatch() throws IOException {
        long before;
        long end;
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 3)));
            before = log.end().offset();
            log.append(List.of(batch(3, 3)));
            end = log.end().offset();
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        long mark = before + FrameCodec.HEAD + 1 + Long.BYTES;
        for (int length = (int) before; length <= end; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            forgetTheClosing();
            int expected = length == end ? 6 : 3;
            try (ChangeLog log = open()) {
                assertEquals(rows(expected), uids(log), "cut to " + length);
                long good = length == end ? end : length >= mark ? mark : before;
                assertEquals(length - good, log.cut().bytes(), "cut to " + length);
                assertEquals(good, log.end().offset());
                assertEquals(good, Files.size(file));
                log.append(List.of(batch(expected, 1)));
                assertEquals(rows(expected + 1), uids(log));
                assertEquals("0000000002.seg", last().getFileName().toString());
            }
            Files.delete(last());
        }
    }

    @Test
    void aTailThatIsShorterThanAtTheClosingIsDamage() throws IOException {
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 3)));
            log.append(List.of(batch(3, 3)));
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        byte[] catalog = Files.readAllBytes(directory.resolve(Catalog.NAME));
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            Files.write(directory.resolve(Catalog.NAME), catalog);
            try (ChangeLog log = open()) {
                Scanned scanned = Scanned.of(log);
                assertTrue(scanned.damages.getLast().why().contains("the file ends here"), "cut to " + length);
                assertEquals(0, log.cut().bytes());
                assertEquals(length, Files.size(file));
                assertEquals(rows(scanned.uids.size()), scanned.uids);
            }
        }
        Files.delete(file);
        Files.write(directory.resolve(Catalog.NAME), catalog);
        try (ChangeLog log = open()) {
            assertTrue(Scanned.of(log).damages.getFirst().why().contains("is missing"));
            log.append(List.of(batch(6, 1)));
            assertEquals(List.of("row6"), Scanned.of(log).uids);
        }
    }

    @Test
    void aWrongHintCutsNothing() {
        long end;
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 3)));
            log.append(List.of(batch(3, 3)));
            end = log.end().offset();
        }
        for (long hint = 0; hint < end + 100; hint++) {
            LogPosition known = new LogPosition(1, hint);
            try (ChangeLog log = ChangeLog.open(directory, FaultyDisk.quick(), options(INCARNATION, 1 << 20), known)) {
                assertEquals(rows(6), uids(log), "hint " + hint);
                assertEquals(0, log.cut().bytes());
            }
        }
    }

    @Test
    void aTornTailMayHoldAnything() throws IOException {
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 3)));
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        byte[] longer = java.util.Arrays.copyOf(whole, whole.length + 5000); // zeros, as after a loss of power
        Files.write(file, longer);
        forgetTheClosing();
        try (ChangeLog log = open()) {
            assertEquals(rows(3), uids(log));
            assertEquals(5000, log.cut().bytes());
        }
    }

    @Test
    void aFlippedBitTakesOneRowAndNamesIt() throws IOException {
        long[] at = new long[5];
        try (ChangeLog log = open()) {
            for (int i = 0; i < 5; i++) {
                at[i] = log.append(List.of(batch(i, 1))).positions()[0];
            }
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        byte[] catalog = Files.readAllBytes(directory.resolve(Catalog.NAME));
        int lastMark = whole.length - FrameCodec.HEAD - 1 - Long.BYTES;
        for (int offset = 0; offset < whole.length; offset++) {
            boolean killed = offset % 3 == 0;
            byte[] flipped = whole.clone();
            flipped[offset] ^= (byte) (1 << (offset % 8));
            Files.write(file, flipped);
            Files.write(directory.resolve(Catalog.NAME), catalog);
            if (killed) {
                forgetTheClosing();
            }
            String where = "flipped at " + offset + ", killed " + killed;
            try (ChangeLog log = open()) {
                Scanned scanned = Scanned.of(log);
                if (killed && offset >= lastMark) { // nothing tells it from a torn write
                    assertEquals(whole.length - lastMark, log.cut().bytes(), where);
                    assertEquals(rows(5), scanned.uids, where);
                } else {
                    check(where, offset, at, log, scanned);
                    assertEquals(whole.length, Files.size(file), where);
                }
            }
        }
    }

    private static void check(String where, int offset, long[] at, ChangeLog log, Scanned scanned) {
        List<String> expected = rows(5);
        int row = -1;
        for (int i = 0; i < 5; i++) {
            int begin = (int) LogPosition.unpack(at[i]).offset();
            row = offset >= begin ? i : row;
        }
        int end = row < 0 ? 0 : (int) LogPosition.unpack(at[row]).offset() + 65;
        if (offset < SegmentHeader.LENGTH) {
            assertEquals(1, log.notes().size(), where);
            assertEquals(List.of(), scanned.damages, where);
        } else if (row < 0 || offset >= end) { // a mark
            assertEquals(1, scanned.damages.size(), where);
            assertTrue(!scanned.damages.getFirst().mayBeWrite(), where + scanned.damages);
        } else {
            Damage damage = scanned.damages.getFirst();
            assertEquals(1, scanned.damages.size(), where);
            assertEquals(expected.remove(row), String.valueOf(damage.row().uid()), where);
            assertEquals(LogPosition.unpack(at[row]), damage.at(), where);
            assertTrue(damage.mayBeWrite());
        }
        assertEquals(expected, scanned.uids, where);
    }

    @Test
    void whatManyFlippedBitsLeaveIsFoundAgain() throws IOException {
        long[] at = new long[5];
        try (ChangeLog log = open()) {
            for (int i = 0; i < 5; i++) {
                at[i] = log.append(List.of(batch(i, 1))).positions()[0];
            }
        }
        Path file = last();
        byte[] bytes = Files.readAllBytes(file);
        int from = (int) LogPosition.unpack(at[1]).offset();
        int to = (int) LogPosition.unpack(at[3]).offset();
        java.util.Arrays.fill(bytes, from + 3, to - 5, (byte) 0);
        Files.write(file, bytes);
        try (ChangeLog log = open()) {
            Scanned scanned = Scanned.of(log);
            assertEquals(List.of("row0", "row3", "row4"), scanned.uids);
            assertEquals(1, scanned.damages.size());
            assertEquals(null, scanned.damages.getFirst().row());
            assertEquals(LogPosition.unpack(at[1]), scanned.damages.getFirst().at());
            assertEquals(to - from, scanned.damages.getFirst().bytes());
        }
    }

    @Test
    void bytesThatLookLikeAFrameAreNone() throws IOException {
        java.nio.ByteBuffer fake = java.nio.ByteBuffer.allocate(4096);
        FrameCodec.write(fake, frame(66), true, 1, 4000);
        byte[] inside = java.util.Arrays.copyOf(fake.array(), fake.position());
        try (ChangeLog log = open()) {
            log.append(List.of(List.of(new Frame.Put(
                    1, Uid.ofText("blob"), new Stamp(1, INCARNATION, 1), Past.NONE, new byte[] {1}, inside))));
            log.append(List.of(batch(1, 1)));
        }
        byte[] bytes = Files.readAllBytes(last());
        java.util.Arrays.fill(bytes, SegmentHeader.LENGTH + 23, SegmentHeader.LENGTH + 60, (byte) 0);
        Files.write(last(), bytes);
        try (ChangeLog log = open()) {
            assertEquals(List.of("row1"), Scanned.of(log).uids);
            assertEquals(1, Scanned.of(log).damages.size());
        }
    }

    @Test
    void aFlippedBitIsFoundWhenTheFrameIsRead() throws IOException {
        try (ChangeLog log = open()) {
            long[] at = log.append(List.of(batch(0, 3))).positions();
            Path file = last();
            byte[] bytes = Files.readAllBytes(file);
            LogPosition position = LogPosition.unpack(at[1]);
            bytes[(int) position.offset() + 20] ^= 1;
            Files.write(file, bytes);
            LogException e = assertThrows(LogException.class, () -> log.read(position, log.hold()));
            assertEquals(LogException.Kind.DAMAGED, e.kind());
            assertTrue(e.getMessage().contains("offset " + position.offset()), e.getMessage());
            Frame.Put other = (Frame.Put) log.read(LogPosition.unpack(at[0]), log.hold());
            assertEquals("row0", other.uid().toString());
            Scanned scanned = Scanned.of(log);
            assertEquals(List.of("row0", "row2"), scanned.uids);
            assertEquals("row1", String.valueOf(scanned.damages.getFirst().row().uid()));
        }
    }

    @Test
    void whatCameBehindAnOldCatalogsEndIsNotPassedOver() throws IOException {
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 2)));
        }
        byte[] old = Files.readAllBytes(directory.resolve(Catalog.NAME));
        byte[] segment = Files.readAllBytes(last());
        try (ChangeLog log = open()) {
            log.append(List.of(batch(2, 2)));
        }
        Files.write(directory.resolve(Catalog.NAME), old); // somebody put back a copy of this file alone
        try (ChangeLog log = open()) {
            assertEquals(rows(4), uids(log));
        }
        Catalog early = Catalog.decode(old).closed(new LogPosition(1, SegmentHeader.LENGTH + 23));
        Files.write(directory.resolve("0000000001.seg"), segment);
        Files.delete(directory.resolve("0000000002.seg"));
        Files.write(directory.resolve(Catalog.NAME), early.encoded());
        try (ChangeLog log = open()) {
            assertEquals(rows(2), uids(log));
            assertTrue(
                    log.notes().getFirst().contains("has more than"),
                    log.notes().toString());
        }
    }

    @Test
    void anEarlierSegmentThatIsMissingOrShortIsNamed() throws IOException {
        try (ChangeLog log = open(FaultyDisk.quick(), 300)) {
            for (int i = 0; i < 12; i++) {
                log.append(List.of(batch(i, 1)));
            }
        }
        Path first = directory.resolve("0000000001.seg");
        byte[] bytes = Files.readAllBytes(first);
        Files.write(first, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        try (ChangeLog log = open()) {
            List<Damage> damages = Scanned.of(log).damages;
            assertEquals(2, damages.size());
            assertTrue(damages.getLast().why().contains("the file ends here, and " + bytes.length), damages.toString());
        }
        Files.delete(first);
        try (ChangeLog log = open()) {
            assertEquals(
                    "the whole segment is missing",
                    Scanned.of(log).damages.getFirst().why());
            assertEquals(1, Scanned.of(log).damages.getFirst().at().segment());
        }
        Files.write(first, bytes);
        Files.delete(directory.resolve("0000000003.seg"));
        try (ChangeLog log = open()) {
            Scanned scanned = Scanned.of(log);
            assertEquals(3, scanned.damages.getFirst().at().segment());
            assertEquals(1, scanned.damages.size());
            assertTrue(scanned.uids.contains("row0") && scanned.uids.contains("row11"), scanned.uids.toString());
        }
    }

    @Test
    void withoutACatalogAllSegmentsAreUsed() throws IOException {
        try (ChangeLog log = open(FaultyDisk.quick(), 300)) {
            for (int i = 0; i < 12; i++) {
                log.append(List.of(batch(i, 1)));
            }
        }
        byte[] catalog = Files.readAllBytes(directory.resolve(Catalog.NAME));
        for (int at = 0; at < catalog.length; at++) {
            byte[] flipped = catalog.clone();
            flipped[at] ^= 4;
            Files.write(directory.resolve(Catalog.NAME), flipped);
            try (ChangeLog log = open()) {
                assertEquals(2, log.notes().size(), "flipped at " + at);
                assertEquals(rows(12), uids(log));
            }
        }
        Files.delete(directory.resolve(Catalog.NAME));
        try (ChangeLog log = open()) {
            assertEquals(1, log.notes().size());
            assertEquals(rows(12), uids(log));
        }
        Files.delete(directory.resolve(Catalog.NAME));
        Files.delete(directory.resolve("0000000001.seg"));
        try (ChangeLog log = open()) {
            assertEquals(1, Scanned.of(log).damages.size());
        }
    }

    @Test
    void baseSegmentsComeFirstAndTakeThePlaceOfWhatTheyCover() throws IOException {
        try (ChangeLog log = open(FaultyDisk.quick(), 300)) {
            for (int i = 0; i < 6; i++) {
                log.append(List.of(batch(i, 1)));
            }
            Segments before = log.hold();
            LogPosition old = new LogPosition(1, SegmentHeader.LENGTH + FrameCodec.HEAD + 1 + Long.BYTES);
            assertEquals("row0", ((Frame.Put) log.read(old, before)).uid().toString());
            long first = log.roll();
            log.append(List.of(batch(6, 1)));
            long copy;
            try (BaseWriter base = log.newBase()) {
                copy = base.add(frame(0));
                base.add(frame(1));
                base.finish();
                log.add(base);
            }
            log.drop(List.of(), first);
            assertEquals(List.of("row0", "row1", "row6"), uids(log));
            assertEquals(
                    "row0",
                    ((Frame.Put) log.read(LogPosition.unpack(copy), log.hold()))
                            .uid()
                            .toString());
            // Who held the segments from before still reads them, also after an interrupt.
            Thread.currentThread().interrupt();
            assertEquals("row0", ((Frame.Put) log.read(old, before)).uid().toString());
            assertTrue(Thread.interrupted());
            assertThrows(LogException.class, () -> log.read(old, log.hold()));
            try (BaseWriter abandoned = log.newBase()) {
                abandoned.add(frame(9));
            }
        }
        Files.write(directory.resolve("0000000009.base"), new byte[70]); // of a compaction that was killed
        Files.write(directory.resolve("0000000010.base.tmp"), new byte[70]);
        try (ChangeLog log = open()) {
            assertEquals(List.of("row0", "row1", "row6"), uids(log));
            assertEquals(List.of(), log.notes());
            try (var files = Files.list(directory)) {
                assertEquals(
                        List.of("0000000001.base", "CATALOG"),
                        files.map(file -> file.getFileName().toString())
                                .filter(name -> !name.endsWith(".seg"))
                                .sorted()
                                .toList());
            }
        }
    }

    @Test
    void atIntervalsNothingIsForcedUntilItIsAskedFor() {
        FaultyDisk disk = FaultyDisk.quick();
        LogOptions options = new LogOptions(INCARNATION, 1 << 20, LogOptions.Sync.INTERVAL, () -> 5);
        try (ChangeLog log = ChangeLog.open(directory, disk, options, null)) {
            int before = disk.forced.get();
            log.append(List.of(batch(0, 2)));
            log.append(List.of(batch(2, 2)));
            assertTrue(log.isUnforced());
            assertEquals(before, disk.forced.get());
            log.sync();
            assertEquals(before + 1, disk.forced.get());
            assertTrue(!log.isUnforced());
            log.append(List.of(batch(4, 1)));
            disk.failsForce = true;
            assertThrows(LogException.class, log::sync);
            assertThrows(LogException.class, () -> log.append(List.of(batch(5, 1))));
            assertThrows(LogException.class, log::sync);
            disk.failsForce = false;
            log.append(List.of(batch(5, 1)));
            // What could not be forced is in the new segment once more.
            assertEquals(List.of("row0", "row1", "row2", "row3", "row4", "row4", "row5"), uids(log));
        }
    }

    @Test
    void anotherFormatIsRefused() throws IOException {
        open().close();
        byte[] bytes = Files.readAllBytes(last());
        bytes[9] = 5;
        bytes[30] ^= 1;
        Files.write(last(), bytes);
        LogException e = assertThrows(LogException.class, this::open);
        assertEquals(LogException.Kind.FORMAT, e.kind());
        assertTrue(e.getMessage().contains("format 5"), e.getMessage());
    }

    @Test
    void aSegmentThatWasHardlyBegunIsDropped() throws IOException {
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 2)));
        }
        forgetTheClosing();
        byte[] header = java.util.Arrays.copyOf(Files.readAllBytes(last()), 30);
        Files.write(directory.resolve("0000000002.seg"), header);
        try (ChangeLog log = open()) {
            assertEquals(rows(2), uids(log));
            assertEquals(30, log.cut().bytes());
        }
        assertEquals("0000000001.seg", last().getFileName().toString());
    }

    @Test
    void aFullDiskRefusesTheBatchAndTakesTheNextOnceThereIsSpace() {
        FaultyDisk disk = FaultyDisk.quick();
        for (int space = 0; space < 300; space += 7) {
            try (ChangeLog log = open(disk, 1 << 20)) {
                int before = uids(log).size();
                disk.space = space;
                boolean done = true;
                try {
                    log.append(List.of(batch(before, 3)));
                } catch (LogException e) {
                    assertEquals(LogException.Kind.FULL, e.kind());
                    done = false;
                }
                disk.space = Long.MAX_VALUE;
                int now = before + (done ? 3 : 0);
                assertEquals(rows(now), uids(log));
                log.append(List.of(batch(now, 1)));
                assertEquals(rows(now + 1), uids(log));
            }
            try (ChangeLog log = open(disk, 1 << 20)) {
                assertEquals(0, log.cut().bytes());
            }
        }
    }

    @Test
    void aFileThatCannotBeForcedIsNotWrittenOn() throws IOException {
        FaultyDisk disk = FaultyDisk.quick();
        try (ChangeLog log = open(disk, 1 << 20)) {
            log.append(List.of(batch(0, 1)));
            disk.failsForce = true;
            assertEquals(
                    LogException.Kind.IO,
                    assertThrows(LogException.class, () -> log.append(List.of(batch(1, 2))))
                            .kind());
            assertEquals(rows(1), uids(log));
            assertThrows(LogException.class, () -> log.append(List.of(batch(1, 2))));
            disk.failsForce = false;
            log.append(List.of(batch(1, 2)));
            assertEquals(rows(3), uids(log));
            assertEquals("0000000002.seg", last().getFileName().toString());
        }
        try (ChangeLog log = open()) {
            assertEquals(rows(3), uids(log));
        }
    }

    @Test
    void whileTheTailCannotBeCutBackWritesAreRefusedAndReadsGoOn() {
        FaultyDisk disk = FaultyDisk.quick();
        try (ChangeLog log = open(disk, 1 << 20)) {
            log.append(List.of(batch(0, 1)));
            disk.space = 60;
            disk.failsTruncate = true;
            LogException e = assertThrows(LogException.class, () -> log.append(List.of(batch(1, 2))));
            assertTrue(e.getMessage().contains("refused until"), e.getMessage());
            disk.space = Long.MAX_VALUE;
            assertThrows(LogException.class, () -> log.append(List.of(batch(1, 2))));
            assertEquals(rows(1), uids(log));
            disk.failsTruncate = false;
            log.append(List.of(batch(1, 2)));
            assertEquals(rows(3), uids(log));
        }
        try (ChangeLog log = open()) {
            assertEquals(rows(3), uids(log));
        }
    }

    @Test
    void aSegmentThatCannotBeBegunIsTriedAgain() {
        FaultyDisk disk = FaultyDisk.quick();
        try (ChangeLog log = open(disk, 100)) {
            log.append(List.of(batch(0, 1)));
            disk.failsCreate = true;
            assertThrows(LogException.class, () -> log.append(List.of(batch(1, 1))));
            disk.failsCreate = false;
            disk.space = 20;
            assertThrows(LogException.class, () -> log.append(List.of(batch(1, 1))));
            disk.space = Long.MAX_VALUE;
            log.append(List.of(batch(1, 1)));
            assertEquals(rows(2), uids(log));
        }
        try (ChangeLog log = open()) {
            assertEquals(rows(2), uids(log));
            assertEquals(0, log.cut().bytes());
        }
    }
}
