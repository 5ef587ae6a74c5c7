package io.twinroot.table;

import java.io.IOException;
import java.io.InputStream;

/** Gives the bytes of a blob as a stream, each time from the start. The caller closes the stream. */
@FunctionalInterface
public interface BlobSource {
    InputStream open() throws IOException;

    /** The blob that these bytes are. */
    static BlobSource of(byte[] bytes) {
        byte[] copy = bytes.clone();
        return () -> new java.io.ByteArrayInputStream(copy);
    }
}
