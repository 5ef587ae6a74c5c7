/**
 * The file of changes that is carried from one place to another: docs/carry.md is its format. Start with
 * {@link io.twinroot.carry.Export} and {@link io.twinroot.carry.Import}.
 *
 * <p>An export reads a {@link io.twinroot.reconcile.ChangeFeed} and writes sections, each ended by a flush
 * point; an import reads them back, believes a section only when its digest is right, and gives its rows to
 * replicas. The lines themselves are those of {@link io.twinroot.wire.CarryLine}.
 */
@NullMarked
package io.twinroot.carry;

import org.jspecify.annotations.NullMarked;
