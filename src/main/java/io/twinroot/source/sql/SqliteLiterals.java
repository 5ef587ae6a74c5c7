package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Pattern;

/** Canonical values as SQLite's SQL writes them. What the engine would change without a word is refused. */
final class SqliteLiterals {
    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern NUMBER = Pattern.compile("\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*");
    private static final int SHOWN = 60;

    private final Column column;
    private final SqliteType type;

    SqliteLiterals(Column column) {
        this.column = column;
        this.type = SqliteType.of(column);
    }

    String literal(Value value) {
        return switch (value) {
            case Value.Null.NULL -> "NULL";
            case Value.Int(long whole) -> whole(whole, value);
            case Value.Decimal(BigDecimal decimal) -> decimal(decimal, value);
            case Value.Real(double real) -> real(real, value);
            case Value.Bytes bytes -> hex(bytes.toBytes());
            case Value.Text(String text) -> text(stored(text), value);
            case Value.Mapping(SortedMap<String, Value> parts) when isRaw(parts) -> rawText(value);
            case Value.Mapping ignored when type.family() == Family.JSON -> json(value);
            case Value.Mapping ignored -> throw refused(value, "SQLite has no such value");
            case Value.Bool ignored -> throw refused(value, "SQLite has no such value");
            case Value.Time ignored -> throw refused(value, "SQLite has no moments");
            case Value.Sequence ignored -> throw refused(value, "SQLite has no arrays");
        };
    }

    String equal(String name, Value value) {
        return switch (value) {
            case Value.Null.NULL -> name + " IS NULL";
            case Value.Int ignored when type.family() == Family.NUMBER -> number(name, literal(value));
            case Value.Decimal ignored -> number(name, literal(value));
            case Value.Int ignored -> name + " = " + literal(value) + is(name, "integer");
            case Value.Real(double real) when type.family() == Family.REAL && real != 0 -> number(name, literal(value));
            case Value.Real(double real) -> name + " = " + literal(value) + is(name, "real") + zeroSign(name, real);
            case Value.Text(String text) -> textEqual(name, text);
            case Value.Mapping ignored
            when type.family() == Family.JSON && !Json.isVerbatim(value) ->
                // the order of names is no matter, and no function of SQLite compares so
                "json_valid(" + name + ")";
            case Value.Mapping ignored
            when type.family() == Family.JSON ->
                "CAST(" + name + " AS BLOB) = CAST(" + quoted(Json.text(value)) + " AS BLOB) AND typeof(" + name
                        + ") <> 'blob'";
            case Value.Mapping ignored -> bytesEqual(name, literal(value));
            case Value.Bytes bytes -> name + " = " + hex(bytes.toBytes()) + is(name, "blob");
            case Value.Bool ignored -> literal(value);
            case Value.Time ignored -> literal(value);
            case Value.Sequence ignored -> literal(value);
        };
    }

    private static String number(String name, String literal) {
        return name + " = " + literal + " AND typeof(" + name + ") IN ('integer', 'real')";
    }

    private String textEqual(String name, String text) {
        List<String> forms = type.family() == Family.DATETIME || type.family() == Family.TIME
                ? SqliteTime.forms(text)
                : List.of(text);
        if (forms.size() == 1) {
            return bytesEqual(name, quoted(text));
        }
        return name + " COLLATE BINARY IN ("
                + String.join(", ", forms.stream().map(SqliteLiterals::quoted).toList()) + ")" + is(name, "text");
    }

    private static String bytesEqual(String name, String literal) {
        return "CAST(" + name + " AS BLOB) = CAST(" + literal + " AS BLOB)" + is(name, "text");
    }

    private static String is(String name, String storage) {
        return " AND typeof(" + name + ") = '" + storage + "'";
    }

    /** 0 = −0 in SQL, and both are written as 0.0. */
    private static String zeroSign(String name, double real) {
        return real == 0 ? " AND atan2(" + name + ", -1) " + (1 / real < 0 ? "<" : ">") + " 0" : "";
    }

    private String whole(long whole, Value value) {
        if (type.affinity() == SqliteType.Affinity.TEXT
                || type.affinity() == SqliteType.Affinity.REAL
                || type.family() == Family.JSON) {
            throw refused(value, "SQLite would make it another type");
        }
        return whole == Long.MIN_VALUE ? "(-9223372036854775807 - 1)" : Long.toString(whole);
    }

    /** As a float, where that stands for exactly this number. */
    private String decimal(BigDecimal decimal, Value value) {
        double real = decimal.doubleValue();
        if (type.family() != Family.NUMBER) {
            throw refused(value, "SQLite would make it a float");
        }
        if (Double.isInfinite(real) || SqliteReader.decimal(real).compareTo(decimal) != 0) {
            throw refused(value, "SQLite keeps 15 to 17 digits of a number that is not a whole one of 64 bits");
        }
        return Double.toString(real);
    }

    private String real(double real, Value value) {
        if (Double.isNaN(real)) {
            throw refused(value, "SQLite has no NaN");
        }
        if (Double.isInfinite(real)) {
            return real < 0 ? "-9e999" : "9e999";
        }
        boolean kept = type.affinity() == SqliteType.Affinity.REAL
                        && !Double.toString(real).equals("-0.0")
                || type.affinity() == SqliteType.Affinity.NONE
                || type.family() != Family.NUMBER
                        && type.affinity() == SqliteType.Affinity.NUMERIC
                        && real != (long) real;
        if (!kept) {
            throw refused(value, "SQLite would make it another value");
        }
        return Double.toString(real);
    }

    private String text(String text, Value value) {
        if (type.family() == Family.JSON) {
            throw refused(value, "it is no JSON document");
        }
        boolean numeric = type.affinity() != SqliteType.Affinity.TEXT && type.affinity() != SqliteType.Affinity.NONE;
        if (numeric && NUMBER.matcher(text).matches()) {
            throw refused(value, "SQLite would make it a number");
        }
        return quoted(text);
    }

    /** A date and time in the form of SQLite's own functions. */
    private String stored(String text) {
        return type.family() == Family.DATETIME && SqliteTime.isDateTime(text) ? text.replace('T', ' ') : text;
    }

    /** Whether a mapping is a text that is no UTF-8. */
    private static boolean isRaw(Map<String, Value> parts) {
        return parts.size() == 1 && parts.get(SqliteReader.TEXT) instanceof Value.Bytes;
    }

    private String rawText(Value value) {
        if (value instanceof Value.Mapping(SortedMap<String, Value> parts)
                && parts.get(SqliteReader.TEXT) instanceof Value.Bytes raw) {
            return "CAST(" + hex(raw.toBytes()) + " AS TEXT)";
        }
        throw refused(value, "SQLite has no such value");
    }

    /** A document that is a number becomes one, which reads as the document again where it is not too long. */
    private String json(Value value) {
        String text = Json.text(value);
        if (NUMBER.matcher(text).matches()) {
            double real = new BigDecimal(text).doubleValue();
            boolean whole = text.matches("-?\\d{1,18}");
            if (!whole
                    && (Double.isInfinite(real) || SqliteReader.decimal(real).compareTo(new BigDecimal(text)) != 0)) {
                throw refused(value, "SQLite keeps 15 to 17 digits of a number in a column of this type");
            }
        }
        return quoted(text);
    }

    private IllegalArgumentException refused(Value value, String why) {
        String shown = value.toString();
        return new IllegalArgumentException("column " + column.name() + " of type "
                + (column.type().isEmpty() ? "none" : column.type().toLowerCase(Locale.ROOT)) + " can't hold "
                + (shown.length() > SHOWN ? shown.substring(0, SHOWN) + "…" : shown) + ": " + why);
    }

    /** A text in quotes ends at its first NUL. */
    private static String quoted(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\0') < 0 ? quoted : "(" + quoted.replace("\0", "' || char(0) || '") + ")";
    }

    private static String hex(byte[] bytes) {
        return "X'" + HEX.formatHex(bytes) + "'";
    }
}
