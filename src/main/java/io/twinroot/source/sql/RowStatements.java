package io.twinroot.source.sql;

import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceRow;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The statements that change single rows of a table. Each is an INSERT, UPDATE or DELETE of exactly one row. */
final class RowStatements {
    private final Dialect dialect;
    private final Shape shape;
    private final String name;

    /** @param name of the table, quoted */
    RowStatements(Dialect dialect, Shape shape, String name) {
        this.dialect = dialect;
        this.shape = shape;
        this.name = name;
    }

    /** Why no statement can make this change; empty where one can. */
    Optional<String> objection(SourceChange change) {
        Value.Mapping wanted = change.wanted();
        if (wanted == null) {
            return Optional.empty();
        }
        Set<String> names = new HashSet<>();
        shape.columns().forEach(column -> names.add(column.name()));
        if (!names.equals(wanted.values().keySet())) {
            Set<String> missing = new TreeSet<>(names);
            missing.removeAll(wanted.values().keySet());
            Set<String> unknown = new TreeSet<>(wanted.values().keySet());
            unknown.removeAll(names);
            return Optional.of("the row has other columns than " + shape.table()
                    + (missing.isEmpty() ? "" : "; it lacks " + String.join(", ", missing))
                    + (unknown.isEmpty() ? "" : "; the table lacks " + String.join(", ", unknown)));
        }
        for (Column column : shape.columns()) {
            try {
                var _ = dialect.literal(column, value(wanted, column));
            } catch (IllegalArgumentException e) {
                return Optional.of("column " + column.name() + ": " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Why a row that is there can't become what is wanted: only the database itself fills what differs. */
    Optional<String> objection(SourceChange change, @Nullable SourceRow held) {
        Value.Mapping wanted = change.wanted();
        if (wanted == null || held == null) {
            return Optional.empty();
        }
        List<String> differing = shape.columns().stream()
                .filter(column -> !value(wanted, column).equals(value(held.fields(), column)))
                .filter(column -> column.filling() == Column.Filling.COMPUTED)
                .map(Column::name)
                .toList();
        long others = shape.columns().stream()
                .filter(column -> column.filling() != Column.Filling.COMPUTED)
                .filter(column -> !value(wanted, column).equals(value(held.fields(), column)))
                .count();
        return others > 0 || differing.isEmpty()
                ? Optional.empty()
                : Optional.of("only computed columns differ (" + String.join(", ", differing)
                        + "): the two databases compute them in another way");
    }

    /**
     * The statement for a change.
     *
     * @param held the row that is there now; null where none is
     */
    String of(SourceChange change, @Nullable SourceRow held) {
        Value.Mapping wanted = change.wanted();
        if (held == null) {
            if (wanted == null) {
                throw new IllegalArgumentException("nothing is there, and nothing is wanted");
            }
            return insert(wanted);
        }
        return wanted == null ? delete(change.uid(), held) : update(change.uid(), held, wanted);
    }

    private String insert(Value.Mapping wanted) {
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        boolean overriding = false;
        for (Column column : shape.columns()) {
            if (column.filling() != Column.Filling.COMPUTED) {
                columns.add(dialect.quoted(column.name()));
                values.add(dialect.literal(column, value(wanted, column)));
                overriding |= column.filling() == Column.Filling.COUNTER_ALWAYS;
            }
        }
        return "INSERT INTO " + name + " (" + String.join(", ", columns) + ")"
                + (overriding ? " OVERRIDING SYSTEM VALUE" : "") + " VALUES (" + String.join(", ", values) + ")";
    }

    private String update(Uid uid, SourceRow held, Value.Mapping wanted) {
        List<String> sets = new ArrayList<>();
        for (Column column : shape.columns()) {
            Value value = value(wanted, column);
            if (column.filling() != Column.Filling.COMPUTED && !value.equals(value(held.fields(), column))) {
                sets.add(dialect.quoted(column.name()) + " = " + dialect.literal(column, value));
            }
        }
        if (sets.isEmpty()) {
            throw new IllegalArgumentException("only computed columns of the row " + uid + " differ");
        }
        return "UPDATE " + name + " SET " + String.join(", ", sets) + " WHERE " + guard(uid, held);
    }

    private String delete(Uid uid, SourceRow held) {
        return "DELETE FROM " + name + " WHERE " + guard(uid, held);
    }

    /** The row's key, which an index finds, and all its values as they are. */
    private String guard(Uid uid, SourceRow held) {
        List<String> conditions = new ArrayList<>();
        List<Value> key = UidEncoder.decode(uid);
        for (int i = 0; i < key.size(); i++) {
            String column = dialect.quoted(shape.keyColumn(i).name());
            conditions.add(
                    key.get(i) == Value.Null.NULL
                            ? column + " IS NULL"
                            : column + " = " + dialect.literal(shape.keyColumn(i), key.get(i)));
        }
        for (int i = 0; i < shape.columns().size(); i++) {
            Column column = shape.columns().get(i);
            boolean said = shape.key().contains(i) && column.family() == Family.NUMBER; // by = already, exactly
            if (!said) {
                conditions.add(dialect.equal(column, value(held.fields(), column)));
            }
        }
        return String.join(" AND ", conditions);
    }

    /** For messages: the first column in which a row is not what was wanted. */
    String difference(SourceRow row, SourceChange change) {
        Value.Mapping wanted = change.wanted();
        if (wanted == null) {
            return "the row still";
        }
        for (Map.Entry<String, Value> field : row.fields().values().entrySet()) {
            if (!field.getValue().equals(wanted.values().get(field.getKey()))) {
                return "another value in column " + field.getKey();
            }
        }
        return "another row";
    }

    private static Value value(Value.Mapping fields, Column column) {
        Value value = fields.values().get(column.name());
        if (value == null) {
            throw new IllegalArgumentException("the row has no column " + column.name());
        }
        return value;
    }
}
