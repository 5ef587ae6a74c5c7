/**
 * The values of the domain: rows, UIDs, ranges, digests, stamps. Start with {@link io.twinroot.table.Row},
 * then {@link io.twinroot.table.Entry}.
 *
 * <p>Everything here is an immutable value that knows only the JDK: no I/O, no clock, no randomness, no
 * logging. The one algorithm is {@link io.twinroot.table.CanonicalCbor}, which gives each body exactly one
 * encoding, so that equal bodies have equal digests on every machine. All other packages build on this one.
 */
@NullMarked
package io.twinroot.table;

import org.jspecify.annotations.NullMarked;
