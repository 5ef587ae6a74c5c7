package io.twinroot.source.sql;

import io.twinroot.table.CanonicalCbor;
import java.util.Comparator;
import java.util.List;

/**
 * A table as it is declared, and what of it is compared.
 *
 * @param columns in the canonical order of their names: the order of a row's encoding
 * @param key indexes into the columns, in the order of the key
 * @param ordered whether the engine's order by the key is that of the UIDs, and none of its columns can be NULL
 * @param view whether it can only be read
 * @param triggers names of the triggers of users on it
 */
record Shape(
        String schema,
        String table,
        List<Column> columns,
        List<Integer> key,
        boolean ordered,
        boolean view,
        List<String> triggers,
        Selection selection) {
    private static final Comparator<Column> ORDER = Comparator.comparing(Column::name, CanonicalCbor::compareText);

    Shape {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        triggers = List.copyOf(triggers);
        for (int i = 1; i < columns.size(); i++) {
            if (ORDER.compare(columns.get(i - 1), columns.get(i)) >= 0) {
                throw new IllegalArgumentException("the columns of " + table + " are not in canonical order");
            }
        }
        if (key.isEmpty()) {
            throw new IllegalArgumentException(table + " has no key");
        }
    }

    static List<Column> inOrder(List<Column> columns) {
        return columns.stream().sorted(ORDER).toList();
    }

    Column keyColumn(int index) {
        return columns.get(key.get(index));
    }
}
