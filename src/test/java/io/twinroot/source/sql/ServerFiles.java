package io.twinroot.source.sql;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Where the servers' files are: the unpacked binaries and an initialised data folder of each stay in {@code target/servers},
 * made once and shared by all runs; the data of a run is a copy, in memory where there is room.
 */
final class ServerFiles {
    private static final Path KEPT =
            Path.of(System.getProperty("twinroot.servers", "target/servers")).toAbsolutePath();
    private static final long ROOM = 4L << 30;

    /** Fills a new folder. */
    @FunctionalInterface
    interface Filling {
        void into(Path folder) throws IOException;
    }

    private ServerFiles() {}

    /** A folder that is whole or not there: filled under another name, then renamed. Of two at a time, one stays. */
    static Path kept(String name, Filling filling) {
        Path folder = KEPT.resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        try {
            Files.createDirectories(KEPT);
            Path fresh = Files.createTempDirectory(KEPT, name + "-new");
            try {
                filling.into(fresh);
                Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!Files.isDirectory(folder)) { // else another run was faster
                    throw e;
                }
            } finally {
                if (Files.exists(fresh)) {
                    delete(fresh);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new AssertionError(
                    "cannot make " + folder + ": " + e + " (it needs 500 MB; -Dtwinroot.servers=FOLDER"
                            + " names another place)",
                    e);
        }
    }

    static InputStream resource(String name, String artifact) {
        InputStream in = ServerFiles.class.getClassLoader().getResourceAsStream(name);
        if (in == null) {
            throw new AssertionError("the class path has no " + name + ": add the test dependency " + artifact
                    + " to pom.xml (there are binaries for Linux on x86-64 only)");
        }
        return in;
    }

    /** A copy of a data folder for one run. */
    static Path copyForARun(Path template, String name) {
        try {
            Path memory = Path.of("/dev/shm");
            Path place = Files.isWritable(memory) && Files.getFileStore(memory).getUsableSpace() > ROOM
                    ? Files.createTempDirectory(memory, "twinroot-" + name)
                    : Files.createTempDirectory("twinroot-" + name);
            copy(template, place);
            return place;
        } catch (IOException e) {
            throw new AssertionError("cannot copy " + template + ": " + e, e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Path copy = to.resolve(from.relativize(folder).toString());
                if (!copy.equals(to)) {
                    Files.createDirectory(copy);
                }
                Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(folder));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) throws IOException {
                Files.delete(path);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
