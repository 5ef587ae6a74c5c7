package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.CheckedText;
import io.twinroot.log.CopiedFile;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The files of a store as they are at one position of its log, while it is written on. A folder that has them is
 * a store; its view is made from the log when it is opened. Close it when they are copied: so long nothing is
 * deleted that they need.
 */
public final class StoreBackup implements AutoCloseable {
    /** The file in a backup's folder that says what it is; whoever writes the backup writes it last. */
    public static final String LIST = "BACKUP";

    /** What {@link #LIST} is called once a node was started from the backup. */
    static final String RESTORED = "RESTORED";

    /** The first line of {@link #LIST}, a {@link CheckedText}; then comes {@code made TIME}. */
    public static final String FIRST = "twinroot backup 1";

    private final BlobFiles blobs;
    private final AutoCloseable hold;
    private final ChangeLog.Copy log;
    private final KeptRows.Copy kept;
    private final List<CopiedFile> others = new ArrayList<>();

    StoreBackup(Path directory, ChangeLog changes, BlobFiles blobs, KeptRows rows) throws IOException {
        this.blobs = blobs;
        this.hold = blobs.hold();
        this.log = changes.copy("log");
        this.kept = rows.copy("kept"); // after the log's end: what was replaced in the log is here
        for (String name : List.of(StoreFile.NAME, DamageBook.NAME)) {
            byte[] bytes = CheckedText.read(directory.resolve(name));
            if (bytes != null) {
                others.add(CopiedFile.of(name, bytes));
            }
        }
    }

    /** The copy has all that was acknowledged before this position of the log, and nothing after it. */
    public LogPosition position() {
        return log.end();
    }

    /** About how many bytes the files have. */
    public long bytes() {
        return log.files().stream().mapToLong(CopiedFile::bytes).sum();
    }

    /** Gives the files, the large blobs last. */
    public void forEach(Consumer<CopiedFile> sink) {
        others.forEach(sink);
        log.files().forEach(sink);
        kept.files().forEach(sink);
        List<Digest> contents = new ArrayList<>();
        blobs.forEach(contents::add);
        contents.forEach(content -> sink.accept(blobs.copied("blobs", content)));
    }

    @Override
    public void close() {
        try {
            kept.hold().close();
            hold.close();
        } catch (Exception e) {
            throw new IllegalStateException("letting go of files cannot fail", e);
        }
    }
}
