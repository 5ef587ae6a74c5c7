/**
 * What goes over the wire, and its encoding: the binary messages of a narrowing
 * ({@link io.twinroot.wire.Message}) and the JSON of rows. docs/protocol.md is the specification of both.
 *
 * <p>Everything read from a peer is checked against a bound before memory is taken for it.
 */
@NullMarked
package io.twinroot.wire;

import org.jspecify.annotations.NullMarked;
