package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Small files of a store: lines of words, the first names the file's format, the last is the checksum of those
 * before. A file is replaced whole or not at all.
 */
public final class CheckedText {
    /** The most bytes of such a file. */
    public static final int MAX_BYTES = 64 << 20;

    private static final String CHECKSUM = "checksum ";

    private CheckedText() {}

    /** @param lines without line breaks inside */
    public static byte[] encode(String first, List<String> lines) {
        StringBuilder text = new StringBuilder(first).append('\n');
        lines.forEach(line -> text.append(line).append('\n'));
        String body = text.toString();
        return (body + CHECKSUM + checksum(body) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The words of each line but the first and the last.
     *
     * @throws IllegalArgumentException when the first line is another, or the checksum is wrong
     */
    public static List<List<String>> decode(String first, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf(CHECKSUM);
        if (end < 0 || !text.substring(end).equals(CHECKSUM + checksum(text.substring(0, end)) + "\n")) {
            throw new IllegalArgumentException("its checksum is wrong");
        }
        if (!text.startsWith(first + "\n")) {
            throw new IllegalArgumentException(
                    "its format is '" + text.substring(0, text.indexOf('\n')) + "', not '" + first + "'");
        }
        List<List<String>> lines = new ArrayList<>();
        for (String line : text.substring(first.length() + 1, end).split("\n", -1)) {
            if (!line.isEmpty()) {
                lines.add(Arrays.asList(line.split(" ", -1)));
            }
        }
        return lines;
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** The bytes of a small file; null where there is none. One that is too large has none. */
    public static byte @Nullable [] read(Path file) throws IOException {
        try {
            return Files.size(file) > MAX_BYTES ? new byte[0] : Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Puts a whole file in the place of another: written beside it, forced, renamed. */
    public static void replace(Path directory, String name, byte[] content, Disk disk) throws IOException {
        Path unfinished = directory.resolve(name + ".tmp");
        disk.delete(unfinished);
        try (Disk.Output out = disk.create(unfinished)) {
            out.write(ByteBuffer.wrap(content));
            out.force();
        }
        disk.rename(unfinished, directory.resolve(name));
        disk.forceDirectory(directory);
    }
}
