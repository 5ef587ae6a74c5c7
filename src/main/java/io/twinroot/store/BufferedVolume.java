package io.twinroot.store;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.mapdb.DBException;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/**
 * A new file that MapDB fills, through a few pages in memory. For one thread.
 *
 * <p>MapDB writes and reads a few bytes at a time, most of them near the end of the file, in its head and in the
 * newest page of its index. With a call of the system for each of them, those took half of the time in which
 * a file is made. A page is written when it was used the longest time ago and another one is needed, and all of
 * them on closing. A full disk is an error of the call that needed the page.
 */
final class BufferedVolume extends Volume {
    /** MapDB's own: nothing that it writes lies across a page's end. */
    private static final int PAGE = 1 << 20;

    /** How many pages are in memory: the head, one of the index and one of data are in use at a time. */
    private static final int PAGES = 6;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** A part of the file. */
    private static final class Page {
        final byte[] bytes = new byte[PAGE];
        long number = -1;
        long used;
        boolean changed;
    }

    private final Path file;
    private final FileChannel channel;
    private final Page[] pages = new Page[PAGES];
    private Page current;
    private long uses;
    private long length;
    private long written;

    /** @throws IOException where the file is there, or cannot be made */
    BufferedVolume(Path file) throws IOException {
        this.file = file;
        channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arrays.setAll(pages, i -> new Page());
        current = pages[0];
    }

    /** Makes the page in memory the current one; gives the place of the offset in it. */
    private int at(long offset, int size) {
        long number = offset / PAGE;
        int at = (int) (offset % PAGE);
        if (at + size > PAGE || offset + size > length) {
            throw new DBException.VolumeEOF("offset " + offset + ", size " + size + ", length " + length);
        }
        if (current.number != number) {
            current = page(number);
        }
        return at;
    }

    private int change(long offset, int size) {
        int at = at(offset, size);
        current.changed = true;
        return at;
    }

    private Page page(long number) {
        Page oldest = pages[0];
        for (Page page : pages) {
            if (page.number == number) {
                page.used = ++uses;
                return page;
            }
            if (page.used < oldest.used) {
                oldest = page;
            }
        }
        try {
            write(oldest);
            oldest.number = -1;
            read(oldest, number);
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        }
        oldest.used = ++uses;
        return oldest;
    }

    private void write(Page page) throws IOException {
        if (page.changed) {
            ByteBuffer bytes = ByteBuffer.wrap(page.bytes);
            long start = page.number * PAGE;
            while (bytes.hasRemaining()) {
                channel.write(bytes, start + bytes.position());
            }
            written = Math.max(written, start + PAGE);
            page.changed = false;
        }
    }

    private void read(Page page, long number) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(page.bytes);
        long start = number * PAGE;
        while (bytes.hasRemaining() && start + bytes.position() < written) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                break;
            }
        }
        Arrays.fill(page.bytes, bytes.position(), PAGE, (byte) 0);
        page.number = number;
    }

    private void writeAll() {
        try {
            for (Page page : pages) {
                write(page);
            }
            if (written < length) {
                channel.write(ByteBuffer.allocate(1), length - 1);
                written = length;
            }
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        }
    }

    @Override
    public void ensureAvailable(long offset) {
        length = Math.max(length, (offset + PAGE - 1) / PAGE * PAGE);
    }

    @Override
    public void truncate(long size) {
        throw new UnsupportedOperationException("a file that is made only grows");
    }

    @Override
    public void putLong(long offset, long value) {
        int at = change(offset, Long.BYTES);
        LONG.set(current.bytes, at, value);
    }

    @Override
    public void putInt(long offset, int value) {
        int at = change(offset, Integer.BYTES);
        INT.set(current.bytes, at, value);
    }

    @Override
    public void putByte(long offset, byte value) {
        int at = change(offset, 1);
        current.bytes[at] = value;
    }

    @Override
    public void putData(long offset, byte[] source, int from, int size) {
        int at = change(offset, size);
        System.arraycopy(source, from, current.bytes, at, size);
    }

    @Override
    public void putData(long offset, ByteBuffer source) {
        int size = source.remaining();
        int at = change(offset, size);
        source.get(current.bytes, at, size);
    }

    @Override
    public long getLong(long offset) {
        int at = at(offset, Long.BYTES);
        return (long) LONG.get(current.bytes, at);
    }

    @Override
    public int getInt(long offset) {
        int at = at(offset, Integer.BYTES);
        return (int) INT.get(current.bytes, at);
    }

    @Override
    public byte getByte(long offset) {
        int at = at(offset, 1);
        return current.bytes[at];
    }

    @Override
    public DataInput2 getDataInput(long offset, int size) {
        byte[] bytes = new byte[size];
        getData(offset, bytes, 0, size);
        return new DataInput2.ByteArray(bytes);
    }

    @Override
    public void getData(long offset, byte[] target, int from, int size) {
        int at = at(offset, size);
        System.arraycopy(current.bytes, at, target, from, size);
    }

    @Override
    public void clear(long from, long to) {
        int at = change(from, (int) (to - from));
        Arrays.fill(current.bytes, at, at + (int) (to - from), (byte) 0);
    }

    /** Writes what was not yet, and lets go of the file also where that fails. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (channel) {
            writeAll();
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        }
    }

    @Override
    public void sync() {
        writeAll();
    }

    @Override
    public int sliceSize() {
        return PAGE;
    }

    @Override
    public boolean isSliced() {
        return true;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public File getFile() {
        return file.toFile();
    }

    @Override
    public boolean getFileLocked() {
        return false;
    }
}
