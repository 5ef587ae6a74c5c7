package io.twinroot.source.sql;

import io.twinroot.source.SourceMark;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What is particular to an engine. Without state; for many threads. */
interface Dialect {
    /** Takes the rows of a query. */
    @FunctionalInterface
    interface Taker {
        /**
         * One row.
         *
         * @param canonical the encoding of its fields from 0 to {@code length}; only good during this call
         * @param bytes that the row took on the connection, about
         */
        void row(Uid uid, Digest digest, byte[] canonical, int length, int bytes);
    }

    /** An identifier as SQL writes it, quoted. */
    String quoted(String identifier);

    /** The schema of a connection where none is named. */
    String schema(Connection connection) throws SQLException;

    /** The names of the tables and views of a schema that the user may read, sorted; without the engine's own. */
    List<String> tables(Connection connection, String schema) throws SQLException;

    /** The foreign keys between tables of a schema. */
    List<ForeignKey> foreignKeys(Connection connection, String schema) throws SQLException;

    /**
     * A table as it is declared.
     *
     * @throws io.twinroot.source.SourceException of kind UNKNOWN or UNSUPPORTED, naming the table and the column
     */
    Shape shape(Connection connection, String schema, String table, Selection selection) throws SQLException;

    /** Makes a new connection ready: encodings, time zone, exact floats, modes that refuse what they can't store. */
    void prepare(Connection connection) throws SQLException;

    /** What a person's own session must say before statements with these literals mean what they say. */
    List<String> preamble();

    /**
     * What lifts the counters of a table, where an engine needs that, above the values that were inserted with rows; never
     * lower.
     *
     * @param table its name, quoted
     */
    default List<String> afterInserts(Shape shape, String table) {
        return List.of();
    }

    /** How busy the server is. */
    Strain strain(Connection connection) throws SQLException;

    /** Begins a transaction that can only read, on a connection without auto-commit, of one moment where the engine can. */
    void beginReading(Connection connection) throws SQLException;

    /** Begins a transaction that writes, on a connection without auto-commit; it gives up soon where rows are locked. */
    void beginWriting(Connection connection) throws SQLException;

    /**
     * A condition that is true for the rows behind one, in the engine's order by these columns.
     *
     * @param columns quoted
     * @param values of the row, as literals; none is NULL
     */
    default String after(List<String> columns, List<String> values) {
        return "(" + String.join(", ", columns) + ") > (" + String.join(", ", values) + ")";
    }

    /** Where the server stands in its history; empty where the user may not know. */
    Optional<SourceMark> mark(Connection connection) throws SQLException;

    /** The first words of a query that reads and locks rows, after its end: {@code FOR UPDATE}; may be empty. */
    String locking();

    /**
     * Streams the rows of a table, in bounded memory. An exception of the taker ends it; the transaction can only be
     * rolled back then.
     *
     * @param tail what comes after {@code SELECT … FROM table}: {@code WHERE … ORDER BY … LIMIT …}; may be empty
     */
    void read(Connection connection, Shape shape, String tail, Taker taker) throws SQLException;

    /**
     * A canonical value as SQL writes it for a column, so that the engine stores, or compares with, exactly this value.
     *
     * @throws IllegalArgumentException where the column can't hold it, with a sentence that says why
     */
    String literal(Column column, Value value);

    /** A condition that is true where a column has exactly this value: NULL equals NULL, and texts are equal by their bytes. */
    String equal(Column column, Value value);
}
