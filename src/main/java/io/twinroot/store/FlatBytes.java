package io.twinroot.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import org.mapdb.DataInput2;
import org.mapdb.DataOutput2;
import org.mapdb.serializer.GroupSerializer;

/**
 * Byte strings of up to 65,535 bytes, ordered unsigned. Those of one MapDB node lie in one array, written as
 * all lengths (u16 each) and then all bytes: a search reads the node in one piece and makes no objects.
 */
@SuppressWarnings("rawtypes") // MapDB's comparators are
final class FlatBytes implements GroupSerializer<byte[]> {
    static final FlatBytes SERIALIZER = new FlatBytes();

    /** The strings of one node: where each ends, and all bytes. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Strings(int[] ends, byte[] bytes) {
        int start(int i) {
            return i == 0 ? 0 : ends[i - 1];
        }
    }

    private FlatBytes() {}

    @Override
    public void serialize(DataOutput2 out, byte[] value) throws IOException {
        out.writeShort(value.length);
        out.write(value);
    }

    @Override
    public byte[] deserialize(DataInput2 in, int available) throws IOException {
        byte[] value = new byte[in.readUnsignedShort()];
        in.readFully(value);
        return value;
    }

    @Override
    public boolean isTrusted() {
        return true;
    }

    @Override
    public int compare(byte[] left, byte[] right) {
        return Arrays.compareUnsigned(left, right);
    }

    @Override
    public boolean equals(byte[] left, byte[] right) {
        return Arrays.equals(left, right);
    }

    @Override
    public int hashCode(byte[] value, int seed) {
        return 31 * seed + Arrays.hashCode(value);
    }

    @Override
    public int valueArraySearch(Object strings, byte[] key) {
        Strings all = (Strings) strings;
        int low = 0;
        int high = all.ends.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Arrays.compareUnsigned(all.bytes, all.start(middle), all.ends[middle], key, 0, key.length);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    @Override
    public int valueArraySearch(Object strings, byte[] key, Comparator comparator) {
        return valueArraySearch(strings, key); // the comparator is this serializer
    }

    @Override
    public void valueArraySerialize(DataOutput2 out, Object strings) throws IOException {
        Strings all = (Strings) strings;
        for (int i = 0; i < all.ends.length; i++) {
            out.writeShort(all.ends[i] - all.start(i));
        }
        out.write(all.bytes);
    }

    @Override
    public Object valueArrayDeserialize(DataInput2 in, int size) throws IOException {
        return read(in, size);
    }

    private static Strings read(DataInput2 in, int size) throws IOException {
        byte[] lengths = new byte[2 * size];
        in.readFully(lengths);
        int[] ends = new int[size];
        int end = 0;
        for (int i = 0; i < size; i++) {
            end += (lengths[2 * i] & 0xff) << 8 | (lengths[2 * i + 1] & 0xff);
            ends[i] = end;
        }
        byte[] bytes = new byte[end];
        in.readFully(bytes);
        return new Strings(ends, bytes);
    }

    @Override
    public int valueArrayBinarySearch(byte[] key, DataInput2 in, int size, Comparator comparator) throws IOException {
        return valueArraySearch(read(in, size), key);
    }

    @Override
    public byte[] valueArrayBinaryGet(DataInput2 in, int size, int index) throws IOException {
        byte[] lengths = new byte[2 * size];
        in.readFully(lengths);
        int start = 0;
        for (int i = 0; i < index; i++) {
            start += (lengths[2 * i] & 0xff) << 8 | (lengths[2 * i + 1] & 0xff);
        }
        byte[] value = new byte[(lengths[2 * index] & 0xff) << 8 | (lengths[2 * index + 1] & 0xff)];
        in.skipBytes(start);
        in.readFully(value);
        return value;
    }

    @Override
    public byte[] valueArrayGet(Object strings, int i) {
        Strings all = (Strings) strings;
        return Arrays.copyOfRange(all.bytes, all.start(i), all.ends[i]);
    }

    @Override
    public int valueArraySize(Object strings) {
        return ((Strings) strings).ends.length;
    }

    @Override
    public Object valueArrayEmpty() {
        return new Strings(new int[0], new byte[0]);
    }

    @Override
    public Object valueArrayFromArray(Object[] values) {
        int[] ends = new int[values.length];
        int end = 0;
        for (int i = 0; i < values.length; i++) {
            end += ((byte[]) values[i]).length;
            ends[i] = end;
        }
        byte[] bytes = new byte[end];
        for (int i = 0; i < values.length; i++) {
            byte[] value = (byte[]) values[i];
            System.arraycopy(value, 0, bytes, ends[i] - value.length, value.length);
        }
        return new Strings(ends, bytes);
    }

    @Override
    public Object valueArrayCopyOfRange(Object strings, int from, int to) {
        return valueArrayFromArray(Arrays.copyOfRange(valueArrayToArray(strings), from, to));
    }

    @Override
    public Object valueArrayPut(Object strings, int index, byte[] value) {
        Object[] old = valueArrayToArray(strings);
        Object[] values = new Object[old.length + 1];
        System.arraycopy(old, 0, values, 0, index);
        values[index] = value;
        System.arraycopy(old, index, values, index + 1, old.length - index);
        return valueArrayFromArray(values);
    }

    @Override
    public Object valueArrayUpdateVal(Object strings, int index, byte[] value) {
        Object[] values = valueArrayToArray(strings);
        values[index] = value;
        return valueArrayFromArray(values);
    }

    @Override
    public Object valueArrayDeleteValue(Object strings, int index) {
        Object[] old = valueArrayToArray(strings);
        Object[] values = Arrays.copyOf(old, old.length - 1);
        System.arraycopy(old, index + 1, values, index, old.length - index - 1);
        return valueArrayFromArray(values);
    }
}
