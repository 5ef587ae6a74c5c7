package io.twinroot.source.sql;

import java.util.ArrayList;
import java.util.List;

/** The shape of a table that has the key's columns of another one. */
final class ChangedKeys {
    private ChangedKeys() {}

    static Shape of(Shape shape, String table) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < shape.key().size(); i++) {
            columns.add(shape.keyColumn(i));
        }
        List<Column> sorted = Shape.inOrder(columns);
        List<Integer> key = columns.stream().map(sorted::indexOf).toList();
        return new Shape(shape.schema(), table, sorted, key, false, false, List.of(), Selection.ALL);
    }
}
