/**
 * The brain, without I/O: which rows differ, which side is right, what to do. Start with
 * Narrowing; {@link io.twinroot.reconcile.Survey} compares in all modes.
 *
 * <p>{@link io.twinroot.reconcile.Replica} is the one seam: a copy of a table, near or far. Everything here
 * runs over it, so a test needs no server.
 */
@NullMarked
package io.twinroot.reconcile;

import org.jspecify.annotations.NullMarked;
