package io.twinroot.source.sql;

/**
 * The type of a column of MariaDB.
 *
 * @param charset of texts as stored; empty for other kinds
 * @param size characters of CHAR and VARCHAR, bytes of other texts and of BINARY, bits of BIT, whole digits and fraction
 *     of DECIMAL together; 0 where it has none
 * @param scale digits after the point of DECIMAL, of a second's fraction of times
 * @param order whether the engine's order of its values is that of the UIDs
 * @param strict whether decimals differ by their scale, and JSON documents by their text
 */
record MariaType(Kind kind, String charset, long size, int scale, boolean order, boolean strict) {
    enum Kind {
        INTEGER(Family.NUMBER),
        YEAR(Family.NUMBER),
        DECIMAL(Family.NUMBER),
        /** BIT(1). */
        FLAG(Family.NUMBER),
        BITS(Family.TEXT),
        FLOAT(Family.REAL),
        DOUBLE(Family.REAL),
        CHAR(Family.TEXT),
        VARCHAR(Family.TEXT),
        TEXT(Family.TEXT),
        /** ENUM, SET. */
        WORD(Family.TEXT),
        UUID(Family.TEXT),
        /** INET4, INET6. */
        INET(Family.TEXT),
        BINARY(Family.BYTES),
        BYTES(Family.BYTES),
        GEOMETRY(Family.BYTES),
        DATE(Family.DATE),
        TIME(Family.TIME),
        DATETIME(Family.DATETIME),
        TIMESTAMP(Family.MOMENT),
        JSON(Family.JSON);

        private final Family family;

        Kind(Family family) {
            this.family = family;
        }
    }

    static MariaType of(Column column) {
        return (MariaType) column.code();
    }

    Family family() {
        return kind.family;
    }

    /** Whether each text of the charset is one of Unicode, and back again. Of others some bytes may be no character. */
    boolean isUnicode() {
        return switch (charset) {
            case "", "utf8mb4", "utf8mb3", "utf8", "ascii", "latin1" -> true;
            default -> false;
        };
    }

    /** What to read of a column, so that the value comes exactly. */
    String read(String column) {
        return switch (kind) {
            case FLOAT -> "CAST(" + column + " AS DOUBLE)"; // a single is written with 6 digits only
            case CHAR, VARCHAR, TEXT, WORD ->
                isUnicode()
                        ? column
                        : "IF(" + isText(column) + ", CONCAT('t', " + binary(column) + "), CONCAT('b', CAST(" + column
                                + " AS BINARY)))";
            default -> column;
        };
    }

    /** Whether a text of another charset comes back from Unicode as it was; true for NULL. */
    private String isText(String column) {
        return "CAST(CONVERT(CONVERT(" + column + " USING utf8mb4) USING " + charset + ") AS BINARY) <=> CAST(" + column
                + " AS BINARY)";
    }

    /** The bytes of a text in UTF-8. */
    String binary(String column) {
        return switch (charset) {
            case "", "utf8mb4", "utf8mb3", "utf8", "ascii" -> "CAST(" + column + " AS BINARY)";
            default -> "CAST(CONVERT(" + column + " USING utf8mb4) AS BINARY)";
        };
    }
}
