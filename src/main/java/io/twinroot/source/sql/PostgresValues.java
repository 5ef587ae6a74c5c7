package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Reads the values of one column from the binary form in which PostgreSQL sends them. For one thread. */
final class PostgresValues {
    /** Days and seconds from 1970 to PostgreSQL's year 2000. */
    private static final int EPOCH_DAY = 10_957;

    private static final long EPOCH_SECOND = EPOCH_DAY * 86_400L;
    private static final long FIRST_SECOND =
            Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
    private static final long LAST_SECOND =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
    private static final int UUID_BYTES = 16;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private static final String FROM = "from";
    private static final String OF = "of";
    private static final String INFINITY = "infinity";
    private static final String MINUS_INFINITY = "-infinity";

    private final PostgresType type;
    private final IsoText iso = new IsoText();
    private final byte[] uuid = new byte[36];

    PostgresValues(PostgresType type) {
        this.type = type;
    }

    /** Writes a value that is not NULL; the usual ones without objects. */
    void write(byte[] bytes, int at, int count, RowEncoder out) {
        if (type.array()) {
            out.value(array(bytes, at));
            return;
        }
        switch (type.kind()) {
            case BOOL -> out.integer(bytes[at]);
            case INT2 -> out.integer(BigEndian.int16(bytes, at));
            case INT4 -> out.integer(BigEndian.int32(bytes, at));
            case INT8 -> out.integer(BigEndian.int64(bytes, at));
            case OID -> out.integer(Integer.toUnsignedLong(BigEndian.int32(bytes, at)));
            case NUMERIC, MONEY -> {
                if (type.strict()) {
                    out.value(PostgresNumeric.strict(bytes, at));
                } else {
                    PostgresNumeric.write(bytes, at, out);
                }
            }
            case FLOAT4 -> out.real(Float.intBitsToFloat(BigEndian.int32(bytes, at)));
            case FLOAT8 -> out.real(Double.longBitsToDouble(BigEndian.int64(bytes, at)));
            case TEXT, CITEXT, WRITTEN -> out.text(bytes, at, count);
            case CHAR -> out.text(bytes, at, trimmed(bytes, at, count));
            case UUID -> {
                uuid(bytes, at);
                out.text(uuid, 0, uuid.length);
            }
            case BYTES -> out.bytes(bytes, at, count);
            case TIMESTAMP -> timestamp(BigEndian.int64(bytes, at), out);
            case TIMESTAMPTZ -> moment(BigEndian.int64(bytes, at), out);
            case TIME -> {
                iso.begin().time(BigEndian.int64(bytes, at));
                out.text(iso.ascii(), 0, iso.length());
            }
            case DATE -> date(BigEndian.int32(bytes, at), out);
            case TIMETZ, JSON, JSONB -> out.value(value(bytes, at, count));
        }
    }

    private void date(int day, RowEncoder out) {
        if (isInfinite(day)) {
            out.value(infinity(day));
        } else {
            iso.begin().date((long) day + EPOCH_DAY);
            out.text(iso.ascii(), 0, iso.length());
        }
    }

    private void timestamp(long micros, RowEncoder out) {
        if (isInfinite(micros)) {
            out.value(infinity(micros));
        } else {
            iso.begin().dateTime(EPOCH_DAY, micros);
            out.text(iso.ascii(), 0, iso.length());
        }
    }

    private void moment(long micros, RowEncoder out) {
        long seconds = Math.floorDiv(micros, 1_000_000L) + EPOCH_SECOND;
        if (seconds < FIRST_SECOND || seconds > LAST_SECOND) {
            out.value(moment(micros));
        } else {
            out.moment(seconds, (int) Math.floorMod(micros, 1_000_000L) * 1_000);
        }
    }

    /** One value that is not NULL: of an array, one of its elements. */
    Value value(byte[] bytes, int at, int count) {
        return switch (type.kind()) {
            case BOOL -> new Value.Int(bytes[at]);
            case INT2 -> new Value.Int(BigEndian.int16(bytes, at));
            case INT4 -> new Value.Int(BigEndian.int32(bytes, at));
            case INT8 -> new Value.Int(BigEndian.int64(bytes, at));
            case OID -> new Value.Int(Integer.toUnsignedLong(BigEndian.int32(bytes, at)));
            case NUMERIC, MONEY -> type.strict() ? PostgresNumeric.strict(bytes, at) : PostgresNumeric.value(bytes, at);
            case FLOAT4 -> new Value.Real(Float.intBitsToFloat(BigEndian.int32(bytes, at)));
            case FLOAT8 -> new Value.Real(Double.longBitsToDouble(BigEndian.int64(bytes, at)));
            case TEXT, CITEXT, WRITTEN -> new Value.Text(utf8(bytes, at, count));
            case CHAR -> new Value.Text(utf8(bytes, at, trimmed(bytes, at, count)));
            case UUID -> {
                uuid(bytes, at);
                yield new Value.Text(new String(uuid, StandardCharsets.US_ASCII));
            }
            case BYTES -> new Value.Bytes(Arrays.copyOfRange(bytes, at, at + count));
            case DATE -> date(BigEndian.int32(bytes, at));
            case TIME ->
                new Value.Text(iso.begin().time(BigEndian.int64(bytes, at)).toString());
            case TIMETZ ->
                new Value.Text(iso.begin()
                        .time(BigEndian.int64(bytes, at))
                        .zone(-BigEndian.int32(bytes, at + 8)) // it is sent as seconds to the west
                        .toString());
            case TIMESTAMP -> timestamp(BigEndian.int64(bytes, at));
            case TIMESTAMPTZ -> moment(BigEndian.int64(bytes, at));
            case JSON -> json(utf8(bytes, at, count));
            case JSONB -> json(utf8(bytes, at + 1, count - 1)); // after the version
        };
    }

    private Value json(String text) {
        return type.strict() ? Json.verbatim(text) : Json.canonical(text);
    }

    private Value date(int day) {
        return isInfinite(day)
                ? infinity(day)
                : new Value.Text(iso.begin().date((long) day + EPOCH_DAY).toString());
    }

    private Value timestamp(long micros) {
        return isInfinite(micros)
                ? infinity(micros)
                : new Value.Text(iso.begin().dateTime(EPOCH_DAY, micros).toString());
    }

    private Value moment(long micros) {
        if (isInfinite(micros)) {
            return infinity(micros);
        }
        long seconds = Math.floorDiv(micros, 1_000_000L) + EPOCH_SECOND;
        return seconds < FIRST_SECOND || seconds > LAST_SECOND
                ? new Value.Text(
                        iso.begin().dateTime(EPOCH_DAY, micros).put('Z').toString())
                : new Value.Time(Instant.ofEpochSecond(seconds, Math.floorMod(micros, 1_000_000L) * 1_000));
    }

    private static boolean isInfinite(int day) {
        return day == Integer.MAX_VALUE || day == Integer.MIN_VALUE;
    }

    private static boolean isInfinite(long micros) {
        return micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
    }

    private static Value infinity(long sign) {
        return new Value.Text(sign > 0 ? INFINITY : MINUS_INFINITY);
    }

    private static String utf8(byte[] bytes, int at, int count) {
        return new String(bytes, at, count, StandardCharsets.UTF_8);
    }

    private static int trimmed(byte[] bytes, int at, int count) {
        int length = count;
        while (length > 0 && bytes[at + length - 1] == ' ') {
            length--;
        }
        return length;
    }

    private void uuid(byte[] bytes, int at) {
        int to = 0;
        for (int i = 0; i < UUID_BYTES; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                uuid[to++] = '-';
            }
            uuid[to++] = HEX[(bytes[at + i] >> 4) & 0xf];
            uuid[to++] = HEX[bytes[at + i] & 0xf];
        }
    }

    /**
     * An array: how many dimensions, whether there are NULLs, the type; of each dimension its size and first index; then
     * the elements. One whose indexes don't start at 1 is a mapping of where they do, and its elements.
     */
    private Value array(byte[] bytes, int at) {
        int dimensions = BigEndian.int32(bytes, at);
        if (dimensions == 0) {
            return new Value.Sequence(List.of());
        }
        int[] sizes = new int[dimensions];
        List<Value> from = new ArrayList<>();
        boolean usual = true;
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = BigEndian.int32(bytes, at + 12 + 8 * i);
            int first = BigEndian.int32(bytes, at + 16 + 8 * i);
            usual &= first == 1;
            from.add(new Value.Int(first));
        }
        Value elements = new Elements(bytes, at + 12 + 8 * dimensions).read(sizes, 0);
        return usual ? elements : Value.Mapping.of(Map.of(FROM, new Value.Sequence(from), OF, elements));
    }

    /** Where the next element is. */
    private final class Elements {
        private final byte[] bytes;
        private int at;

        Elements(byte[] bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        Value read(int[] sizes, int dimension) {
            if (dimension == sizes.length) {
                return next();
            }
            List<Value> values = new ArrayList<>();
            for (int i = 0; i < sizes[dimension]; i++) {
                values.add(read(sizes, dimension + 1));
            }
            return new Value.Sequence(values);
        }

        private Value next() {
            int count = BigEndian.int32(bytes, at);
            at += 4;
            if (count < 0) {
                return Value.Null.NULL;
            }
            at += count;
            return value(bytes, at - count, count);
        }
    }

    /** A value for people, in a message. */
    String shown(byte[] bytes, int at, int count) {
        return count < 0
                ? "NULL"
                : switch (type.array() ? array(bytes, at) : value(bytes, at, count)) {
                    case Value.Text(String text) -> "'" + text + "'";
                    case Value.Bytes blob -> "0x" + HexFormat.of().formatHex(blob.toBytes());
                    case Value other -> other.toString();
                };
    }
}
