package io.twinroot.source;

/**
 * Where a database server stands in its own history, so that a restored one is recognised: another server or timeline, or
 * a position before one that was seen.
 *
 * @param server what names the server and its copies; empty where it has no such name
 * @param timeline which history of the server; empty where it counts none
 * @param position as text that orders as the positions do, for servers that say so (PostgreSQL); else only to be equal
 */
public record SourceMark(String server, String timeline, String position) {}
