package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Canonical values as MariaDB's SQL writes them. The literals mean the same with and without NO_BACKSLASH_ESCAPES. What
 * the engine would change without a word (digits that do not fit, spaces at an end) is refused here; what it refuses
 * itself in its strict mode is not looked at.
 */
final class MariaLiterals {
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");
    private static final Pattern TIME = Pattern.compile("-?\\d{2,3}:\\d\\d:\\d\\d(\\.\\d{1,6})?");
    private static final Pattern DATETIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?");
    private static final HexFormat HEX = HexFormat.of();
    private static final int SRID = 4;
    private static final int SHOWN = 60;

    private final Column column;
    private final MariaType type;

    MariaLiterals(Column column) {
        this.column = column;
        this.type = MariaType.of(column);
    }

    String literal(Value value) {
        if (value == Value.Null.NULL) {
            return "NULL";
        }
        return switch (type.kind()) {
            case INTEGER, DECIMAL -> number(value);
            case YEAR -> year(value);
            case FLAG -> number(value);
            case BITS -> bits(value);
            case FLOAT, DOUBLE -> real(value);
            case CHAR, VARCHAR, TEXT, WORD -> text(value);
            case UUID -> uuid(value);
            case INET -> quoted(string(value));
            case BINARY, BYTES -> bytes(value);
            case GEOMETRY -> geometry(value);
            case DATE -> quoted(matching(DATE, string(value)));
            case TIME -> quoted(fitting(matching(TIME, string(value))));
            case DATETIME -> quoted(fitting(matching(DATETIME, string(value))).replace('T', ' '));
            case TIMESTAMP -> moment(value);
            case JSON -> quoted(Json.text(value));
        };
    }

    String equal(String name, Value value) {
        if (value == Value.Null.NULL) {
            return name + " IS NULL";
        }
        return switch (type.kind()) {
            case FLOAT, DOUBLE -> name + " = " + real(value) + zeroSign(name, value);
            case CHAR, VARCHAR, TEXT, WORD -> textEqual(name, value);
            case UUID, INET, INTEGER, DECIMAL, YEAR, FLAG, BITS, DATE, TIME, DATETIME, TIMESTAMP ->
                name + " = " + literal(value);
            case BINARY, BYTES -> name + " = " + bytes(value);
            case GEOMETRY -> "CAST(" + name + " AS BINARY) = " + hex(raw(value));
            case JSON ->
                Json.isVerbatim(value)
                        ? "CAST(" + name + " AS BINARY) = " + hex(Json.text(value))
                        : "JSON_EQUALS(" + name + ", " + literal(value) + ")";
        };
    }

    private String textEqual(String name, Value value) {
        return value instanceof Value.Bytes raw
                ? "CAST(" + name + " AS BINARY) = " + hex(raw.toBytes())
                : type.binary(name) + " = CAST(" + quoted(string(value)) + " AS BINARY)";
    }

    /** 0 = −0 in SQL. */
    private static String zeroSign(String name, Value value) {
        return value instanceof Value.Real(double real) && real == 0
                ? " AND CAST(" + name + " AS CHAR) " + (1 / real < 0 ? "LIKE" : "NOT LIKE") + " '-%'"
                : "";
    }

    private String number(Value value) {
        if (!(value instanceof Value.Int) && !(value instanceof Value.Decimal)) {
            throw refused(value, "MariaDB's numbers have at most 65 digits");
        }
        BigDecimal number = Numbers.exact(value);
        if (number.scale() > type.scale() && number.stripTrailingZeros().scale() > type.scale()) {
            throw refused(value, "it holds " + type.scale() + " digits after the point");
        }
        return number.toPlainString();
    }

    /** Years of one and two digits would become others. */
    private String year(Value value) {
        if (value instanceof Value.Int(long year) && (year == 0 || year > 99)) {
            return Long.toString(year);
        }
        throw refused(value, "it holds the years 0 and 1901 to 2155");
    }

    private String bits(Value value) {
        String bits = string(value);
        if (bits.length() != type.size() || !bits.chars().allMatch(c -> c == '0' || c == '1')) {
            throw refused(value, "it holds " + type.size() + " zeros and ones");
        }
        return "b'" + bits + "'";
    }

    private String real(Value value) {
        if (!(value instanceof Value.Real(double real))) {
            throw refused(value, "it is no float");
        }
        if (Double.isNaN(real) || Double.isInfinite(real)) {
            throw refused(value, "MariaDB has no NaN and no infinities");
        }
        if (type.kind() == MariaType.Kind.FLOAT && (float) real != real) {
            throw refused(value, "a single has fewer digits");
        }
        String digits = Double.toString(real);
        return digits.indexOf('E') < 0 ? digits + "E0" : digits; // without E it would be a decimal
    }

    private String text(Value value) {
        if (value instanceof Value.Bytes raw && !type.isUnicode()) {
            return "_" + type.charset() + " " + hex(raw.toBytes());
        }
        String text = string(value);
        if (type.kind() == MariaType.Kind.CHAR && text.endsWith(" ")) {
            throw refused(value, "it does not keep spaces at the end");
        }
        if (type.size() > 0 && text.endsWith(" ") && size(text) > type.size()) {
            throw refused(value, "it would be cut off");
        }
        return quoted(text);
    }

    private long size(String text) {
        return type.kind() == MariaType.Kind.TEXT
                ? text.getBytes(StandardCharsets.UTF_8).length
                : text.codePointCount(0, text.length());
    }

    private String uuid(Value value) {
        String text = string(value);
        try {
            if (UUID.fromString(text).toString().equals(text)) {
                return quoted(text);
            }
        } catch (IllegalArgumentException e) {
            throw refused(value, "it is no UUID");
        }
        throw refused(value, "it holds UUIDs in small letters");
    }

    private String bytes(Value value) {
        byte[] bytes = raw(value);
        if (type.kind() == MariaType.Kind.BINARY && bytes.length != type.size()) {
            throw refused(value, "it holds " + type.size() + " bytes");
        }
        return hex(bytes);
    }

    /** MariaDB's own form is the SRID, of 4 bytes with the lowest first, and the WKB. */
    private String geometry(Value value) {
        byte[] bytes = raw(value);
        if (bytes.length <= SRID) {
            throw refused(value, "it is no geometry");
        }
        int srid = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        return "ST_GeomFromWKB(" + hex(Arrays.copyOfRange(bytes, SRID, bytes.length)) + ", "
                + Integer.toUnsignedString(srid) + ")";
    }

    private String moment(Value value) {
        return quoted(fitting(
                value instanceof Value.Time(Instant moment)
                        ? SqlTime.utc(moment)
                        : matching(DATETIME, string(value)).replace('T', ' ')));
    }

    private String matching(Pattern form, String text) {
        if (!form.matcher(text).matches()) {
            throw refused(new Value.Text(text), "it is not of the form that MariaDB has");
        }
        return text;
    }

    private String fitting(String time) {
        if (SqlTime.places(time) > type.scale()) {
            throw refused(new Value.Text(time), "it holds " + type.scale() + " digits of a second's fraction");
        }
        return time;
    }

    private String string(Value value) {
        if (value instanceof Value.Text(String text)) {
            return text;
        }
        throw refused(value, "it is no text");
    }

    private byte[] raw(Value value) {
        if (value instanceof Value.Bytes bytes) {
            return bytes.toBytes();
        }
        throw refused(value, "they are no bytes");
    }

    private IllegalArgumentException refused(Value value, String why) {
        String shown = value.toString();
        return new IllegalArgumentException("column " + column.name() + " of type " + column.type() + " can't hold "
                + (shown.length() > SHOWN ? shown.substring(0, SHOWN) + "…" : shown) + ": " + why);
    }

    private static String quoted(String text) {
        return text.chars().anyMatch(c -> c < ' ' || c == '\\' || c == 0x7f)
                ? "_utf8mb4 " + hex(text)
                : "'" + text.replace("'", "''") + "'";
    }

    private static String hex(String text) {
        return hex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hex(byte[] bytes) {
        return "X'" + HEX.formatHex(bytes) + "'";
    }
}
