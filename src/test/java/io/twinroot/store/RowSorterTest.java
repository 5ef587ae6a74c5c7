package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.Disk;
import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sorted map is the oracle, whatever the keys look like and however often the memory is full. */
final class RowSorterTest {
    private static final int[] MEMORIES = {1, 20_000, 300_000, 1 << 26};

    /** Keys that a sort can get wrong, and how they are made. */
    private static final Map<String, Function<Random, byte[]>> KEYS = Map.of(
            "numbers after a common beginning",
            random -> text(String.format("customer/%09d", random.nextInt(5000))),
            "two beginnings of different lengths",
            random -> text((random.nextBoolean() ? "order/" : "customer/of/") + random.nextInt(4000)),
            "random bytes",
            random -> bytes(random, 1 + random.nextInt(20), 256),
            "zeros and ones, prefixes of each other",
            random -> bytes(random, 1 + random.nextInt(24), 2),
            "zeros only",
            random -> new byte[1 + random.nextInt(60)],
            "one key",
            random -> text("the one"),
            "long, different at the end",
            random -> {
                byte[] key = new byte[ViewCodec.TABLE_BYTES + Uid.MAX_LENGTH];
                Arrays.fill(key, (byte) 0xff);
                key[key.length - 1 - random.nextInt(3)] = (byte) random.nextInt(256);
                return key;
            });

    @TempDir
    Path directory;

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Random random, int length, int values) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(values);
        }
        return bytes;
    }

    private static byte[] value(int i) {
        return ByteBuffer.allocate(4 + i % 3 * 20).putInt(i).array();
    }

    @Test
    void sortsAndKeepsTheLastOfEachKey() throws IOException {
        ViewDirectory view = new ViewDirectory(directory, Disk.REAL);
        for (long memory : MEMORIES) {
            for (var keys : KEYS.entrySet()) {
                String given = keys.getKey() + ", memory " + memory;
                Random random = new Random(memory);
                Map<String, byte[]> expected = new TreeMap<>(); // hexadecimal digits order as their bytes do
                try (RowSorter sorter = new RowSorter(view, memory)) {
                    for (int i = 0; i < 3000; i++) {
                        byte[] key = keys.getValue().apply(random);
                        sorter.add(key, value(i));
                        expected.put(HexFormat.of().formatHex(key), value(i));
                    }
                    check(expected, sorter, given);
                }
                try (var left = Files.list(directory)) {
                    assertEquals(0, left.count(), given);
                }
            }
        }
    }

    private static void check(Map<String, byte[]> expected, RowSorter sorter, String given) throws IOException {
        SortedRows rows = sorter.finish();
        assertTrue(sorter.rowsMax() >= expected.size(), given);
        for (var row : expected.entrySet()) {
            assertTrue(rows.next(), given);
            assertEquals(row.getKey(), HexFormat.of().formatHex(rows.key()), given);
            assertArrayEquals(row.getValue(), rows.value(), given);
        }
        assertFalse(rows.next(), given);
    }

    @Test
    void ofNothingComesNothing() throws IOException {
        try (RowSorter sorter = new RowSorter(new ViewDirectory(directory, Disk.REAL), 1000)) {
            check(new TreeMap<>(), sorter, "nothing");
        }
    }

    @Test
    void aFullDiskIsAnErrorThatLeavesNothing() throws IOException {
        FaultyDisk disk = FaultyDisk.quick();
        disk.space = 10_000;
        try (RowSorter sorter = new RowSorter(new ViewDirectory(directory, disk), 1)) {
            IOException e = assertThrows(IOException.class, () -> fill(sorter));
            assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        }
        try (var left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aTemporaryFileThatIsCutIsNoticed() throws IOException {
        try (RowSorter sorter = new RowSorter(new ViewDirectory(directory, Disk.REAL), 1)) {
            fill(sorter);
            Path file;
            try (var files = Files.list(directory)) {
                file = files.toList().getFirst();
            }
            try (var channel = java.nio.channels.FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() / 2);
            }
            assertThrows(IOException.class, () -> {
                SortedRows rows = sorter.finish();
                while (rows.next()) {
                    rows.key();
                }
            });
        }
    }

    private static void fill(RowSorter sorter) throws IOException {
        for (int i = 0; i < 3000; i++) {
            sorter.add(text("key " + i), value(i));
        }
    }
}
