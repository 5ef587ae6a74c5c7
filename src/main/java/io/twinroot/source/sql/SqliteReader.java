package io.twinroot.source.sql;

import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.StringJoiner;

/** Reads rows of a table, each cell by the type it has and the one that its column is declared with. For one query. */
final class SqliteReader {
    /** The name of a text that is no UTF-8. */
    static final String TEXT = "text";

    /** From here on not every whole number is a double, and the shortest decimal of one may be another integer. */
    private static final double WHOLE = 1L << 53;

    private final Shape shape;
    private final SqliteType[] types;
    private final RowEncoder row;

    SqliteReader(Shape shape) {
        this.shape = shape;
        this.types = shape.columns().stream().map(SqliteType::of).toArray(SqliteType[]::new);
        this.row = new RowEncoder(shape);
    }

    void read(Connection connection, Dialect dialect, String tail, Dialect.Taker taker) throws SQLException {
        StringJoiner list = new StringJoiner(", ", "SELECT ", "");
        shape.columns().forEach(column -> list.add(dialect.quoted(column.name())));
        String query = list + " FROM " + dialect.quoted(shape.schema()) + "." + dialect.quoted(shape.table())
                + (tail.isEmpty() ? "" : " " + tail);
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                row.begin();
                for (int i = 0; i < types.length; i++) {
                    cell(rows, i + 1, types[i]);
                }
                taker.row(row.uid(), row.digest(), row.encoding(), row.length(), row.length());
            }
        }
    }

    private void cell(ResultSet rows, int index, SqliteType type) throws SQLException {
        switch (rows.getObject(index)) {
            case null -> row.nothing();
            case Integer whole -> whole(whole, type);
            case Long whole -> whole(whole, type);
            case Double real -> real(real, type);
            case byte[] bytes -> row.bytes(bytes, 0, bytes.length);
            case String text -> {
                if (text.indexOf('\ufffd') < 0) {
                    text(text, type);
                } else {
                    perhapsText(rows.getBytes(index), type);
                }
            }
            case Object other -> throw new IllegalStateException("the driver gave a " + other.getClass());
        }
    }

    private void whole(long whole, SqliteType type) {
        if (type.family() == Family.REAL && Math.abs((double) whole) < WHOLE) {
            row.real((double) whole);
        } else if (type.family() == Family.JSON) {
            row.value(json(Long.toString(whole), type));
        } else {
            row.integer(whole);
        }
    }

    private void real(double real, SqliteType type) {
        boolean exact = type.family() == Family.NUMBER || type.family() == Family.JSON;
        if (!exact || Double.isInfinite(real)) {
            row.real(real);
            return;
        }
        BigDecimal number = decimal(real);
        if (type.family() == Family.JSON) {
            row.value(json(number.toString(), type));
        } else {
            row.number(number);
        }
    }

    /** The number that a float stands for in a column of exact numbers. */
    static BigDecimal decimal(double real) {
        boolean integer = Math.abs(real) >= WHOLE && Math.abs(real) < 0x1p63;
        return integer ? BigDecimal.valueOf((long) real) : new BigDecimal(Double.toString(real));
    }

    private void text(String text, SqliteType type) {
        switch (type.family()) {
            case TIME -> row.text(SqliteTime.isTime(text) ? SqlTime.trimmed(text) : text);
            case DATETIME -> row.text(SqliteTime.isDateTime(text) ? SqlTime.withT(text) : text);
            case JSON -> row.value(json(text, type));
            default -> row.text(text);
        }
    }

    private static Value json(String text, SqliteType type) {
        return type.strict() ? Json.verbatim(text) : Json.canonical(text);
    }

    /** A text that holds the character for what is none, or bytes that are none. */
    private void perhapsText(byte[] bytes, SqliteType type) {
        try {
            text(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString(),
                    type);
        } catch (CharacterCodingException e) {
            row.value(Value.Mapping.of(Map.of(TEXT, new Value.Bytes(bytes))));
        }
    }
}
