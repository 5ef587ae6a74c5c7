package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Canonical values as SQL for PostgreSQL writes them, and conditions that a column has one. */
final class PostgresLiterals {
    /** Of what is on the left of a time: a sign, the year, month and day. */
    private static final Pattern DATE = Pattern.compile("([+-]?)(\\d{4,7})(-\\d\\d-\\d\\d)(.*)");

    /** Types that a text has without a cast. */
    private static final Set<String> PLAIN = Set.of("text", "varchar");

    private static final Pattern TIME = Pattern.compile("\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?");
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern CHARACTER_ZERO = Pattern.compile("(?<!\\\\)(\\\\\\\\)*\\\\u0000");
    private static final Pattern ZONE = Pattern.compile("[+-]\\d\\d:\\d\\d(:\\d\\d)?");

    private final Column column;
    private final PostgresType type;

    PostgresLiterals(Column column) {
        this.column = column;
        this.type = PostgresType.of(column);
    }

    /** @throws IllegalArgumentException where the column can't hold it */
    String literal(Value value) {
        if (value == Value.Null.NULL) {
            return "NULL";
        }
        if (type.array()) {
            String cast = type.kind() == PostgresKind.MONEY ? "::numeric[]::money[]" : "::" + type.cast();
            return PostgresText.literal(array(value)) + cast;
        }
        String text = text(value);
        return switch (type.kind()) {
            case BOOL -> text;
            case INT2, INT4, INT8, OID -> isSmall(value) ? text : "'" + text + "'::" + type.name();
            case TEXT ->
                PLAIN.contains(type.name())
                        ? PostgresText.literal(text)
                        : PostgresText.literal(text) + "::" + type.name();
            case MONEY -> "'" + text + "'::numeric::money";
            default -> PostgresText.literal(text) + "::" + type.name();
        };
    }

    /**
     * A condition; where the engine calls different values equal, its own comparison stays as the first part, so that it
     * can use an index.
     *
     * @throws IllegalArgumentException where the column can't hold it
     */
    String equal(Value value) {
        String name = PostgresText.quoted(column.name());
        if (value == Value.Null.NULL) {
            // a composite value of NULLs IS NULL, and yet another one
            return type.kind() == PostgresKind.WRITTEN ? name + " IS NOT DISTINCT FROM NULL" : name + " IS NULL";
        }
        String literal = literal(value);
        if (type.array()) {
            return equalArrays(name, literal);
        }
        String same = name + " = " + literal;
        String exact = "(" + same + " AND " + written(name, literal) + ")";
        return switch (type.kind()) {
            case FLOAT4, FLOAT8 -> value instanceof Value.Real(double real) && real == 0 ? exact : same;
            case TEXT, CHAR -> type.exactText() ? same : exact;
            case CITEXT -> exact;
            case WRITTEN -> type.inKey() ? exact : written(name, literal);
            case NUMERIC, MONEY -> type.strict() ? exact : same;
            case JSON, JSONB ->
                type.strict() || Json.isVerbatim(value) || hasCharacterZero(literal)
                        ? written(name, literal)
                        : name + "::jsonb = " + PostgresText.literal(text(value)) + "::jsonb";
            default -> same;
        };
    }

    /** Whether a JSON text has the character 0 in a string, which jsonb can't hold. */
    private static boolean hasCharacterZero(String json) {
        return CHARACTER_ZERO.matcher(json).find();
    }

    private String equalArrays(String column, String literal) {
        String name = column + "::" + type.cast(); // an array of a domain has no comparison with others
        return switch (type.kind()) {
            case JSON, JSONB ->
                type.strict() ? written(name, literal) : name + "::jsonb[] = (" + literal + ")::jsonb[]";
            case NUMERIC, MONEY -> type.strict() ? written(name, literal) : name + " = " + literal;
            case TEXT, CHAR -> type.exactText() ? name + " = " + literal : written(name, literal);
            default -> type.kind().hasExactEquality() ? name + " = " + literal : written(name, literal);
        };
    }

    /** That both are written alike: compared by their bytes. */
    private static String written(String left, String right) {
        return left + "::text COLLATE \"C\" = (" + right + ")::text";
    }

    private String array(Value value) {
        if (value instanceof Value.Mapping(SortedMap<String, Value> parts)
                && parts.get("from") instanceof Value.Sequence(List<Value> from)
                && parts.get("of") instanceof Value.Sequence elements) {
            StringBuilder bounds = new StringBuilder();
            Value level = elements;
            for (Value first : from) {
                if (!(level instanceof Value.Sequence(List<Value> items) && !items.isEmpty())) {
                    throw refusal("not an array with as many dimensions as bounds");
                }
                BigDecimal start = Numbers.exact(first);
                bounds.append('[').append(start).append(':');
                bounds.append(start.add(BigDecimal.valueOf(items.size() - 1L))).append(']');
                level = items.get(0);
            }
            return bounds + "=" + elements(elements);
        }
        return elements(value);
    }

    private String elements(Value value) {
        return switch (value) {
            case Value.Null.NULL -> "NULL";
            case Value.Sequence(List<Value> values) -> {
                StringJoiner items = new StringJoiner(String.valueOf(type.delimiter()), "{", "}");
                values.forEach(item -> items.add(elements(item)));
                yield items.toString();
            }
            default -> '"' + text(value).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        };
    }

    /** A value as PostgreSQL reads it. */
    private String text(Value value) {
        return switch (type.kind()) {
            case BOOL -> bool(value);
            case INT2, INT4, INT8, OID -> whole(value);
            case NUMERIC -> number(value);
            case MONEY -> exact(value).toString();
            case FLOAT4, FLOAT8 -> real(value);
            case TEXT, CITEXT, WRITTEN -> string(value);
            case CHAR -> unpadded(string(value));
            case UUID -> matching(UUID, string(value), "a UUID in small letters");
            case BYTES -> "\\x" + HexFormat.of().formatHex(bytes(value));
            case DATE -> dated(string(value), "");
            case TIME -> matching(TIME, string(value), "a time of day to the microsecond");
            case TIMETZ -> zoned(string(value));
            case TIMESTAMP -> dated(string(value), "T");
            case TIMESTAMPTZ -> moment(value);
            case JSON -> document(value);
            case JSONB -> jsonb(value);
        };
    }

    private String bool(Value value) {
        return switch (value) {
            case Value.Int(long i) when i == 0 -> "FALSE";
            case Value.Int(long i) when i == 1 -> "TRUE";
            default -> throw refusal("not 0 or 1");
        };
    }

    private static boolean isSmall(Value value) {
        return value instanceof Value.Int(long i) && i == (int) i;
    }

    private String whole(Value value) {
        if (!(value instanceof Value.Int(long i))) {
            throw refusal("not a whole number of 64 bits");
        }
        boolean fits = switch (type.kind()) {
            case INT2 -> i == (short) i;
            case INT4 -> i == (int) i;
            case OID -> i == (i & 0xffff_ffffL);
            default -> true;
        };
        if (!fits) {
            throw refusal(i + " is out of its range");
        }
        return Long.toString(i);
    }

    private String number(Value value) {
        return value instanceof Value.Real(double real) && !Double.isFinite(real)
                ? special(real)
                : exact(value).toString();
    }

    private BigDecimal exact(Value value) {
        try {
            return Numbers.exact(value);
        } catch (IllegalArgumentException e) {
            throw refusal("not an exact number");
        }
    }

    private String real(Value value) {
        if (!(value instanceof Value.Real(double real))) {
            throw refusal("not a float");
        }
        if (!Double.isFinite(real)) {
            return special(real);
        }
        if (type.kind() == PostgresKind.FLOAT8) {
            return Double.toString(real);
        }
        if ((float) real != real) {
            throw refusal("a float of 64 bits, and it has 32");
        }
        return Float.toString((float) real);
    }

    private static String special(double real) {
        return Double.isNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity";
    }

    private String string(Value value) {
        if (!(value instanceof Value.Text(String text))) {
            throw refusal("not a text");
        }
        if (text.indexOf('\0') >= 0) {
            throw refusal("a text with the character 0, which PostgreSQL does not keep");
        }
        return text;
    }

    private String unpadded(String text) {
        if (text.endsWith(" ")) {
            throw refusal("a text with spaces at its end, which it does not keep");
        }
        return text;
    }

    private byte[] bytes(Value value) {
        if (!(value instanceof Value.Bytes bytes)) {
            throw refusal("not bytes");
        }
        return bytes.toBytes();
    }

    private String matching(Pattern pattern, String text, String what) {
        if (!pattern.matcher(text).matches()) {
            throw refusal("'" + text + "' is not " + what);
        }
        return text;
    }

    private String zoned(String text) {
        int zone = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
        if (zone < 0
                || !ZONE.matcher(text.substring(zone)).matches()
                || !TIME.matcher(text.substring(0, zone)).matches()) {
            throw refusal("'" + text + "' is not a time of day with a zone");
        }
        return text;
    }

    /**
     * A date, and a time where one must follow, with the year as PostgreSQL writes it: before 1 counted from 1 on, with BC.
     *
     * @param divider before the time; empty for none
     */
    private String dated(String text, String divider) {
        if (text.equals("infinity") || text.equals("-infinity")) {
            return text;
        }
        Matcher date = DATE.matcher(text);
        if (!date.matches()) {
            throw refusal("'" + text + "' is not a date");
        }
        String rest = date.group(4);
        boolean fits = divider.isEmpty()
                ? rest.isEmpty()
                : rest.startsWith(divider)
                        && TIME.matcher(rest.substring(divider.length())).matches();
        if (!fits || date.group(3).contains("-00")) {
            throw refusal("'" + text + "' is not a date" + (divider.isEmpty() ? "" : " and time to the microsecond"));
        }
        int year = Integer.parseInt(date.group(2)) * (date.group(1).equals("-") ? -1 : 1);
        String shown = year > 0 ? date.group(2) : String.format("%04d", 1 - year);
        return shown + date.group(3) + rest + (year > 0 ? "" : " BC");
    }

    private String moment(Value value) {
        if (value instanceof Value.Time(var instant)) {
            if (instant.getNano() % 1_000 != 0) {
                throw refusal("a moment to the nanosecond, and it has microseconds");
            }
            String text = new IsoText()
                    .begin()
                    .dateTime(0, instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000)
                    .toString();
            return utc(text);
        }
        String text = string(value);
        return text.endsWith("Z") ? utc(text.substring(0, text.length() - 1)) : dated(text, "T");
    }

    private String utc(String text) {
        String dated = dated(text, "T");
        return dated.endsWith(" BC") ? dated.substring(0, dated.length() - 3) + "Z BC" : dated + "Z";
    }

    private String document(Value value) {
        try {
            return Json.text(value);
        } catch (IllegalArgumentException e) {
            throw refusal("" + e.getMessage());
        }
    }

    private String jsonb(Value value) {
        if (!type.strict() && Json.isVerbatim(value)) {
            throw refusal(
                    "a document with a name twice, half a character or too many levels, which jsonb does not keep");
        }
        String text = document(value);
        if (hasCharacterZero(text)) {
            throw refusal("a document with the character 0, which jsonb does not keep");
        }
        return text;
    }

    private IllegalArgumentException refusal(String what) {
        return new IllegalArgumentException(
                "column " + column.name() + " of type " + column.type() + " can't hold it: " + what);
    }
}
