package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a selection chooses of a table, and whether the table has it.
 *
 * @param names of all its columns, in the order of the table
 */
record Choice(String table, Selection selection, List<String> names) {
    /**
     * The columns that name the rows, in the order of the key.
     *
     * @param primary the primary key; empty where there is none
     * @param unique the columns of each other unique key that takes all rows
     * @throws SourceException of kind UNKNOWN or UNSUPPORTED
     */
    List<String> key(boolean view, List<String> primary, List<List<String>> unique) {
        List<String> wanted = selection.key();
        checkKnown(wanted);
        if (view && wanted.isEmpty()) {
            throw unsupported("it is a view; name the columns that name its rows with key=COLUMN");
        }
        if (view) {
            return wanted;
        }
        if (wanted.isEmpty()) {
            if (primary.isEmpty()) {
                throw unsupported("it has no primary key; "
                        + (unique.isEmpty()
                                ? "give it one, or compare a view of it"
                                : "name its unique key with key=" + String.join(",", unique.getFirst())));
            }
            return primary;
        }
        Set<String> columns = new HashSet<>(wanted);
        if (!columns.equals(new HashSet<>(primary))
                && unique.stream().noneMatch(key -> columns.equals(new HashSet<>(key)))) {
            throw unsupported(
                    "there is no unique key of exactly the columns " + String.join(",", wanted) + " for all rows");
        }
        return wanted;
    }

    /**
     * The columns that are compared.
     *
     * @throws SourceException of kind UNKNOWN or UNSUPPORTED
     */
    List<String> columns(List<String> key) {
        checkKnown(selection.columns());
        checkKnown(selection.without());
        Optional<String> missing =
                key.stream().filter(selection.without()::contains).findFirst();
        if (missing.isPresent()) {
            throw unsupported("column " + missing.get() + " is of the key and can't be left out");
        }
        return names.stream()
                .filter(name -> key.contains(name)
                        || (selection.columns().isEmpty() || selection.columns().contains(name))
                                && !selection.without().contains(name))
                .toList();
    }

    SourceException unknownType(String column, String type) {
        return unsupported("column " + column + " has the type " + type
                + ", which is not known; leave it out with without=" + column);
    }

    /** A table with its columns in order. */
    Shape shape(
            String schema,
            List<Column> columns,
            List<String> key,
            boolean ordered,
            boolean view,
            List<String> triggers) {
        for (Column column : columns) {
            boolean isUnordered = column.family() == Family.JSON || column.family() == Family.ARRAY;
            if (isUnordered && key.contains(column.name())) {
                throw unsupported(
                        "column " + column.name() + " of type " + column.type()
                                + " can't be part of the key: its values have no order; name another unique key with key=COLUMN");
            }
        }
        List<Column> inOrder = Shape.inOrder(columns);
        List<String> all = inOrder.stream().map(Column::name).toList();
        return new Shape(
                schema, table, inOrder, key.stream().map(all::indexOf).toList(), ordered, view, triggers, selection);
    }

    private void checkKnown(List<String> wanted) {
        for (String name : wanted) {
            if (!names.contains(name)) {
                throw new SourceException(
                        SourceException.Kind.UNKNOWN,
                        "table " + table + ": there is no column " + name + "; there are " + String.join(", ", names));
            }
        }
    }

    private SourceException unsupported(String what) {
        return new SourceException(SourceException.Kind.UNSUPPORTED, "table " + table + ": " + what);
    }
}
