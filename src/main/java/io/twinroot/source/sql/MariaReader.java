package io.twinroot.source.sql;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.StringJoiner;

/** Reads rows of a table as a stream: one row in memory, besides what the sockets hold. For one query. */
final class MariaReader {
    /** Any number but 0 makes the driver stream; it reads row by row then. */
    private static final int FETCH = 1_000;

    private static final int MAX_LONG_DIGITS = 18;

    private final Shape shape;
    private final MariaType[] types;
    private final RowEncoder row;

    MariaReader(Shape shape) {
        this.shape = shape;
        this.types = shape.columns().stream().map(MariaType::of).toArray(MariaType[]::new);
        this.row = new RowEncoder(shape);
    }

    void read(Connection connection, Dialect dialect, String tail, Dialect.Taker taker) throws SQLException {
        StringJoiner list = new StringJoiner(", ", "SELECT ", "");
        for (Column column : shape.columns()) {
            list.add(MariaType.of(column).read(dialect.quoted(column.name())));
        }
        String query = list + " FROM " + dialect.quoted(shape.schema()) + "." + dialect.quoted(shape.table())
                + (tail.isEmpty() ? "" : " " + tail);
        try (Statement statement =
                connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(FETCH);
            try (ResultSet rows = statement.executeQuery(query)) {
                while (rows.next()) {
                    row.begin();
                    for (int i = 0; i < types.length; i++) {
                        cell(rows, i + 1, types[i]);
                    }
                    taker.row(row.uid(), row.digest(), row.encoding(), row.length(), row.length());
                }
            }
        }
    }

    private void cell(ResultSet rows, int index, MariaType type) throws SQLException {
        switch (type.kind()) {
            case CHAR, VARCHAR, TEXT, WORD, UUID, INET, BINARY, BYTES, GEOMETRY, FLAG, BITS, JSON -> {
                byte[] bytes = rows.getBytes(index);
                if (bytes == null) {
                    row.nothing();
                } else {
                    bytes(bytes, type);
                }
            }
            case INTEGER, YEAR, DECIMAL, FLOAT, DOUBLE, DATE, TIME, DATETIME, TIMESTAMP -> {
                String ascii = rows.getString(index); // as the server wrote it
                if (ascii == null) {
                    row.nothing();
                } else {
                    ascii(ascii, type);
                }
            }
        }
    }

    private void bytes(byte[] bytes, MariaType type) {
        switch (type.kind()) {
            case BINARY, BYTES, GEOMETRY -> row.bytes(bytes, 0, bytes.length);
            case FLAG -> row.integer(bytes[0]);
            case BITS -> row.ascii(bits(bytes, (int) type.size()));
            case JSON -> {
                String text = new String(bytes, StandardCharsets.UTF_8);
                row.value(type.strict() ? Json.verbatim(text) : Json.canonical(text));
            }
            default -> text(bytes, type);
        }
    }

    private void text(byte[] bytes, MariaType type) {
        if (type.isUnicode()) {
            row.text(bytes, 0, bytes.length);
        } else if (bytes[0] == 't') {
            row.text(bytes, 1, bytes.length - 1);
        } else {
            row.bytes(bytes, 1, bytes.length - 1);
        }
    }

    private static String bits(byte[] bytes, int count) {
        StringBuilder bits = new StringBuilder(count);
        for (int i = count - 1; i >= 0; i--) {
            bits.append((bytes[bytes.length - 1 - i / 8] >> (i & 7) & 1) == 0 ? '0' : '1');
        }
        return bits.toString();
    }

    private void ascii(String ascii, MariaType type) {
        switch (type.kind()) {
            case FLOAT, DOUBLE -> row.real(Double.parseDouble(ascii));
            case DATE, TIME -> row.ascii(SqlTime.trimmed(ascii));
            case DATETIME -> row.ascii(SqlTime.withT(ascii));
            case TIMESTAMP -> moment(ascii);
            default -> number(ascii, type);
        }
    }

    private void number(String ascii, MariaType type) {
        if (ascii.length() > MAX_LONG_DIGITS || type.strict() && type.kind() == MariaType.Kind.DECIMAL) {
            BigDecimal number = new BigDecimal(ascii);
            row.value(type.strict() ? Numbers.decimal(number) : Numbers.canonical(number));
            return;
        }
        boolean negative = ascii.charAt(0) == '-';
        long unscaled = 0;
        int scale = 0;
        for (int i = negative ? 1 : 0; i < ascii.length(); i++) {
            char c = ascii.charAt(i);
            if (c == '.') {
                scale = ascii.length() - 1 - i;
            } else {
                unscaled = unscaled * 10 + c - '0';
            }
        }
        row.number(negative ? -unscaled : unscaled, scale);
    }

    private void moment(String ascii) {
        if (ascii.startsWith("0000")) {
            row.ascii(SqlTime.withT(ascii)); // the zero date is no moment
        } else {
            row.moment(SqlTime.epochSecond(ascii), SqlTime.nanos(ascii));
        }
    }
}
