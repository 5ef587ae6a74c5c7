package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.util.Map;

/** The one form of an exact number. */
final class Numbers {
    /** The name of a number's text, where it is too big for {@link Value.Decimal}. */
    private static final String BIG = "number";

    private Numbers() {}

    /**
     * A whole number of 64 bits as an integer, another as a decimal without zeros at its end, and one beyond the limits of
     * {@link Value.Decimal} as a mapping of {@code number} to its text.
     */
    static Value canonical(BigDecimal value) {
        BigDecimal stripped = value.stripTrailingZeros();
        if (stripped.scale() <= 0 && stripped.precision() - (long) stripped.scale() <= 19) {
            try {
                return new Value.Int(stripped.longValueExact());
            } catch (ArithmeticException e) {
                return decimal(stripped); // 19 digits that need more than 63 bits
            }
        }
        return decimal(stripped);
    }

    /** A decimal with its scale as it is; beyond the limits as {@link #canonical} has it. */
    static Value decimal(BigDecimal value) {
        return value.precision() > Value.Decimal.MAX_DIGITS
                        || Math.abs((long) value.scale()) > Value.Decimal.MAX_EXPONENT
                ? Value.Mapping.of(Map.of(BIG, new Value.Text(value.toString())))
                : new Value.Decimal(value);
    }

    /**
     * The number that a canonical value is.
     *
     * @throws IllegalArgumentException when it is none: also for a float
     */
    static BigDecimal exact(Value value) {
        return switch (value) {
            case Value.Int(long whole) -> BigDecimal.valueOf(whole);
            case Value.Decimal(BigDecimal decimal) -> decimal;
            case Value.Mapping(var parts)
            when parts.size() == 1 && parts.get(BIG) instanceof Value.Text(String text) -> new BigDecimal(text);
            default -> throw new IllegalArgumentException("not an exact number: " + value);
        };
    }
}
