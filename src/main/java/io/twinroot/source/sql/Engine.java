package io.twinroot.source.sql;

/** A kind of database. */
public enum Engine {
    POSTGRESQL,
    MARIADB,
    SQLITE
}
