package io.twinroot.carry;

import org.jspecify.annotations.Nullable;

/**
 * How far a file of changes is of use.
 *
 * @param changes rows and tombstones from the start of the file
 * @param next the cursor to go on from; null for the very start
 */
public record Reached(long changes, @Nullable String next) {}
