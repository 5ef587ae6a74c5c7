package io.twinroot.table;

/**
 * One line of an index: that a row is here, in which version, with which content.
 *
 * @param digest the digest of the body under the table's rules
 */
public record Entry(Uid uid, Stamp stamp, Digest digest) {}
