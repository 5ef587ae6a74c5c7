package io.twinroot.service;

import io.twinroot.log.CheckedText;
import io.twinroot.store.StoreBackup;
import io.twinroot.table.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Makes a folder of a backup's archive. The folder appears when all is in it, checked and forced to the disk;
 * until then it has another name.
 */
final class BackupFolder {
    /** The names that a store's files have; no other is written. */
    private static final String NAMES =
            "store\\.json|DAMAGE|BACKUP|log/CATALOG|log/\\d{10}\\.(seg|base)" + "|blobs/([0-9a-f]{2})/\\2[0-9a-f]{62}";

    private final Path folder;
    private final LongConsumer progress;
    private final Map<String, String> files = new HashMap<>();
    private long blobs;
    private long blobBytes;
    private long bytes;
    private byte[] list = new byte[0];

    private BackupFolder(Path folder, LongConsumer progress) {
        this.folder = folder;
        this.progress = progress;
    }

    /**
     * Writes a backup.
     *
     * @param target is not there, or empty
     * @param progress is told how many bytes there are so far
     * @throws IOException when the archive is not whole, not a backup, or the folder cannot be written
     */
    static Backup.Taken write(InputStream archive, Path target, LongConsumer progress) throws IOException {
        checkFree(target);
        Path absolute = target.toAbsolutePath();
        Path unfinished = absolute.resolveSibling(absolute.getFileName() + ".unfinished");
        delete(unfinished);
        Files.createDirectories(unfinished);
        boolean done = false;
        try {
            BackupFolder folder = new BackupFolder(unfinished, progress);
            folder.read(archive);
            Backup.Taken taken = folder.check();
            force(unfinished);
            Files.deleteIfExists(absolute);
            Files.move(unfinished, absolute, StandardCopyOption.ATOMIC_MOVE);
            forceDirectory(Objects.requireNonNull(absolute.getParent()));
            done = true;
            return taken;
        } finally {
            if (!done) {
                delete(unfinished);
            }
        }
    }

    /** @throws IOException when a backup must not be written there */
    static void checkFree(Path target) throws IOException {
        if (Files.exists(target)) {
            boolean empty = false;
            if (Files.isDirectory(target)) {
                try (Stream<Path> inside = Files.list(target)) {
                    empty = inside.findAny().isEmpty();
                }
            }
            if (!empty) {
                throw new IOException(target + " is there already; name a new or empty folder for the backup");
            }
        }
    }

    private void read(InputStream archive) throws IOException {
        TarArchiveInputStream tar = new TarArchiveInputStream(archive, "UTF-8");
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            String name = entry.getName();
            if (!name.matches(NAMES) || !entry.isFile() || files.containsKey(name)) {
                throw new IOException("the archive is no backup of a node: it has an entry '" + name + "'");
            }
            if (list.length > 0) {
                throw new IOException("the archive is no backup of a node: " + name + " comes behind its end");
            }
            take(tar, entry);
        }
    }

    private void take(TarArchiveInputStream tar, TarArchiveEntry entry) throws IOException {
        String name = entry.getName();
        if (name.equals(StoreBackup.LIST)) {
            if (entry.getSize() > CheckedText.MAX_BYTES) {
                throw new IOException("the archive is no backup of a node: its list has " + entry.getSize() + " bytes");
            }
            list = tar.readAllBytes();
            Files.write(folder.resolve(name), list);
            return;
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        MessageDigest sha = Digest.newSha256();
        long size = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            byte[] piece = new byte[1 << 16];
            for (int n = tar.read(piece); n >= 0; n = tar.read(piece)) {
                sha.update(piece, 0, n);
                out.write(piece, 0, n);
                size += n;
                bytes += n;
                progress.accept(bytes);
            }
            channel.force(true);
        }
        String digest = HexFormat.of().formatHex(sha.digest());
        if (!name.startsWith(BackupArchive.BLOBS)) {
            files.put(name, size + " " + digest);
            return;
        }
        files.put(name, "");
        blobs++;
        blobBytes += size;
        if (!name.endsWith("/" + digest)) {
            throw new IOException("the backup is damaged, or its source is: blob " + name + " has SHA-256 " + digest);
        }
    }

    /** Compares what came with the list. */
    private Backup.Taken check() throws IOException {
        if (list.length == 0) {
            throw new IOException("the backup broke off: its list of files did not come");
        }
        String made = "";
        String position = "";
        try {
            for (List<String> words : CheckedText.decode(StoreBackup.FIRST, list)) {
                switch (words.getFirst()) {
                    case "made" -> made = words.get(1);
                    case "position" -> position = words.get(1) + ":" + words.get(2);
                    case "file" -> {
                        if (!(words.get(2) + " " + words.get(3)).equals(files.remove(words.get(1)))) {
                            throw new IOException("the backup is damaged: " + words.get(1) + " is not what was sent");
                        }
                    }
                    case "blobs" -> {
                        if (!words.get(1).equals(Long.toString(blobs))
                                || !words.get(2).equals(Long.toString(blobBytes))) {
                            throw new IOException(
                                    "the backup is damaged: " + blobs + " blobs came, of " + words.get(1));
                        }
                    }
                    default -> throw new IOException("the backup's list has an unknown line: " + words);
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("the backup's list of files cannot be used: " + e.getMessage(), e);
        }
        files.keySet().removeIf(name -> name.startsWith(BackupArchive.BLOBS));
        if (!files.isEmpty()) {
            throw new IOException("the backup is damaged: its list lacks " + files.keySet());
        }
        return new Backup.Taken(bytes, blobs, position, made);
    }

    private static void force(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.filter(Files::isDirectory).toList()) {
                forceDirectory(path);
            }
        }
        try (FileChannel channel = FileChannel.open(folder.resolve(StoreBackup.LIST), StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.toList().reversed()) {
                    Files.delete(path);
                }
            }
        }
    }
}
