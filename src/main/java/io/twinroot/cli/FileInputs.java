package io.twinroot.cli;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files under a folder, each a row with a blob, whose UID is its path below the folder with {@code /}
 * between the names. A link to a file counts as the file; links to folders are not followed.
 */
final class FileInputs implements Inputs {
    /** More files than this are refused: their names are held in memory. */
    private static final int MAX_FILES = 5_000_000;

    private final Path folder;
    private final List<Path> files;
    private int next;

    FileInputs(Path folder) throws IOException {
        this.folder = folder;
        this.files = list(folder);
    }

    private static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new Trouble(folder + " is not a folder");
        }
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (Files.isRegularFile(file)) {
                    found.add(file);
                }
                if (found.size() > MAX_FILES) {
                    throw new Trouble(folder + " has more than " + MAX_FILES + " files");
                }
                return FileVisitResult.CONTINUE;
            }
        });
        found.sort(null);
        return found;
    }

    @Override
    public @Nullable Input next() throws IOException, BadInput {
        if (next == files.size()) {
            return null;
        }
        Path file = files.get(next++);
        String name =
                folder.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
        try {
            return new Input(
                    file.toString(),
                    new Change.Put(Uid.ofText(name), describe(file), () -> Files.newInputStream(file), null),
                    1_000);
        } catch (IllegalArgumentException e) {
            throw new BadInput(file.toString(), String.valueOf(e.getMessage()), e);
        }
    }

    private static Body.Blob describe(Path file) throws IOException {
        MessageDigest sha = Digest.newSha256();
        byte[] chunk = new byte[1 << 16];
        long size = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                sha.update(chunk, 0, n);
                size += n;
            }
        }
        return new Body.Blob(size, Digest.of(sha.digest()));
    }

    @Override
    public long done() {
        return next;
    }

    @Override
    public long total() {
        return files.size();
    }

    @Override
    public String unit() {
        return "files";
    }

    @Override
    public void close() {}
}
