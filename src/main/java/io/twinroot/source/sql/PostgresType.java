package io.twinroot.source.sql;

/**
 * The type of a column, domains resolved.
 *
 * @param kind of the values; of an array, of its elements
 * @param name as SQL casts to it, without a size; of an array, that of its elements
 * @param array whether it is an array
 * @param delimiter between the elements of an array
 * @param order whether the engine's order of its values is that of the UIDs
 * @param exactText whether texts are equal only when they have the same bytes
 * @param inKey whether the column is one of the key, so that there is an index to use
 * @param strict whether decimals differ by their scale, and JSON documents by their text
 */
record PostgresType(
        PostgresKind kind,
        String name,
        boolean array,
        char delimiter,
        boolean order,
        boolean exactText,
        boolean inKey,
        boolean strict) {

    static PostgresType of(Column column) {
        return (PostgresType) column.code();
    }

    /** As SQL casts to it. */
    String cast() {
        return array ? name + "[]" : name;
    }

    Family family() {
        return array ? Family.ARRAY : kind.family();
    }

    /** What to read of a column, so that the server sends what the reader knows. */
    String read(String column) {
        String suffix = array ? "[]" : "";
        return switch (kind) {
            case WRITTEN -> isInet() ? address(column) : column + "::text" + suffix;
            case MONEY -> column + "::numeric" + suffix;
            default -> column;
        };
    }

    private boolean isInet() {
        return name.equals("inet") || name.endsWith(".inet");
    }

    /** As PostgreSQL writes an address; a cast to text would say /32 of a single one. */
    private String address(String column) {
        return array ? column + "::text::text[]" : "pg_catalog.abbrev(" + column + ")";
    }
}
