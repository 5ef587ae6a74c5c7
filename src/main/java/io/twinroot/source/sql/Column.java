package io.twinroot.source.sql;

/**
 * A column of a table.
 *
 * @param type as the engine writes it, with its size: {@code character varying(20)}
 * @param code what the engine's reader wants to know of the type; its own
 */
record Column(String name, String type, Family family, boolean nullable, Filling filling, Object code) {
    /** Who gives the column its value. */
    enum Filling {
        /** Whoever writes the row. */
        WRITER,
        /** Whoever writes the row, else the engine counts up: an identity, serial or auto-increment column. */
        COUNTER,
        /** The engine counts up, and a writer must override it explicitly: GENERATED ALWAYS AS IDENTITY. */
        COUNTER_ALWAYS,
        /** The engine computes it from the others; nobody can write it. */
        COMPUTED
    }
}
