package io.twinroot.source.sql;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The types that are known, by their names in the catalog. docs/sql.md has the list for people. */
final class PostgresTypes {
    private static final Map<String, PostgresKind> BUILT_IN = Map.ofEntries(
            Map.entry("bool", PostgresKind.BOOL),
            Map.entry("int2", PostgresKind.INT2),
            Map.entry("int4", PostgresKind.INT4),
            Map.entry("int8", PostgresKind.INT8),
            Map.entry("oid", PostgresKind.OID),
            Map.entry("numeric", PostgresKind.NUMERIC),
            Map.entry("money", PostgresKind.MONEY),
            Map.entry("float4", PostgresKind.FLOAT4),
            Map.entry("float8", PostgresKind.FLOAT8),
            Map.entry("text", PostgresKind.TEXT),
            Map.entry("varchar", PostgresKind.TEXT),
            Map.entry("name", PostgresKind.TEXT),
            Map.entry("bpchar", PostgresKind.CHAR),
            Map.entry("uuid", PostgresKind.UUID),
            Map.entry("bytea", PostgresKind.BYTES),
            Map.entry("date", PostgresKind.DATE),
            Map.entry("time", PostgresKind.TIME),
            Map.entry("timetz", PostgresKind.TIMETZ),
            Map.entry("timestamp", PostgresKind.TIMESTAMP),
            Map.entry("timestamptz", PostgresKind.TIMESTAMPTZ),
            Map.entry("json", PostgresKind.JSON),
            Map.entry("jsonb", PostgresKind.JSONB));

    /** Types of PostgreSQL whose text says all. */
    private static final Set<String> WRITTEN = Set.of(
            "char",
            "bit",
            "varbit",
            "inet",
            "cidr",
            "macaddr",
            "macaddr8",
            "interval",
            "xml",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "tsvector",
            "tsquery",
            "pg_lsn",
            "xid",
            "xid8",
            "jsonpath");

    /** Types of extensions, in whatever schema they are installed, whose text says all. */
    private static final Set<String> WRITTEN_OF_EXTENSIONS = Set.of("hstore", "ltree", "lquery", "ltxtquery");

    /** Types that the parser gives a size where none is written, unless they are quoted. */
    private static final Set<String> QUOTED = Set.of("char", "bit");

    private PostgresTypes() {}

    /**
     * The kind of a type that is neither a domain nor an array.
     *
     * @param sort pg_type.typtype: b base, c composite, e enum, r range, m multirange
     */
    static Optional<PostgresKind> kind(String schema, String name, char sort) {
        return switch (sort) {
            case 'e' -> Optional.of(PostgresKind.TEXT);
            case 'c', 'r', 'm' -> Optional.of(PostgresKind.WRITTEN);
            case 'b' -> base(schema, name);
            default -> Optional.empty();
        };
    }

    private static Optional<PostgresKind> base(String schema, String name) {
        if (schema.equals("pg_catalog")) {
            return WRITTEN.contains(name) ? Optional.of(PostgresKind.WRITTEN) : Optional.ofNullable(BUILT_IN.get(name));
        }
        if (name.equals("citext")) {
            return Optional.of(PostgresKind.CITEXT);
        }
        return WRITTEN_OF_EXTENSIONS.contains(name) ? Optional.of(PostgresKind.WRITTEN) : Optional.empty();
    }

    /** A type as SQL casts to it. */
    static String name(String schema, String name) {
        if (schema.equals("pg_catalog")) {
            return QUOTED.contains(name) ? PostgresText.quoted(name) : name;
        }
        return PostgresText.quoted(schema) + "." + PostgresText.quoted(name);
    }

    /**
     * Whether the engine's order of a type is that of the UIDs.
     *
     * @param codePoints whether texts are in the order of code points
     */
    static boolean isOrdered(PostgresKind kind, char sort, boolean codePoints) {
        return switch (kind) {
            case BOOL, INT2, INT4, INT8, OID, NUMERIC, MONEY, FLOAT4, FLOAT8, UUID, BYTES, TIME -> true;
            case TEXT -> codePoints && sort == 'b'; // enums are in the order of their declaration
            case CHAR -> codePoints;
            // dates are texts, which have another order before the year 0 and after 9999
            case DATE, TIMESTAMP, TIMESTAMPTZ, TIMETZ, CITEXT, WRITTEN, JSON, JSONB -> false;
        };
    }
}
