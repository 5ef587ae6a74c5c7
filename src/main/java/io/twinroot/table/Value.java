package io.twinroot.table;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A typed value. Values of different types are never equal, whatever they print as: the integer 1, the double
 * 1.0, the decimal 1 and the text "1" are four values. Two decimals of different scale differ (1.5 and 1.50).
 */
public sealed interface Value {
    /** About how many bytes it takes on the wire or in memory, found quickly; for keeping batches small. */
    default long weight() {
        return switch (this) {
            case Text(String text) -> 8 + text.length();
            case Bytes bytes -> 8 + bytes.length();
            case Decimal(BigDecimal decimal) -> 8 + decimal.precision();
            case Mapping(SortedMap<String, Value> values) -> {
                long weight = 8;
                for (Map.Entry<String, Value> value : values.entrySet()) {
                    weight += 8 + value.getKey().length() + value.getValue().weight();
                }
                yield weight;
            }
            case Sequence(List<Value> values) -> {
                long weight = 8;
                for (Value value : values) {
                    weight += value.weight();
                }
                yield weight;
            }
            case Null.NULL -> 8;
            case Bool ignored -> 8;
            case Int ignored -> 8;
            case Real ignored -> 8;
            case Time ignored -> 16;
        };
    }

    enum Null implements Value {
        NULL
    }

    record Bool(boolean value) implements Value {}

    /** A signed 64-bit integer. */
    record Int(long value) implements Value {}

    /** A decimal number with its scale; at most 1,000 digits, exponent within ±100,000. */
    record Decimal(BigDecimal value) implements Value {
        public static final int MAX_DIGITS = 1_000;
        public static final int MAX_EXPONENT = 100_000;

        public Decimal {
            if (value.precision() > MAX_DIGITS || Math.abs((long) value.scale()) > MAX_EXPONENT) {
                throw new IllegalArgumentException("a decimal has " + value.precision() + " digits and exponent "
                        + -(long) value.scale() + "; the limits are " + MAX_DIGITS + " digits and ±" + MAX_EXPONENT);
            }
        }
    }

    /** An IEEE 754 double. All NaN are one value; 0.0 and -0.0 are two. */
    record Real(double value) implements Value {}

    /** Unicode text, kept code point for code point, without normalisation; no lone surrogates. */
    record Text(String value) implements Value {
        public Text {
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (Character.isHighSurrogate(c)
                        && i + 1 < value.length()
                        && Character.isLowSurrogate(value.charAt(i + 1))) {
                    i++;
                } else if (Character.isSurrogate(c)) {
                    throw new IllegalArgumentException("a text holds a lone surrogate at character " + i);
                }
            }
        }
    }

    /** Binary data; immutable. */
    final class Bytes implements Value {
        private final byte[] bytes;

        public Bytes(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        public byte[] toBytes() {
            return bytes.clone();
        }

        public int length() {
            return bytes.length;
        }

        /** A read-only view. */
        public ByteBuffer buffer() {
            return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes that && java.util.Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return java.util.Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "Bytes[" + bytes.length + "]";
        }
    }

    /** A moment in UTC, to the nanosecond, of the years 0000 to 9999. */
    record Time(Instant value) implements Value {
        private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
        private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

        public Time {
            if (value.isBefore(FIRST) || value.isAfter(LAST)) {
                throw new IllegalArgumentException("a time is outside the years 0000 to 9999: " + value);
            }
        }
    }

    /** Values by name, in the canonical order of the names. */
    record Mapping(SortedMap<String, Value> values) implements Value {
        public Mapping {
            SortedMap<String, Value> sorted = new TreeMap<>(CanonicalCbor::compareText);
            sorted.putAll(values);
            sorted.keySet().forEach(Text::new);
            values = Collections.unmodifiableSortedMap(sorted);
        }

        public static Mapping of(Map<String, ? extends Value> values) {
            TreeMap<String, Value> sorted = new TreeMap<>(CanonicalCbor::compareText);
            sorted.putAll(values);
            return new Mapping(sorted);
        }

        /** This mapping without the named values. */
        public Mapping without(Collection<String> names) {
            Set<String> left = Set.copyOf(names);
            TreeMap<String, Value> rest = new TreeMap<>(CanonicalCbor::compareText);
            values.forEach((name, value) -> {
                if (!left.contains(name)) {
                    rest.put(name, value);
                }
            });
            return new Mapping(rest);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Mapping that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return Objects.hash(values);
        }
    }

    /** Values in an order that matters. */
    record Sequence(List<Value> values) implements Value {
        public Sequence {
            values = List.copyOf(values);
        }
    }
}
