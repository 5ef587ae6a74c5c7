package io.twinroot.log;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A file of a copy, as it is at one moment whatever is written later.
 *
 * @param name relative to the copy's folder, with {@code /}
 * @param bytes how many there are
 * @param content writes exactly those
 */
public record CopiedFile(String name, long bytes, Content content) {
    /** Writes the bytes of a file. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    public static CopiedFile of(String name, byte[] bytes) {
        byte[] own = bytes.clone();
        return new CopiedFile(name, own.length, out -> out.write(own));
    }
}
