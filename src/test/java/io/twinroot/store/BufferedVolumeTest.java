package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mapdb.DBException;

/** The file is what was written, in whatever order the pages were used. */
final class BufferedVolumeTest {
    private static final int PAGE = 1 << 20;
    private static final int SIZE = 20 * PAGE;

    @TempDir
    Path directory;

    @Test
    void givesBackWhatWasWrittenAndSoDoesTheFile() throws IOException {
        Path file = directory.resolve("file");
        byte[] expected = new byte[SIZE];
        ByteBuffer model = ByteBuffer.wrap(expected);
        Random random = new Random(1);
        BufferedVolume volume = new BufferedVolume(file);
        volume.ensureAvailable(SIZE - 5); // whole pages are made
        assertEquals(SIZE, volume.length());
        for (int i = 0; i < 3000; i++) {
            int at = random.nextInt(SIZE / 8) * 8;
            assertEquals(model.getLong(at), volume.getLong(at));
            assertEquals(model.getInt(at), volume.getInt(at));
            assertEquals(model.get(at), volume.getByte(at));
            switch (random.nextInt(5)) {
                case 0 -> {
                    long value = random.nextLong();
                    model.putLong(at, value);
                    volume.putLong(at, value);
                }
                case 1 -> {
                    model.putInt(at, i);
                    volume.putInt(at, i);
                }
                case 2 -> {
                    model.put(at, (byte) i);
                    volume.putByte(at, (byte) i);
                }
                case 3 -> {
                    byte[] data = new byte[Math.min(3000, PAGE - at % PAGE)];
                    random.nextBytes(data);
                    model.put(at, data);
                    volume.putData(at, data, 0, data.length);
                }
                default -> {
                    int length = Math.min(1000, PAGE - at % PAGE);
                    model.put(at, new byte[length]);
                    volume.clear(at, at + length);
                }
            }
        }
        volume.close();
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void whatWasNeverTouchedIsZerosInAFileOfTheWholeLength() throws IOException {
        Path file = directory.resolve("file");
        BufferedVolume volume = new BufferedVolume(file);
        volume.ensureAvailable(3 * PAGE);
        volume.putInt(PAGE + 4, 7);
        volume.close();
        assertArrayEquals(ByteBuffer.allocate(3 * PAGE).putInt(PAGE + 4, 7).array(), Files.readAllBytes(file));
    }

    @Test
    void nothingLiesAcrossPagesOrBehindTheEnd() throws IOException {
        BufferedVolume volume = new BufferedVolume(directory.resolve("file"));
        volume.ensureAvailable(2 * PAGE);
        assertThrows(DBException.VolumeEOF.class, () -> volume.putLong(PAGE - 4, 1));
        assertThrows(DBException.VolumeEOF.class, () -> volume.getInt(2 * PAGE));
        volume.close();
    }
}
