package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.SourceException;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** UIDs are in the order of the keys, and say what the key was. */
final class UidEncoderTest {
    private static final Value NULL = Value.Null.NULL;

    /** Columns a, b, c …, the first ones of which are the key. */
    private static Shape shape(int columns, int key) {
        List<Column> all = new ArrayList<>();
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            all.add(new Column(
                    Character.toString('a' + i), "any", Family.ANY, true, Column.Filling.WRITER, "nothing to know"));
            if (i < key) {
                indexes.add(i);
            }
        }
        return new Shape("s", "orders", all, indexes, true, false, List.of(), Selection.ALL);
    }

    private static RowEncoder row(Shape shape, Value... values) {
        RowEncoder row = new RowEncoder(shape);
        row.begin();
        for (Value value : values) {
            row.value(value);
        }
        return row;
    }

    private static Uid uid(Value... key) {
        return row(shape(key.length, key.length), key).uid();
    }

    private static Value number(String number) {
        return Numbers.canonical(new BigDecimal(number));
    }

    private static Value text(String text) {
        return new Value.Text(text);
    }

    @Test
    void hasTheseBytes() {
        Map<String, Value> vectors = new TreeMap<>();
        vectors.put("01", NULL);
        vectors.put("2000", number("0"));
        vectors.put("210100", number("1.0"));
        vectors.put("22012c00", number("300"));
        vectors.put("1f00", number("-1"));
        vectors.put("1e0000", number("-256"));
        vectors.put("1dfeff00", number("-257"));
        vectors.put("21013300", number("1.5"));
        vectors.put("1efe3300", number("-1.5"));
        vectors.put("20013300", number("0.005"));
        vectors.put("28ffffffffffffffff00", number("18446744073709551615"));
        vectors.put("29000901000000000000000000", number("18446744073709551616"));
        vectors.put("16fff6fefffffffffffffffe00", number("-18446744073709551618"));
        vectors.put("10", new Value.Real(Double.NEGATIVE_INFINITY));
        vectors.put("307fffffffffffffff", new Value.Real(-0.0));
        vectors.put("308000000000000000", new Value.Real(0.0));
        vectors.put("30bff8000000000000", new Value.Real(1.5));
        vectors.put("39", new Value.Real(Double.NaN));
        vectors.put("4000ff0100", new Value.Bytes(new byte[] {0, 1}));
        vectors.put("50c3a900", text("é"));
        vectors.put("6080000000000000010000000a", new Value.Time(Instant.ofEpochSecond(1, 10)));
        vectors.forEach((hex, value) ->
                assertEquals(hex, HexFormat.of().formatHex(uid(value).toBytes()), value.toString()));
    }

    @Test
    void keepsTheOrderOfTheNumberLine() {
        String[] inOrder = {
            "-1E+40",
            "-18446744073709551617",
            "-18446744073709551616",
            "-9223372036854775809",
            "-9223372036854775808",
            "-65537",
            "-65536",
            "-257",
            "-256.5",
            "-256",
            "-255.99",
            "-2",
            "-1.5",
            "-1.05",
            "-1.005",
            "-1",
            "-0.995",
            "-0.1",
            "-1E-40",
            "0",
            "1E-40",
            "0.005",
            "0.01",
            "0.011",
            "0.1",
            "0.11",
            "0.9",
            "0.99",
            "0.999",
            "1",
            "1.5",
            "2",
            "255",
            "255.5",
            "256",
            "9223372036854775807",
            "9223372036854775807.1",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551615.5",
            "18446744073709551616",
            "1E+40",
            "1.1E+40"
        };
        Uid last = uid(new Value.Real(Double.NEGATIVE_INFINITY));
        for (String number : inOrder) {
            Uid next = uid(number(number));
            assertTrue(last.compareTo(next) < 0, number);
            last = next;
        }
        assertTrue(last.compareTo(uid(new Value.Real(Double.POSITIVE_INFINITY))) < 0);
        assertTrue(uid(new Value.Real(Double.POSITIVE_INFINITY)).compareTo(uid(new Value.Real(Double.NaN))) < 0);
    }

    @Test
    void oneNumberHasOneUidWhateverItsScale() {
        assertEquals(uid(new Value.Int(5)), uid(new Value.Decimal(new BigDecimal("5.000"))));
        assertEquals(uid(number("1.5")), uid(new Value.Decimal(new BigDecimal("1.50"))));
        assertEquals(uid(number("1E+30")), uid(new Value.Decimal(new BigDecimal("1000000000000000000000000000000.0"))));
    }

    /** What may be in a column of one type, so that its values have an order. */
    private enum Kind {
        WHOLE,
        NUMBER,
        REAL,
        TEXT,
        BYTES,
        MOMENT
    }

    private static Value random(Random random, Kind kind) {
        if (random.nextInt(12) == 0) {
            return NULL;
        }
        return switch (kind) {
            case WHOLE -> new Value.Int(random.nextLong() >> random.nextInt(64));
            case NUMBER ->
                Numbers.canonical(new BigDecimal(
                        new BigInteger(random.nextInt(130), random)
                                .subtract(new BigInteger(random.nextInt(130), random)),
                        random.nextInt(45) - 10));
            case REAL ->
                new Value.Real(
                        random.nextInt(4) == 0 ? random.nextInt(5) / -2.0 : Double.longBitsToDouble(random.nextLong()));
            case TEXT -> text(string(random));
            case BYTES -> {
                byte[] bytes = new byte[random.nextInt(4)];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) (random.nextInt(5) - 2);
                }
                yield new Value.Bytes(bytes);
            }
            case MOMENT -> new Value.Time(Instant.ofEpochSecond(random.nextInt(5) - 2, random.nextInt(3)));
        };
    }

    private static String string(Random random) {
        int[] alphabet = {0, 1, 'a', 'b', ' ', 0xe9, 0x301, 0xffff, 0x10000, 0x1f600, 0xff};
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(4); left > 0; left--) {
            text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }

    private static int compare(Value left, Value right) {
        boolean isLeftNull = left instanceof Value.Null;
        boolean isRightNull = right instanceof Value.Null;
        if (isLeftNull || isRightNull) {
            return Boolean.compare(isRightNull, isLeftNull);
        }
        return switch (left) {
            case Value.Int ignored -> decimal(left).compareTo(decimal(right));
            case Value.Decimal ignored -> decimal(left).compareTo(decimal(right));
            case Value.Real(double real) -> Double.compare(real, ((Value.Real) right).value());
            case Value.Text(String text) ->
                Arrays.compareUnsigned(
                        text.getBytes(StandardCharsets.UTF_8),
                        ((Value.Text) right).value().getBytes(StandardCharsets.UTF_8));
            case Value.Bytes bytes -> Arrays.compareUnsigned(bytes.toBytes(), ((Value.Bytes) right).toBytes());
            case Value.Time(Instant time) -> time.compareTo(((Value.Time) right).value());
            default -> throw new AssertionError(left);
        };
    }

    private static BigDecimal decimal(Value value) {
        return value instanceof Value.Int(long whole) ? BigDecimal.valueOf(whole) : ((Value.Decimal) value).value();
    }

    @Test
    void ordersAndTellsRandomKeys() {
        for (int seed = 0; seed < 100_000; seed++) {
            Random random = new Random(seed);
            int columns = 1 + random.nextInt(3);
            Value[] left = new Value[columns];
            Value[] right = new Value[columns];
            int expected = 0;
            for (int i = 0; i < columns; i++) {
                Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
                left[i] = random(random, kind);
                right[i] = random.nextInt(3) == 0 ? left[i] : random(random, kind);
                expected = expected != 0 ? expected : compare(left[i], right[i]);
            }
            Uid mine = uid(left);
            String story = "seed " + seed + ": " + Arrays.toString(left) + " " + Arrays.toString(right);
            assertEquals(Integer.signum(expected), Integer.signum(mine.compareTo(uid(right))), story);
            assertEquals(List.of(left), UidEncoder.decode(mine), story);
        }
    }

    @Test
    void takesOnlyWhatItMakes() {
        Random random = new Random(7);
        int taken = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = uid(random(random, Kind.values()[random.nextInt(6)]), random(random, Kind.NUMBER))
                    .toBytes();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            Uid changed = Uid.of(bytes);
            List<Value> values;
            try {
                values = UidEncoder.decode(changed);
            } catch (IllegalArgumentException e) {
                continue;
            }
            taken++;
            assertEquals(
                    UidEncoder.withoutNumber(changed),
                    uid(values.toArray(Value[]::new)),
                    () -> HexFormat.of().formatHex(bytes));
        }
        assertTrue(taken > 1_000, "" + taken);
    }

    @Test
    void refusesAKeyThatIsTooLongAndSaysWhichRow() {
        assertEquals(Uid.MAX_LENGTH, uid(text("x".repeat(Uid.MAX_LENGTH - 2))).length());
        SourceException text =
                assertThrows(SourceException.class, () -> uid(text("begin" + "x".repeat(Uid.MAX_LENGTH - 6))));
        assertEquals(SourceException.Kind.UNSUPPORTED, text.kind());
        assertTrue(text.getMessage()
                .contains("table orders: a row has a key of more than 1024 bytes, which begins with 'beginxx"));
        for (String number : new String[] {"1E+90000", "-1E+90000", "1E-90000", "1E+2500", "1E-2500"}) {
            assertThrows(SourceException.class, () -> uid(number(number)), number);
        }
    }

    @Test
    void refusesWhatHasNoOrder() {
        SourceException e = assertThrows(SourceException.class, () -> uid(new Value.Sequence(List.of(text("x")))));
        assertEquals(
                "table orders: column a of type any can't be part of the key: its values have no order;"
                        + " name another unique key with key=COLUMN",
                e.getMessage());
    }

    @Test
    void rowsAreEncodedAsTheMappingOfTheirValues() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            Shape shape = shape(4, 1);
            RowEncoder row = new RowEncoder(shape);
            row.begin();
            TreeMap<String, Value> values = new TreeMap<>();
            for (Column column : shape.columns()) {
                values.put(column.name(), field(row, random));
            }
            byte[] expected = CanonicalCbor.encode(Value.Mapping.of(values));
            assertArrayEquals(expected, Arrays.copyOf(row.encoding(), row.length()), "seed " + seed + ": " + values);
            assertEquals(Digest.sha256(expected), row.digest());
        }
    }

    private static Value field(RowEncoder row, Random random) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Value value = random(random, kind);
        switch (value) {
            case Value.Null.NULL -> row.nothing();
            case Value.Int(long whole) -> row.integer(whole);
            case Value.Decimal(BigDecimal decimal) -> row.number(decimal.setScale(decimal.scale() + random.nextInt(2)));
            case Value.Real(double real) -> row.real(real);
            case Value.Text(String text) -> {
                byte[] utf8 = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
                row.text(utf8, 1, utf8.length - 2);
            }
            case Value.Bytes bytes -> row.bytes(bytes.toBytes(), 0, bytes.length());
            case Value.Time(Instant time) -> row.moment(time.getEpochSecond(), time.getNano());
            default -> throw new AssertionError(value);
        }
        return value;
    }
}
