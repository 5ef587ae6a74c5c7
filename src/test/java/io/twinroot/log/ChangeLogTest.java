package io.twinroot.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Body;
import io.twinroot.table.Incarnation;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was appended is read back, whole batches only, and nothing broken passes. */
final class ChangeLogTest {
    private static final Incarnation INCARNATION = new Incarnation(1, 2);

    @TempDir
    Path directory;

    private ChangeLog open(Disk disk, long segmentBytes) {
        return ChangeLog.open(directory, disk, INCARNATION, segmentBytes, true, null);
    }

    private ChangeLog open() {
        return open(FaultyDisk.quick(), 1 << 20);
    }

    private static Frame frame(int i) {
        byte[] body = new Body.Fields(Value.Mapping.of(Map.of("n", new Value.Int(i)))).encoded();
        return new Frame.Put(1, Uid.ofText("row" + i), new Stamp(i, INCARNATION, i + 1), body, null);
    }

    private static List<Frame> batch(int from, int size) {
        List<Frame> batch = new ArrayList<>();
        for (int i = from; i < from + size; i++) {
            batch.add(frame(i));
        }
        return batch;
    }

    private static List<String> uids(ChangeLog log) {
        List<String> uids = new ArrayList<>();
        log.scan(log.begin(), (at, frame) -> uids.add(((Frame.Put) frame).uid().toString()));
        return uids;
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
            return files.sorted().toList().getLast();
        }
    }

    @Test
    void readsWhatWasAppended() {
        TableRules rules = TableRules.excluding(List.of("seen", "at"));
        Frame define = new Frame.DefineTable(7, new TableName("a/b"), rules);
        Frame delete = new Frame.Delete(7, Uid.ofText("x"), new Stamp(5, INCARNATION, 6));
        Frame.Put blob = new Frame.Put(
                7, Uid.ofText("y"), new Stamp(6, INCARNATION, 7), new byte[] {1, 2}, new byte[] {3, 4, 5});
        long[] at;
        try (ChangeLog log = open()) {
            at = log.append(List.of(List.of(define, delete), List.of(blob)));
        }
        try (ChangeLog log = open()) {
            assertEquals(define, log.read(LogPosition.unpack(at[0])));
            assertEquals(delete, log.read(LogPosition.unpack(at[1])));
            Frame.Put read = (Frame.Put) log.read(LogPosition.unpack(at[2]));
            assertEquals(blob.uid(), read.uid());
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
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 3)));
            before = log.end().offset();
            log.append(List.of(batch(3, 3)));
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        long end = (long) whole.length - FrameCodec.HEAD - FrameCodec.MARK_PAYLOAD; // the closing mark
        for (int length = (int) before; length <= end; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            int expected = length == end ? 6 : 3;
            try (ChangeLog log = open()) {
                assertEquals(rows(expected), uids(log), "cut to " + length);
                long mark = before + FrameCodec.HEAD + FrameCodec.MARK_PAYLOAD;
                long good = length == end ? end : length >= mark ? mark : before;
                assertEquals(length - good, log.cut().bytes(), "cut to " + length);
                assertEquals(good, log.end().offset());
                assertEquals(good, Files.size(file));
                log.append(List.of(batch(expected, 1)));
                assertEquals(rows(expected + 1), uids(log));
            }
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
            try (ChangeLog log = ChangeLog.open(directory, FaultyDisk.quick(), INCARNATION, 1 << 20, true, known)) {
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
        try (ChangeLog log = open()) {
            assertEquals(rows(3), uids(log));
            assertEquals(5000, log.cut().bytes());
        }
    }

    @Test
    void aFlippedBitBeforeForcedBatchesIsNamedAndNotCut() throws IOException {
        try (ChangeLog log = open()) {
            for (int i = 0; i < 5; i++) {
                log.append(List.of(batch(i, 1)));
            }
        }
        Path file = last();
        byte[] whole = Files.readAllBytes(file);
        for (int at = SegmentHeader.LENGTH; at < whole.length - 40; at += 3) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(file, flipped);
            LogException e = assertThrows(LogException.class, this::open, "flipped at " + at);
            assertEquals(LogException.Kind.DAMAGED, e.kind());
            assertTrue(e.getMessage().contains("0000000001.seg is damaged at offset "), e.getMessage());
            assertEquals(whole.length, Files.size(file));
        }
    }

    @Test
    void aFlippedBitIsFoundWhenTheFrameIsRead() throws IOException {
        try (ChangeLog log = open()) {
            long[] at = log.append(List.of(batch(0, 3)));
            Path file = last();
            byte[] bytes = Files.readAllBytes(file);
            LogPosition position = LogPosition.unpack(at[1]);
            bytes[(int) position.offset() + 20] ^= 1;
            Files.write(file, bytes);
            LogException e = assertThrows(LogException.class, () -> log.read(position));
            assertEquals(LogException.Kind.DAMAGED, e.kind());
            assertTrue(e.getMessage().contains("offset " + position.offset()), e.getMessage());
            Frame.Put other = (Frame.Put) log.read(LogPosition.unpack(at[0]));
            assertEquals("row0", other.uid().toString());
            assertThrows(LogException.class, () -> uids(log));
        }
    }

    @Test
    void aDamagedEarlierSegmentIsNamed() throws IOException {
        try (ChangeLog log = open(FaultyDisk.quick(), 300)) {
            for (int i = 0; i < 12; i++) {
                log.append(List.of(batch(i, 1)));
            }
        }
        Path first = directory.resolve("0000000001.seg");
        byte[] bytes = Files.readAllBytes(first);
        Files.write(first, java.util.Arrays.copyOf(bytes, bytes.length - 1));
        assertEquals(
                LogException.Kind.DAMAGED,
                assertThrows(LogException.class, this::open).kind());
        Files.delete(first);
        LogException e = assertThrows(LogException.class, this::open);
        assertTrue(e.getMessage().contains("0000000001.seg is missing"), e.getMessage());
        Files.write(first, bytes);
        Files.delete(directory.resolve("0000000003.seg"));
        e = assertThrows(LogException.class, this::open);
        assertTrue(e.getMessage().contains("0000000003.seg is missing"), e.getMessage());
    }

    @Test
    void anotherFormatIsRefused() throws IOException {
        open().close();
        byte[] bytes = Files.readAllBytes(last());
        bytes[9] = 2;
        Files.write(last(), bytes);
        assertEquals(
                LogException.Kind.FORMAT,
                assertThrows(LogException.class, this::open).kind());
    }

    @Test
    void aSegmentThatWasHardlyBegunIsDropped() throws IOException {
        try (ChangeLog log = open()) {
            log.append(List.of(batch(0, 2)));
        }
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
