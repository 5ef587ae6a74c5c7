/**
 * The index of a table that lives elsewhere, in temporary files: its entries in UID order, and its tree.
 * {@link io.twinroot.index.IndexBuilder} makes an {@link io.twinroot.index.Index} from what a scan gives, in any order, in
 * bounded memory, and can go on where it was interrupted.
 */
@NullMarked
package io.twinroot.index;

import org.jspecify.annotations.NullMarked;
