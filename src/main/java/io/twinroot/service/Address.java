package io.twinroot.service;

import io.twinroot.source.sql.SqlAddress;
import io.twinroot.table.TableName;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where tables are, as a user writes it. {@link Addresses} reads and opens them.
 *
 * <p>An address names one table, or, without one, all the tables of its place.
 */
public sealed interface Address {
    Optional<TableName> table();

    /** The place alone, without a table. */
    Address place();

    /** This place with a table. */
    Address with(TableName table);

    /**
     * A node: {@code http://host:port/table}.
     *
     * @param url scheme, host and port
     */
    record Http(URI url, Optional<TableName> table) implements Address {
        @Override
        public Address place() {
            return new Http(url, Optional.empty());
        }

        @Override
        public Address with(TableName name) {
            return new Http(url, Optional.of(name));
        }

        @Override
        public String toString() {
            return table.map(name -> url + "/" + name).orElseGet(url::toString);
        }
    }

    /**
     * A store in a folder that no node has open: {@code store:path?table=t}.
     *
     * @param path as it was given
     */
    record Store(Path path, Optional<TableName> table) implements Address {
        @Override
        public Address place() {
            return new Store(path, Optional.empty());
        }

        @Override
        public Address with(TableName name) {
            return new Store(path, Optional.of(name));
        }

        @Override
        public String toString() {
            return "store:" + path + table.map(name -> "?table=" + name).orElse("");
        }
    }

    /** A database: {@code postgresql://user@host/database?table=t}, {@code mariadb://…}, {@code sqlite:file?table=t}. */
    record Sql(SqlAddress address) implements Address {
        @Override
        public Optional<TableName> table() {
            return address.table().map(SqlNames::of);
        }

        @Override
        public Address place() {
            return new Sql(address.with(Optional.empty()));
        }

        @Override
        public Address with(TableName name) {
            boolean isOurs = table().filter(name::equals).isPresent();
            return isOurs ? this : new Sql(address.with(Optional.of(name.text())));
        }

        @Override
        public String toString() {
            return address.toString();
        }
    }
}
