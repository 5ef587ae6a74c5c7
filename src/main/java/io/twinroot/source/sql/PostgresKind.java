package io.twinroot.source.sql;

/** How PostgreSQL sends the values of a type, and what becomes of them. */
enum PostgresKind {
    BOOL(Family.NUMBER),
    INT2(Family.NUMBER),
    INT4(Family.NUMBER),
    INT8(Family.NUMBER),
    OID(Family.NUMBER),
    NUMERIC(Family.NUMBER),
    /** Read as numeric: how many digits it has after the point is the server's locale. */
    MONEY(Family.NUMBER),
    FLOAT4(Family.REAL),
    FLOAT8(Family.REAL),
    /** Text as it is sent: also the labels of enums. */
    TEXT(Family.TEXT),
    /** Text that is equal whatever the case of its letters. */
    CITEXT(Family.TEXT),
    /** Text with spaces at its end that don't count. */
    CHAR(Family.TEXT),
    UUID(Family.TEXT),
    /** Read as the text that PostgreSQL writes. */
    WRITTEN(Family.TEXT),
    BYTES(Family.BYTES),
    DATE(Family.DATE),
    TIME(Family.TIME),
    TIMETZ(Family.TIME),
    TIMESTAMP(Family.DATETIME),
    TIMESTAMPTZ(Family.MOMENT),
    JSON(Family.JSON),
    JSONB(Family.JSON);

    private final Family family;

    PostgresKind(Family family) {
        this.family = family;
    }

    Family family() {
        return family;
    }

    /** Whether values that PostgreSQL calls equal are the same value. */
    boolean hasExactEquality() {
        return switch (this) {
            case FLOAT4, FLOAT8, CITEXT, WRITTEN, JSON -> false;
            default -> true;
        };
    }
}
