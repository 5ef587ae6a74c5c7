/**
 * Where rows live that are not ours: a table of a database. {@link io.twinroot.source.SourceTable} is the port; each kind
 * of source is a package below.
 *
 * <p>A source shows states, not versions: which row has which content now. It knows nothing of stamps, trees or peers.
 */
@NullMarked
package io.twinroot.source;

import org.jspecify.annotations.NullMarked;
