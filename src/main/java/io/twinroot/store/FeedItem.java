package io.twinroot.store;

import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;

/** One item of a {@link FeedPage}. */
public sealed interface FeedItem {
    TableName table();

    /** There is a table. It comes before the first row of that table on a page, and may come again. */
    record Table(TableName table, TableRules rules) implements FeedItem {}

    /** A row got this version: its body, or a tombstone. */
    record OfRow(TableName table, RowData data) implements FeedItem {}
}
