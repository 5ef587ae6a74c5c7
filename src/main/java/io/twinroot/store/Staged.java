package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import org.jspecify.annotations.Nullable;

/**
 * A change made ready in its caller's thread: the body encoded and hashed, the bytes of a blob on the disk.
 *
 * @param body the encoded body; null where the change brings none
 * @param digest of the body, without its flags
 * @param inline the bytes of a small blob
 * @param refusal why the change cannot be accepted; null where it can
 */
@SuppressWarnings("ArrayRecordComponent")
record Staged(
        Change change,
        byte @Nullable [] body,
        @Nullable Digest digest,
        byte @Nullable [] inline,
        @Nullable String refusal) {

    static Staged of(Change change, TableRules rules, BlobFiles blobs) {
        try {
            if (change.uid().length() > Uid.MAX_LENGTH) {
                return refused(
                        change, "the UID has " + change.uid().length() + " bytes; the limit is " + Uid.MAX_LENGTH);
            }
            return switch (change) {
                case Change.Put put -> live(change, put.body(), put.blob(), rules, blobs);
                case Change.Delete delete -> new Staged(change, null, null, null, null);
                case Change.Flag flag -> new Staged(change, null, null, null, null);
                case Change.Drop drop -> new Staged(change, null, null, null, null);
                case Change.Replicate(RowData(Row.Live live, var blob), var expected) ->
                    live(change, live.body(), blob, rules, blobs);
                case Change.Replicate(RowData(Row.Tombstone tombstone, var blob), var expected) ->
                    new Staged(change, null, null, null, null);
            };
        } catch (IllegalArgumentException e) {
            return refused(change, String.valueOf(e.getMessage()));
        } catch (BlobFiles.Unacceptable e) {
            return refused(change, String.valueOf(e.getMessage()));
        }
    }

    private static Staged refused(Change change, String reason) {
        return new Staged(change, null, null, null, reason);
    }

    private static Staged live(Change change, Body body, @Nullable BlobSource source, TableRules rules, BlobFiles blobs)
            throws BlobFiles.Unacceptable {
        byte[] encoded = body.encoded();
        Digest digest = View.digest(rules, body, encoded);
        if (body instanceof Body.Blob blob) {
            if (source == null) {
                return refused(change, "the body is a blob and its bytes are not there");
            }
            return new Staged(change, encoded, digest, blobs.stage(blob, source).inline(), null);
        }
        if (source != null) {
            return refused(change, "the body has fields and the bytes of a blob came with it");
        }
        return new Staged(change, encoded, digest, null, null);
    }

    /** What it takes in memory, about. */
    long bytes() {
        return 256L + (body == null ? 0 : body.length) + (inline == null ? 0 : inline.length);
    }
}
