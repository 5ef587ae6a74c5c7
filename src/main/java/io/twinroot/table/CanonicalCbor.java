package io.twinroot.table;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The one encoding of a value: deterministic CBOR (RFC 8949, section 4.2.1), so that equal values have equal
 * bytes everywhere and different values never do.
 *
 * <pre>
 * null, boolean   simple values          decimal   tag 4, [exponent, integer or bignum (tags 2, 3)]
 * integer         major 0 or 1           time      tag 1001 (RFC 9581), {1: seconds} or {1: seconds, -9: nanos}
 * double          the shortest of half, single and double that keeps it; NaN is f97e00
 * text, bytes     major 3, 2             mapping   major 5, names in the order of their encoded bytes
 * sequence        major 4                blob      as a body only: [size, content digest]
 * </pre>
 *
 * <p>Decoding accepts exactly what encoding makes and nothing else: other lengths, orders, tags, doubles or
 * rests are errors that name the offset.
 */
public final class CanonicalCbor {
    /** How deep mappings and sequences may nest. */
    public static final int MAX_DEPTH = 32;

    private static final int TAG_DECIMAL = 4;
    private static final int TAG_TIME = 1001;

    private CanonicalCbor() {}

    /** The order of names in a mapping: shorter UTF-8 form first, then by unsigned bytes. */
    public static int compareText(String left, String right) {
        byte[] l = left.getBytes(StandardCharsets.UTF_8);
        byte[] r = right.getBytes(StandardCharsets.UTF_8);
        return l.length != r.length ? Integer.compare(l.length, r.length) : Arrays.compareUnsigned(l, r);
    }

    /** @throws IllegalArgumentException when it nests deeper than {@value #MAX_DEPTH} */
    public static byte[] encode(Value value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(128);
        write(out, value, 0);
        return out.toByteArray();
    }

    /** @throws IllegalArgumentException when it nests too deep or its fields need more than 1 MiB */
    public static byte[] encodeBody(Body body) {
        return switch (body) {
            case Body.Fields(Value.Mapping fields) -> {
                byte[] bytes = encode(fields);
                if (bytes.length > Body.MAX_FIELDS_BYTES) {
                    throw new IllegalArgumentException("the fields of a row need " + bytes.length
                            + " bytes; the limit is " + Body.MAX_FIELDS_BYTES + " (use a blob for more)");
                }
                yield bytes;
            }
            case Body.Blob(long size, Digest content) ->
                encode(new Value.Sequence(List.of(new Value.Int(size), new Value.Bytes(content.toBytes()))));
        };
    }

    /** @throws IllegalArgumentException when the bytes are not what {@link #encode} makes of some value */
    public static Value decode(byte[] bytes) {
        Reader in = new Reader(ByteBuffer.wrap(bytes));
        Value value = in.value(0);
        if (in.bytes.hasRemaining()) {
            throw in.error("there are " + in.bytes.remaining() + " bytes too many");
        }
        return value;
    }

    /** @throws IllegalArgumentException when the bytes are not what {@link #encodeBody} makes of some body */
    public static Body decodeBody(byte[] bytes) {
        return switch (decode(bytes)) {
            case Value.Mapping fields -> new Body.Fields(fields);
            case Value.Sequence(List<Value> parts)
            when parts.size() == 2
                    && parts.get(0) instanceof Value.Int(long size)
                    && parts.get(1) instanceof Value.Bytes content
                    && content.length() == Digest.LENGTH -> new Body.Blob(size, Digest.of(content.toBytes()));
            default -> throw new IllegalArgumentException("a body is neither fields nor a blob");
        };
    }

    private static void write(ByteArrayOutputStream out, Value value, int depth) {
        switch (value) {
            case Value.Null.NULL -> out.write(0xf6);
            case Value.Bool(boolean b) -> out.write(b ? 0xf5 : 0xf4);
            case Value.Int(long i) -> writeInt(out, i);
            case Value.Real(double d) -> writeDouble(out, d);
            case Value.Decimal(BigDecimal d) -> {
                head(out, 6, TAG_DECIMAL);
                head(out, 4, 2);
                writeInt(out, -(long) d.scale());
                writeBig(out, d.unscaledValue());
            }
            case Value.Text(String text) -> writeText(out, text);
            case Value.Bytes bytes -> writeBytes(out, 2, bytes.toBytes());
            case Value.Time(Instant time) -> {
                long seconds = time.getEpochSecond();
                int nanos = time.getNano();
                head(out, 6, TAG_TIME);
                head(out, 5, nanos == 0 ? 1 : 2);
                writeInt(out, 1);
                writeInt(out, seconds);
                if (nanos != 0) {
                    writeInt(out, -9);
                    writeInt(out, nanos);
                }
            }
            case Value.Mapping(var values) -> {
                checkDepth(depth);
                head(out, 5, values.size());
                values.forEach((name, item) -> {
                    writeText(out, name);
                    write(out, item, depth + 1);
                });
            }
            case Value.Sequence(List<Value> values) -> {
                checkDepth(depth);
                head(out, 4, values.size());
                values.forEach(item -> write(out, item, depth + 1));
            }
        }
    }

    private static void checkDepth(int depth) {
        if (depth >= MAX_DEPTH) {
            throw new IllegalArgumentException("a value nests deeper than " + MAX_DEPTH + " levels");
        }
    }

    private static void head(ByteArrayOutputStream out, int major, long n) {
        int type = major << 5;
        if (n < 24) {
            out.write(type | (int) n);
            return;
        }
        int width = n <= 0xff ? 0 : n <= 0xffff ? 1 : n <= 0xffff_ffffL ? 2 : 3;
        out.write(type | (24 + width));
        writeBigEndian(out, n, 1 << width);
    }

    private static void writeBigEndian(ByteArrayOutputStream out, long n, int bytes) {
        for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
            out.write((int) (n >>> shift));
        }
    }

    private static void writeInt(ByteArrayOutputStream out, long i) {
        head(out, i < 0 ? 1 : 0, i < 0 ? ~i : i);
    }

    private static void writeText(ByteArrayOutputStream out, String text) {
        writeBytes(out, 3, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void writeBytes(ByteArrayOutputStream out, int major, byte[] bytes) {
        head(out, major, bytes.length);
        out.write(bytes, 0, bytes.length);
    }

    private static void writeBig(ByteArrayOutputStream out, BigInteger i) {
        if (i.bitLength() < Long.SIZE) {
            writeInt(out, i.longValue());
            return;
        }
        byte[] magnitude = (i.signum() < 0 ? i.not() : i).toByteArray();
        head(out, 6, i.signum() < 0 ? 3 : 2);
        writeBytes(out, 2, magnitude[0] == 0 ? Arrays.copyOfRange(magnitude, 1, magnitude.length) : magnitude);
    }

    private static void writeDouble(ByteArrayOutputStream out, double d) {
        float f = (float) d;
        short half = Float.floatToFloat16(f);
        if (Double.isNaN(d)) {
            out.write(0xf9);
            writeBigEndian(out, 0x7e00, 2);
        } else if (same(d, Float.float16ToFloat(half))) {
            out.write(0xf9);
            writeBigEndian(out, half & 0xffff, 2);
        } else if (same(d, f)) {
            out.write(0xfa);
            writeBigEndian(out, Float.floatToIntBits(f), 4);
        } else {
            out.write(0xfb);
            writeBigEndian(out, Double.doubleToLongBits(d), 8);
        }
    }

    private static boolean same(double d, float f) {
        return Double.doubleToLongBits(d) == Double.doubleToLongBits(f);
    }

    /** Reads one encoding from start to end. */
    private record Reader(ByteBuffer bytes) {
        IllegalArgumentException error(String what) {
            return new IllegalArgumentException("canonical CBOR, offset " + bytes.position() + ": " + what);
        }

        Value value(int depth) {
            int first = peek();
            return switch (first >>> 5) {
                case 0, 1 -> new Value.Int(integer());
                case 2 -> new Value.Bytes(string(2));
                case 3 -> new Value.Text(text());
                case 4 -> sequence(depth);
                case 5 -> mapping(depth);
                case 6 -> tagged();
                default -> simple();
            };
        }

        private int peek() {
            if (!bytes.hasRemaining()) {
                throw error("the bytes end too early");
            }
            return bytes.get(bytes.position()) & 0xff;
        }

        private void need(long n) {
            if (n < 0 || bytes.remaining() < n) {
                throw error("the bytes end too early: " + Long.toUnsignedString(n) + " more are announced, "
                        + bytes.remaining() + " are there");
            }
        }

        private long bigEndian(int width) {
            need(width);
            long n = 0;
            for (int i = 0; i < width; i++) {
                n = n << 8 | (bytes.get() & 0xff);
            }
            return n;
        }

        /** The number in a head of this major type, in its shortest form only. */
        private long head(int major) {
            int first = peek();
            int info = first & 0x1f;
            if (first >>> 5 != major || info > 27) {
                throw error(String.format("unexpected byte 0x%02x", first));
            }
            bytes.get();
            if (info < 24) {
                return info;
            }
            int width = 1 << (info - 24);
            long n = bigEndian(width);
            long least = width == 1 ? 24 : 1L << (width * 4);
            if (Long.compareUnsigned(n, least) < 0) {
                throw error("a number is not in its shortest form");
            }
            return n;
        }

        private long integer() {
            boolean negative = peek() >>> 5 == 1;
            long n = head(negative ? 1 : 0);
            if (n < 0) {
                throw error("an integer needs more than 64 bits");
            }
            return negative ? ~n : n;
        }

        private byte[] string(int major) {
            long length = head(major);
            need(length);
            byte[] string = new byte[(int) length];
            bytes.get(string);
            return string;
        }

        private String text() {
            byte[] utf8 = string(3);
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(utf8))
                        .toString();
            } catch (CharacterCodingException e) {
                throw error("a text is not UTF-8");
            }
        }

        private int size(int major, int depth) {
            if (depth >= MAX_DEPTH) {
                throw error("it nests deeper than " + MAX_DEPTH + " levels");
            }
            long size = head(major);
            need(size); // each item has a byte at least
            return (int) size;
        }

        private Value sequence(int depth) {
            int size = size(4, depth);
            List<Value> values = new ArrayList<>(Math.min(size, 1024));
            for (int i = 0; i < size; i++) {
                values.add(value(depth + 1));
            }
            return new Value.Sequence(values);
        }

        private Value mapping(int depth) {
            int size = size(5, depth);
            Map<String, Value> values = new TreeMap<>(CanonicalCbor::compareText);
            String last = null;
            for (int i = 0; i < size; i++) {
                String name = text();
                if (last != null && compareText(last, name) >= 0) {
                    throw error("the name '" + name + "' is doubled or out of order");
                }
                values.put(name, value(depth + 1));
                last = name;
            }
            return Value.Mapping.of(values);
        }

        private Value tagged() {
            long tag = head(6);
            if (tag == TAG_DECIMAL) {
                if (head(4) != 2) {
                    throw error("a decimal is not a pair");
                }
                long exponent = integer();
                if (Math.abs(exponent) > Value.Decimal.MAX_EXPONENT) {
                    throw error("a decimal's exponent is " + exponent);
                }
                return new Value.Decimal(new BigDecimal(big(), (int) -exponent));
            }
            if (tag == TAG_TIME) {
                return time();
            }
            throw error("unknown tag " + tag);
        }

        private BigInteger big() {
            if (peek() >>> 5 < 2) {
                return BigInteger.valueOf(integer());
            }
            long tag = head(6);
            if (tag != 2 && tag != 3) {
                throw error("a decimal's number has tag " + tag);
            }
            byte[] magnitude = string(2);
            BigInteger i = new BigInteger(1, magnitude);
            if (magnitude.length == 0 || magnitude[0] == 0 || i.bitLength() < Long.SIZE) {
                throw error("a big number is not in its shortest form");
            }
            return tag == 2 ? i : i.not();
        }

        private Value time() {
            long parts = head(5);
            if ((parts != 1 && parts != 2) || integer() != 1) {
                throw error("a time does not start with its seconds");
            }
            long seconds = integer();
            long nanos = 0;
            if (parts == 2) {
                if (integer() != -9) {
                    throw error("a time has something other than nanoseconds");
                }
                nanos = integer();
                if (nanos < 1 || nanos > 999_999_999) {
                    throw error("a time has " + nanos + " nanoseconds");
                }
            }
            if (Math.abs(seconds) > 1L << 40) {
                throw error("a time is outside the years 0000 to 9999");
            }
            return new Value.Time(Instant.ofEpochSecond(seconds, nanos));
        }

        private Value simple() {
            int first = bytes.get() & 0xff;
            return switch (first) {
                case 0xf4 -> new Value.Bool(false);
                case 0xf5 -> new Value.Bool(true);
                case 0xf6 -> Value.Null.NULL;
                case 0xf9 -> real(2, Float.float16ToFloat((short) bigEndian(2)));
                case 0xfa -> real(4, Float.intBitsToFloat((int) bigEndian(4)));
                case 0xfb -> real(8, Double.longBitsToDouble(bigEndian(8)));
                default -> throw error(String.format("unexpected byte 0x%02x", first));
            };
        }

        private Value real(int width, double d) {
            Value.Real real = new Value.Real(d);
            byte[] canonical = encode(real);
            byte[] given = new byte[width + 1];
            bytes.get(bytes.position() - width - 1, given);
            if (!Arrays.equals(canonical, given)) {
                throw error("a double is not in its shortest form");
            }
            return real;
        }
    }
}
