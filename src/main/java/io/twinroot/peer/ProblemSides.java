package io.twinroot.peer;

import io.twinroot.table.RowData;
import org.jspecify.annotations.Nullable;

/**
 * The two versions of a row that a problem is about.
 *
 * @param mine what the table has now; null for nothing
 * @param theirs what was kept aside
 */
public record ProblemSides(@Nullable RowData mine, RowData theirs) {}
