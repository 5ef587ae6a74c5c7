package io.twinroot.source.sql;

/** What the values of a column are, whatever the engine calls its type. docs/sql.md has the types of each. */
public enum Family {
    /** Integers, decimals and booleans (0 and 1): one number line. */
    NUMBER,
    /** IEEE 754 binary floats. */
    REAL,
    TEXT,
    BYTES,
    /** A calendar date, as text. */
    DATE,
    /** A time of day or a length of time, as text. */
    TIME,
    /** A date and time without a zone, as text. */
    DATETIME,
    /** A moment, in UTC. */
    MOMENT,
    /** A JSON document, by its value. */
    JSON,
    ARRAY,
    /** Whatever a cell holds: SQLite's columns without a type. */
    ANY
}
