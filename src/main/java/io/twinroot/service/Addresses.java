package io.twinroot.service;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.source.sql.SqlAddress;
import io.twinroot.table.TableName;
import io.twinroot.tree.Salt;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads addresses and opens what they name. */
public final class Addresses {
    private Addresses() {}

    /** @throws IllegalArgumentException with a sentence that says what an address looks like */
    public static Address parse(String text) {
        if (text.startsWith("store:")) {
            return store(text);
        }
        if (text.startsWith("http://")) {
            return http(text);
        }
        if (text.startsWith("https://")) {
            throw wrong(text, "https needs trust between nodes, which this version does not have");
        }
        if (SqlAddress.isOne(text)) {
            return new Address.Sql(SqlAddress.parse(text));
        }
        throw wrong(text, "it starts with none of http:// store: postgresql:// mariadb:// sqlite:");
    }

    /**
     * The tables of a place that is there.
     *
     * @throws ReplicaException where it is not, or cannot be opened
     */
    public static Replicas open(Address address) {
        return open(address, false, SqlOptions.DEFAULT);
    }

    /** The same, where tables of a database are read in a certain way. */
    public static Replicas open(Address address, SqlOptions options) {
        return open(address, false, options);
    }

    /** Like {@link #open}, but makes the folder of a store where it is missing. */
    public static Replicas openOrCreate(Address address) {
        return open(address, true, SqlOptions.DEFAULT);
    }

    private static Replicas open(Address address, boolean create, SqlOptions options) {
        return switch (address) {
            case Address.Http(URI url, var table) -> RemoteNode.at(url);
            case Address.Sql(SqlAddress sql) -> SqlReplicas.open(sql, options);
            case Address.Store(Path path, var table) ->
                StoreReplicas.open(path, StoreReplicas.options(Salt.PUBLISHED).create(create));
        };
    }

    private static Address store(String text) {
        String rest = text.substring("store:".length());
        int query = rest.indexOf("?table=");
        String path = query < 0 ? rest : rest.substring(0, query);
        if (path.isEmpty()) {
            throw wrong(text, "it has no path");
        }
        try {
            return new Address.Store(
                    Path.of(path),
                    query < 0
                            ? Optional.empty()
                            : Optional.of(new TableName(rest.substring(query + "?table=".length()))));
        } catch (InvalidPathException e) {
            throw wrong(text, "its path is none on this system");
        }
    }

    private static Address http(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong(text, "it is not a URL: " + e.getReason());
        }
        if (url.getHost() == null || url.getRawUserInfo() != null) {
            throw wrong(text, "it needs a host name, and no user");
        }
        if (url.getPort() > 65_535 || url.getPort() == 0) {
            throw wrong(text, "its port is not one of 1 to 65535");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw wrong(text, "a node's table is a path, without ? and #");
        }
        String path = url.getRawPath().replaceFirst("^/+", "").replaceFirst("/+$", "");
        URI base = URI.create("http://" + url.getRawAuthority());
        return new Address.Http(
                base,
                path.isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new TableName(URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8))));
    }

    private static IllegalArgumentException wrong(String text, String why) {
        return new IllegalArgumentException(
                "not an address: '" + (text.length() > 120 ? text.substring(0, 120) + "…" : text)
                        + "' (" + why + "); write http://HOST:PORT/TABLE, store:PATH?table=TABLE,"
                        + " postgresql://USER@HOST/DATABASE?table=TABLE, mariadb://USER@HOST/DATABASE?table=TABLE or"
                        + " sqlite:FILE?table=TABLE, or leave the table out for all of them");
    }
}
