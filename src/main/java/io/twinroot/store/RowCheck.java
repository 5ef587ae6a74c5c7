package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.ChangeLog;
import io.twinroot.log.Frame;
import io.twinroot.log.LogException;
import io.twinroot.log.LogPosition;
import io.twinroot.log.Segments;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.RowDigest;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads all bytes of a live row, its blob's too, and compares them with what the index says. For many threads. */
final class RowCheck {
    private static final int PIECE = 64 << 10;

    private final ChangeLog log;
    private final BlobFiles blobs;

    RowCheck(ChangeLog log, BlobFiles blobs) {
        this.log = log;
        this.blobs = blobs;
    }

    /**
     * Why a row is not what was written.
     *
     * @param isStill looks once more, at little cost
     */
    record Fault(String why, BooleanSupplier isStill) {}

    /**
     * The fault of a row, or null.
     *
     * @param hold the segments that the row is in
     * @param read is told of the bytes, and may wait, or throw to end this
     * @throws LogException when the disk fails to read
     */
    @Nullable
    Fault run(TableRules rules, Uid uid, IndexRow row, Segments hold, LongConsumer read) {
        read.accept(row.bytes());
        String why = frameFault(rules, uid, row, hold);
        if (why != null) {
            return new Fault(why, () -> frameFault(rules, uid, row, log.hold()) != null);
        }
        Body.Blob blob = largeBlob(uid, row, hold);
        if (blob == null) {
            return null;
        }
        String trace = blobs.trace(blob);
        String bad = blobFault(blob, read);
        // It may have been replaced while it was read.
        return bad == null || blobFault(blob, read) == null
                ? null
                : new Fault(bad, () -> blobs.trace(blob).equals(trace));
    }

    private @Nullable String frameFault(TableRules rules, Uid uid, IndexRow row, Segments hold) {
        try {
            Frame.Put put = put(uid, row, hold);
            Body body = CanonicalCbor.decodeBody(put.body());
            if (!RowDigest.of(body.digest(rules), put.past().marks()).equals(row.digest())) {
                return "its digest is another than the index has";
            }
            return body instanceof Body.Blob(long size, Digest content) ? inlineFault(put, size, content) : null;
        } catch (LogException e) {
            if (e.kind() != LogException.Kind.DAMAGED) {
                throw e;
            }
            return String.valueOf(e.getMessage());
        } catch (IllegalArgumentException e) {
            return "its body cannot be read: " + e.getMessage();
        }
    }

    private static @Nullable String inlineFault(Frame.Put put, long size, Digest content) {
        byte[] inline = put.blob();
        if (inline == null) {
            return size > BlobFiles.INLINE_MAX ? null : "the bytes of its blob are not in the log";
        }
        return inline.length == size && Digest.sha256(inline).equals(content)
                ? null
                : "the bytes of its blob are others than its digest says";
    }

    private Frame.Put put(Uid uid, IndexRow row, Segments hold) {
        LogPosition at = LogPosition.unpack(row.position());
        if (log.read(at, hold) instanceof Frame.Put put
                && put.uid().equals(uid)
                && put.stamp().equals(row.stamp())) {
            return put;
        }
        throw new LogException(LogException.Kind.DAMAGED, "the log has another row at " + at);
    }

    private Body.@Nullable Blob largeBlob(Uid uid, IndexRow row, Segments hold) {
        Frame.Put put = put(uid, row, hold);
        return put.blob() == null && CanonicalCbor.decodeBody(put.body()) instanceof Body.Blob blob ? blob : null;
    }

    private @Nullable String blobFault(Body.Blob blob, LongConsumer read) {
        byte[] piece = new byte[PIECE];
        try (InputStream in = blobs.source(blob).open()) {
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                read.accept(n);
            }
            return null;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
