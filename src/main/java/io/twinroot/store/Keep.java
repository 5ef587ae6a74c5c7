package io.twinroot.store;

import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;

/**
 * A row that is to be kept aside.
 *
 * @param row whole; the bytes of a large blob are in the store's blob files, those of a small one are read here
 * @param there what takes its place, or stands in its way
 * @param why for people; one sentence without its full stop
 */
record Keep(KeptRow.Kind kind, TableName table, RowData row, RowState there, String why) {}
