/**
 * Tables of PostgreSQL, MariaDB and SQLite. Start with {@link io.twinroot.source.sql.Database}; what differs between the
 * engines is behind {@link io.twinroot.source.sql.Dialect}. docs/sql.md says what becomes of each type.
 */
@NullMarked
package io.twinroot.source.sql;

import org.jspecify.annotations.NullMarked;
