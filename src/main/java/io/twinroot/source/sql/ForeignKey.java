package io.twinroot.source.sql;

/** That rows of one table refer to rows of another; both in one schema. */
record ForeignKey(String name, String table, String refersTo) {}
