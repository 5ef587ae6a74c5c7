package io.twinroot.source.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What an engine needs for triggers that write the keys of changed rows into a table. Without state. */
interface TriggerSql {
    /** The column of the table of changed keys by which rows of it are named while a transaction has them. */
    String handle();

    /** A condition that is true for the rows with these handles. */
    String handled(List<String> handles);

    /** A condition that is true for keys, and false for the mark that all rows may have changed. */
    String isKey();

    /** The statements that set it up. */
    List<String> install(Connection connection, Shape shape, String changes) throws SQLException;

    /** The statements that remove what is there of it. */
    List<String> remove(Connection connection, String schema, String table, String changes) throws SQLException;

    /** Whether all triggers are there, and on. */
    boolean isWhole(Connection connection, Shape shape, String changes) throws SQLException;
}
