package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The folder of the view's files and their manifest. For many threads. */
final class ViewDirectory {
    private static final String MANIFEST = "MANIFEST";
    private static final String SUFFIX = ".mapdb";

    private final Path path;
    private final Disk disk;
    private final AtomicLong newest = new AtomicLong();
    private final Map<Integer, TableName> tables = new ConcurrentHashMap<>();
    private volatile Set<String> inUse = Set.of();
    private volatile Consumer<String> onDamage = what -> {};

    ViewDirectory(Path path, Disk disk) throws IOException {
        this.path = path;
        this.disk = disk;
        Files.createDirectories(path);
        for (String name : names()) {
            if (name.matches("\\d{1,18}\\" + SUFFIX)) {
                newest.accumulateAndGet(Long.parseLong(name.substring(0, name.length() - SUFFIX.length())), Math::max);
            }
        }
    }

    Path path() {
        return path;
    }

    Disk disk() {
        return disk;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** A name that no file of the view had since this opening. */
    String nextName() {
        return String.format("%08d", newest.incrementAndGet()) + SUFFIX;
    }

    /** Tells this of damage in a file that is in use; it must not block, nor throw. */
    void onDamage(Consumer<String> listener) {
        onDamage = listener;
    }

    /** Whether a file is among those that the view is made of now. */
    boolean isInUse(String file) {
        return inUse.contains(file);
    }

    /** Lets errors name the table. */
    void name(int table, TableName name) {
        tables.put(table, name);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** The bytes of the manifest; null where there is none. */
    byte @Nullable [] readManifest() throws IOException {
        return CheckedText.read(file(MANIFEST));
    }

    void writeManifest(byte[] content) throws IOException {
        CheckedText.replace(path, MANIFEST, content, disk);
    }

    /** Deletes all files of the view that are not among these. */
    void keepOnly(Collection<LayerFile> layers) throws IOException {
        Set<String> kept = layers.stream().map(layer -> layer.listed().name()).collect(Collectors.toSet());
        inUse = kept;
        for (String name : names()) {
            if (!kept.contains(name) && (name.contains(SUFFIX) || name.endsWith(".tmp"))) {
                Files.deleteIfExists(file(name));
            }
        }
    }

    /** Where a value of the view is not what was written. A view that is in use is made again then. */
    StoreException damaged(String file, int table, @Nullable Uid uid, Throwable cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        TableName name = tables.get(table);
        String place = name == null
                ? "of the tree"
                : "of table " + name + ", at or after " + (uid == null ? "its first UID" : "UID " + uid);
        String what = "view file " + file + " is damaged in a value " + place + " (" + cause.getMessage() + ")";
        isDamaged(file, what);
        return new StoreException(
                StoreException.Kind.DAMAGED, what + ". No row is lost: the view is made again from the log", cause);
    }

    /** A file is not what was written. Where it is in use, neither this process nor the next will trust it. */
    void isDamaged(String file, String what) {
        if (!isInUse(file)) {
            return; // an old snapshot has it still
        }
        try {
            forget();
        } catch (IOException e) {
            System.getLogger(ViewDirectory.class.getName())
                    .log(System.Logger.Level.WARNING, "the view's manifest could not be removed: " + e.getMessage());
        }
        onDamage.accept(what);
    }

    /** Removes the manifest. */
    void forget() throws IOException {
        Files.deleteIfExists(file(MANIFEST));
    }

    /** The CRC-32C of a whole file. */
    static int checksum(Path file) throws IOException {
        return checksum(file, bytes -> {});
    }

    /** @param read is told of the bytes, and may wait, or throw to end this */
    static int checksum(Path file, LongConsumer read) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                crc.update(buffer.flip());
                read.accept(buffer.limit());
                buffer.clear();
            }
        }
        return (int) crc.getValue();
    }
}
