package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;

/**
 * Deletes the files of large blobs that no row has any more. It is told of all that are needed, and then deletes
 * the others; of a hundred it may leave one until the next time.
 */
final class BlobCollection {
    private final BlobFiles blobs;
    private final long files;
    private final KeyFilter needed;

    BlobCollection(BlobFiles blobs) {
        this.blobs = blobs;
        this.files = blobs.count();
        this.needed = KeyFilter.forKeys(files + 1024);
    }

    /** Whether there are any. */
    boolean isWanted() {
        return files > 0;
    }

    /** A row has this body, in its encoding. */
    void needs(byte[] body) {
        // In canonical CBOR a blob is an array, and fields are a map.
        if (isWanted()
                && (body[0] & 0xe0) == 0x80
                && CanonicalCbor.decodeBody(body) instanceof Body.Blob(long size, Digest content)) {
            needed.add(content.toBytes());
        }
    }

    /** A row that is kept aside has this blob. */
    void needs(Digest content) {
        needed.add(content.toBytes());
    }

    /** Deletes what is not needed; says how many. */
    long finish() {
        return isWanted() ? blobs.deleteIf(content -> !needed.mayHold(content.toBytes())) : 0;
    }
}
