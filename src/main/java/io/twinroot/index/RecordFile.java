package io.twinroot.index;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.TreeNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records of a UID, a digest and a count, one behind the other in a file:
 *
 * <pre>
 * length of the UID (2 bytes) | UID | digest (32) | count (8)
 * </pre>
 *
 * <p>Every {@value #STRIDE}th place is remembered, so that a file in UID order is also looked up, with one read of a few
 * kilobytes. Written by one thread; when it is written, many may read, each by a cursor of its own.
 */
final class RecordFile implements AutoCloseable {
    private static final int STRIDE = 256;
    private static final int FIXED = Short.BYTES + Digest.LENGTH + Long.BYTES;
    private static final int BUFFER = 1 << 16;
    private static final int READ = 1 << 14;

    private final FileChannel channel;
    private final ByteBuffer out = ByteBuffer.allocate(BUFFER);
    private final List<Place> places = new ArrayList<>();
    private long written;
    private long records;

    /** Where a record begins. */
    private record Place(Uid uid, long offset) {}

    private RecordFile(FileChannel channel) {
        this.channel = channel;
    }

    /** A new file, in place of an old one. */
    static RecordFile create(Path path) {
        return open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    /** A file as it was up to a length; what is behind is cut off. */
    static RecordFile reopen(Path path, long length) {
        RecordFile file = open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (file.channel.size() < length) {
                throw new IOException(path + " has " + file.channel.size() + " bytes of " + length);
            }
            file.channel.truncate(length);
            file.written = length;
            Cursor all = file.cursor(UidRange.ALL);
            for (long offset = 0; all.next(); offset = all.offset) {
                file.remember(all.uid(), offset);
            }
            return file;
        } catch (IOException e) {
            file.close();
            throw new UncheckedIOException(e);
        }
    }

    private static RecordFile open(Path path, StandardOpenOption... options) {
        try {
            return new RecordFile(FileChannel.open(path, options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void add(Uid uid, Digest digest, long count) {
        remember(uid, length());
        if (out.remaining() < FIXED + uid.length()) {
            flush();
        }
        out.putShort((short) uid.length());
        uid.writeTo(out);
        digest.copyTo(out.array(), out.position());
        out.position(out.position() + Digest.LENGTH).putLong(count);
    }

    private void remember(Uid uid, long offset) {
        if (records++ % STRIDE == 0) {
            places.add(new Place(uid, offset));
        }
    }

    /** Bytes so far. */
    long length() {
        return written + out.position();
    }

    long records() {
        return records;
    }

    /** Hands what was added to the system; before that no cursor sees it. */
    void flush() {
        try {
            out.flip();
            while (out.hasRemaining()) {
                written += channel.write(out, written);
            }
            out.clear();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes what was added last. */
    void force() {
        flush();
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The records of a range, of a file that is in order; all of them, in the file's order, of another. */
    Cursor cursor(UidRange range) {
        int place = range.start() == null ? 0 : Math.max(0, placeBefore(range.start(), true));
        Cursor cursor = new Cursor(places.isEmpty() ? 0 : places.get(place).offset(), written, range.stop());
        cursor.skipTo(range.start());
        return cursor;
    }

    /** The records from one offset to another, in the file's order. */
    Cursor piece(long from, long to) {
        return new Cursor(from, to, null);
    }

    /** The last record below a UID, of a file that is in order; null where there is none. */
    @Nullable
    TreeNode lower(Uid uid) {
        int place = placeBefore(uid, false);
        if (place < 0) {
            return null;
        }
        Cursor cursor = new Cursor(places.get(place).offset(), written, uid);
        TreeNode last = null;
        while (cursor.next()) {
            last = cursor.node();
        }
        return last;
    }

    /** The last place at or below a UID, or strictly below; -1 where there is none. */
    private int placeBefore(Uid uid, boolean orEqual) {
        int low = 0;
        int high = places.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = places.get(middle).uid().compareTo(uid);
            if (order < 0 || (orEqual && order == 0)) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads on. For one thread. */
    final class Cursor {
        private final long end;
        private final @Nullable Uid stop;
        private final ByteBuffer in = ByteBuffer.allocate(READ).limit(0);
        private long offset;
        private long readTo;
        private boolean held;
        private @Nullable Uid uid;
        private @Nullable Digest digest;
        private long count;

        private Cursor(long from, long end, @Nullable Uid stop) {
            this.offset = from;
            this.readTo = from;
            this.end = end;
            this.stop = stop;
        }

        boolean next() {
            if (held) {
                held = false;
                return true;
            }
            if (offset >= end) {
                return false;
            }
            need(Short.BYTES);
            int length = in.getShort(in.position());
            need(FIXED + length);
            byte[] array = in.array();
            int start = in.position() + Short.BYTES;
            Uid found = Uid.of(array, start, start + length);
            if (stop != null && found.compareTo(stop) >= 0) {
                offset = end;
                return false;
            }
            uid = found;
            digest = Digest.read(array, start + length);
            count = in.getLong(start + length + Digest.LENGTH);
            in.position(in.position() + FIXED + length);
            offset += FIXED + length;
            return true;
        }

        private void need(int bytes) {
            if (in.remaining() >= bytes) {
                return;
            }
            in.compact();
            try {
                while (in.position() < bytes) {
                    int n = channel.read(in.limit((int) Math.min(in.capacity(), in.position() + end - readTo)), readTo);
                    if (n <= 0) {
                        throw new IOException("a temporary file ended at byte " + readTo + " of " + end);
                    }
                    readTo += n;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            in.flip();
        }

        private void skipTo(@Nullable Uid start) {
            while (start != null && next()) {
                if (uid().compareTo(start) >= 0) {
                    held = true;
                    return;
                }
            }
        }

        Uid uid() {
            return java.util.Objects.requireNonNull(uid);
        }

        Digest digest() {
            return java.util.Objects.requireNonNull(digest);
        }

        TreeNode node() {
            return new TreeNode(uid(), digest(), count);
        }
    }
}
