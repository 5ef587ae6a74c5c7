package io.twinroot.service;

import io.twinroot.log.CheckedText;
import io.twinroot.log.CopiedFile;
import io.twinroot.store.Store;
import io.twinroot.store.StoreBackup;
import io.twinroot.table.Digest;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A backup as a tar archive: the files of the store, and at the end the file {@value io.twinroot.store.StoreBackup#LIST}, which says what they
 * are. An archive without it is not whole.
 *
 * <p>{@value io.twinroot.store.StoreBackup#LIST} has a line {@code made TIME}, a line {@code position SEGMENT OFFSET}, a line {@code file NAME
 * BYTES SHA256} for each file but the large blobs, whose name is their SHA-256, and {@code blobs COUNT BYTES}.
 */
final class BackupArchive {
    static final String BLOBS = "blobs/";

    private final TarArchiveOutputStream tar;
    private final List<String> lines = new ArrayList<>();
    private final Instant now;
    private long blobs;
    private long blobBytes;

    private BackupArchive(OutputStream out, Instant now) {
        this.now = now;
        tar = new TarArchiveOutputStream(out, "UTF-8");
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /** Writes the archive of a store as it is now. It does not close the stream. */
    static void write(Store store, OutputStream out, Instant now) throws IOException {
        try (StoreBackup backup = store.backup()) {
            BackupArchive archive = new BackupArchive(out, now);
            archive.write(backup);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void write(StoreBackup backup) throws IOException {
        lines.add("made " + now);
        lines.add("position " + backup.position().segment() + " "
                + backup.position().offset());
        backup.forEach(file -> {
            try {
                add(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        lines.add("blobs " + blobs + " " + blobBytes);
        put(CopiedFile.of(StoreBackup.LIST, CheckedText.encode(StoreBackup.FIRST, lines)), tar);
        tar.finish();
        tar.flush();
    }

    private void add(CopiedFile file) throws IOException {
        MessageDigest sha = Digest.newSha256();
        put(file, new FilterOutputStream(tar) {
            @Override
            public void write(int b) throws IOException {
                sha.update((byte) b);
                out.write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                sha.update(bytes, offset, length);
                out.write(bytes, offset, length);
            }
        });
        if (file.name().startsWith(BLOBS)) {
            blobs++;
            blobBytes += file.bytes();
        } else {
            lines.add("file " + file.name() + " " + file.bytes() + " "
                    + HexFormat.of().formatHex(sha.digest()));
        }
    }

    private void put(CopiedFile file, OutputStream through) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(file.name());
        entry.setSize(file.bytes());
        entry.setModTime(now.toEpochMilli());
        tar.putArchiveEntry(entry);
        file.content().writeTo(through);
        tar.closeArchiveEntry();
    }
}
