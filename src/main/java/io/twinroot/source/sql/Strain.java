package io.twinroot.source.sql;

/**
 * How busy a server is.
 *
 * @param lagMs how far replication is behind: this server as a replica, or the slowest replica that it knows of; 0 where
 *     there is none, or the user may not see it
 * @param running statements of others that are being executed now
 */
public record Strain(long lagMs, int running) {}
