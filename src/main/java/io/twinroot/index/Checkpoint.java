package io.twinroot.index;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Where an interrupted scan goes on: a small file beside the entries, replaced whole. It is believed only when its last
 * line is the digest of the others.
 *
 * @param length of the entries' file
 */
record Checkpoint(IndexBuilder.Progress progress, long length) {
    private static final String IDENTITY = "identity";
    private static final String PROGRESS = "progress";

    static void begin(Path folder, String identity) throws IOException {
        Files.writeString(folder.resolve(IDENTITY), identity);
    }

    static void write(Path folder, IndexBuilder.Progress progress, long length) {
        String text = HexFormat.of().formatHex(progress.last().toBytes()) + "\n" + progress.rows() + "\n"
                + progress.bytes() + "\n" + length + "\n";
        try {
            Path part = folder.resolve(PROGRESS + ".tmp");
            Files.writeString(part, text + check(text) + "\n");
            Files.move(part, folder.resolve(PROGRESS), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Optional<Checkpoint> read(Path folder, String identity) {
        try {
            if (!Files.isRegularFile(folder.resolve(PROGRESS))
                    || !Files.readString(folder.resolve(IDENTITY)).equals(identity)) {
                return Optional.empty();
            }
            String text = Files.readString(folder.resolve(PROGRESS));
            List<String> lines = text.lines().toList();
            if (lines.size() != 5
                    || !text.equals(String.join("\n", lines) + "\n")
                    || !check(text.substring(0, text.length() - lines.get(4).length() - 1))
                            .equals(lines.get(4))) {
                return Optional.empty();
            }
            return Optional.of(new Checkpoint(
                    new IndexBuilder.Progress(
                            Uid.of(HexFormat.of().parseHex(lines.get(0))),
                            Long.parseLong(lines.get(1)),
                            Long.parseLong(lines.get(2))),
                    Long.parseLong(lines.get(3))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String check(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex();
    }

    static void delete(Path folder) throws IOException {
        for (String name : List.of(PROGRESS, PROGRESS + ".tmp", IDENTITY)) {
            Files.deleteIfExists(folder.resolve(name));
        }
    }
}
