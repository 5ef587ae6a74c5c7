/**
 * The embedded database: tables of rows, each with its hash tree, in one directory. Start with
 * {@link io.twinroot.store.Store}.
 *
 * <p>The change log (package {@code log}) is the truth: a write is acknowledged when its frames are forced to
 * the disk. All else is a view of the log that can be thrown away: a stack of layers, the newest in memory
 * ({@code Overlay}), below it files that are written once and never changed ({@code LayerFile}, on MapDB),
 * listed in a manifest with the log position that they reflect. One thread ({@code Committer}) changes the
 * view; everyone else reads snapshots. {@code Recovery} opens the view or makes it again.
 *
 * <pre>
 * writers ─▶ Committer ─▶ log/ (fsync) ─▶ Overlay ─▶ snapshots
 *                                            │ when large: ViewWriter, in the background
 *                                            ▼
 *                               view/ layers, MANIFEST
 * </pre>
 */
@NullMarked
package io.twinroot.store;

import org.jspecify.annotations.NullMarked;
