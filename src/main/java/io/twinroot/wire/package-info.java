/**
 * What two nodes, and a node and its users, say to each other, and its encoding: the binary messages of a
 * narrowing ({@link io.twinroot.wire.Message}), and JSON for tables, rows, changes and outcomes
 * ({@link io.twinroot.wire.RowJson}). docs/protocol.md is the specification of both.
 *
 * <p>Codecs between bytes and values, no I/O: who reads from a socket or a file hands over one message, one
 * document or one line at a time ({@link io.twinroot.wire.LineSplitter} cuts them). Reading is strict: what is
 * doubled, unknown, out of range or too deep is a {@link io.twinroot.wire.JsonException} that names the byte,
 * and what a message announces is checked against a bound before memory is taken for it.
 */
@NullMarked
package io.twinroot.wire;

import org.jspecify.annotations.NullMarked;
