package io.twinroot.source.sql;

import java.util.List;
import java.util.Optional;

/**
 * What of a table is compared.
 *
 * @param columns these only, in any order, the key always among them; empty for all
 * @param without columns that are left out
 * @param key the columns of a unique key that names the rows; empty for the primary key
 * @param where a condition in the engine's SQL that the rows fulfil
 * @param strict whether decimals differ by their scale, and JSON documents by their text
 */
public record Selection(
        List<String> columns, List<String> without, List<String> key, Optional<String> where, boolean strict) {
    public static final Selection ALL = new Selection(List.of(), List.of(), List.of(), Optional.empty(), false);

    public Selection {
        columns = List.copyOf(columns);
        without = List.copyOf(without);
        key = List.copyOf(key);
    }
}
