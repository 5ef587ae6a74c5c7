package io.twinroot.wire;

import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Values of every type, with the odd ones often. */
final class RandomValues {
    private static final long[] INTS = {
        0, 1, -1, 23, 24, 255, 256, Integer.MAX_VALUE, 1L << 53, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE
    };
    private static final double[] REALS = {
        0.0,
        -0.0,
        1,
        -1,
        0.1,
        1e21,
        1e-7,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        65504,
        1L << 53
    };
    private static final String[] NAMES = {"a", "", "$", "$bytes", "$map", "$time", "é", "😀", "\u0000", "\"", "uid"};

    private final Random random;

    RandomValues(long seed) {
        random = new Random(seed);
    }

    Value value(int depth) {
        return switch (random.nextInt(depth > 0 ? 11 : 9)) {
            case 0 -> Value.Null.NULL;
            case 1 -> new Value.Bool(random.nextBoolean());
            case 2 -> new Value.Int(random.nextBoolean() ? INTS[random.nextInt(INTS.length)] : random.nextLong());
            case 3 -> new Value.Decimal(decimal());
            case 4 -> new Value.Real(REALS[random.nextInt(REALS.length)]);
            case 5 -> new Value.Real(Double.longBitsToDouble(random.nextLong()));
            case 6 -> new Value.Text(text());
            case 7 -> new Value.Bytes(bytes(random.nextInt(20)));
            case 8 -> new Value.Time(time());
            case 9 -> mapping(depth - 1);
            default -> sequence(depth - 1);
        };
    }

    private BigDecimal decimal() {
        BigInteger digits = new BigInteger(random.nextInt(3) == 0 ? 3_300 : 80, random);
        return new BigDecimal(random.nextBoolean() ? digits : digits.negate(), random.nextInt(200_001) - 100_000);
    }

    private Instant time() {
        long first = Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
        long last = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        long[] nanos = {0, 1, 999_999_999, 500_000_000, 1_000, random.nextInt(1_000_000_000)};
        return Instant.ofEpochSecond(random.nextLong(first, last + 1), nanos[random.nextInt(nanos.length)]);
    }

    Value.Mapping mapping(int depth) {
        Map<String, Value> values = new TreeMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            values.put(random.nextBoolean() ? NAMES[random.nextInt(NAMES.length)] : text(), value(depth));
        }
        return Value.Mapping.of(values);
    }

    private Value sequence(int depth) {
        List<Value> values = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            values.add(value(depth));
        }
        return new Value.Sequence(values);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int c = switch (random.nextInt(5)) {
                case 0 -> random.nextInt(0x20);
                case 1 -> "\"\\/$\u007f\u2028\ufeff\uffff".charAt(random.nextInt(8));
                case 2 -> random.nextInt(0x110000);
                default -> ' ' + random.nextInt(95);
            };
            text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? '?' : c);
        }
        return text.toString();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    Uid uid() {
        String text = text();
        return random.nextBoolean() && !text.isEmpty() ? Uid.ofText(text) : Uid.of(bytes(1 + random.nextInt(30)));
    }

    Stamp stamp() {
        return new Stamp(
                random.nextLong(),
                new Incarnation(random.nextLong(), random.nextLong()),
                1 + random.nextLong(1L << 62));
    }

    Digest digest() {
        return new Digest(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    RowState state() {
        return switch (random.nextInt(3)) {
            case 0 -> new RowState.Absent();
            case 1 -> new RowState.Live(stamp(), digest());
            default -> new RowState.Deleted(stamp());
        };
    }

    Body.Fields fields() {
        return new Body.Fields(mapping(4));
    }

    boolean toss() {
        return random.nextBoolean();
    }
}
