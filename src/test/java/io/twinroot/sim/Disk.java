package io.twinroot.sim;

import io.twinroot.log.FrameBytes;
import io.twinroot.table.Incarnation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A node's log: bytes of frames, and how many of them were forced to the disk. A crash takes the others. */
final class Disk {
    private byte[] bytes = new byte[1024];
    private int length;
    private int synced;
    private long generation;

    /** What a backup of the disk has. */
    static final class Copy {
        private final byte[] bytes;
        private final long generation;

        private Copy(byte[] bytes, long generation) {
            this.bytes = bytes;
            this.generation = generation;
        }
    }

    /** A place in the log, for who reads on from there. */
    record Cursor(long generation, Incarnation life, int offset) {}

    Copy copy() {
        return new Copy(Arrays.copyOf(bytes, synced), generation);
    }

    void restore(Copy copy) {
        bytes = copy.bytes.clone();
        length = bytes.length;
        synced = length;
        generation = copy.generation;
    }

    int length() {
        return length;
    }

    int synced() {
        return synced;
    }

    long generation() {
        return generation;
    }

    void append(List<Logged> batch, boolean sync) {
        byte[] added = FrameBytes.encode(batch.stream().map(Logged::frame).toList(), length);
        room(added.length);
        System.arraycopy(added, 0, bytes, length, added.length);
        length += added.length;
        if (sync) {
            synced = length;
        }
    }

    private void room(int more) {
        if (bytes.length < length + more) {
            bytes = Arrays.copyOf(bytes, 2 * (length + more));
        }
    }

    void sync() {
        synced = length;
    }

    /**
     * The process dies.
     *
     * @param kept how many bytes of what was not forced to the disk are there all the same
     */
    void crash(int kept) {
        length = Math.min(length, synced + kept);
    }

    /** Everything anew, in one step. */
    void replace(List<Logged> all) {
        bytes = new byte[1024];
        length = 0;
        generation++;
        append(all, true);
    }

    /** One batch, and where it ends. */
    record Batch(List<Logged> items, int end) {}

    /** The whole batches from an offset on; what is torn is cut off. */
    List<Batch> recover() {
        List<Batch> batches = read(0, length);
        length = batches.isEmpty() ? 0 : batches.getLast().end();
        synced = length;
        return batches;
    }

    List<Batch> read(int from, int to) {
        List<Batch> batches = new ArrayList<>();
        for (FrameBytes.Batch batch : FrameBytes.decode(bytes, from, to)) {
            batches.add(new Batch(batch.frames().stream().map(Logged::of).toList(), batch.end()));
        }
        return batches;
    }
}
