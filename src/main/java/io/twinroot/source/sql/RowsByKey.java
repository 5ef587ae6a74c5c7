package io.twinroot.source.sql;

import io.twinroot.source.SourceRow;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** Rows that are asked for by their UIDs. */
final class RowsByKey {
    /** Keys in one statement. */
    private static final int KEYS = 200;

    private final Database database;
    private final Shape shape;

    RowsByKey(Database database, Shape shape) {
        this.database = database;
        this.shape = shape;
    }

    /**
     * Reads those that are there.
     *
     * @param locking what the statements end with
     */
    void read(Connection connection, List<Uid> uids, String locking, BiConsumer<Uid, SourceRow> rows)
            throws SQLException {
        Set<Uid> wanted = new HashSet<>(uids);
        List<Uid> keys = uids.stream()
                .map(UidEncoder::withoutNumber)
                .distinct()
                .filter(this::canBeHeld)
                .toList();
        for (int from = 0; from < keys.size(); from += KEYS) {
            Map<Uid, List<SourceRow>> found = new LinkedHashMap<>();
            String tail = "WHERE " + condition(keys.subList(from, Math.min(keys.size(), from + KEYS)))
                    + (locking.isEmpty() ? "" : " " + locking);
            database.dialect()
                    .read(
                            connection,
                            shape,
                            tail,
                            (uid, digest, canonical, length, read) -> found.computeIfAbsent(
                                            uid, one -> new ArrayList<>())
                                    .add(SqlTable.row(uid, digest, canonical, length)));
            // the engine may take more keys for equal than the UIDs do
            found.forEach((uid, same) -> numbered(uid, same).forEach((numbered, row) -> {
                if (wanted.contains(numbered)) {
                    rows.accept(numbered, row);
                }
            }));
        }
    }

    /** Whether the key's columns can have these values; no row has a key of another kind, which another engine may have. */
    private boolean canBeHeld(Uid uid) {
        List<Value> values = UidEncoder.decode(uid);
        if (values.size() != shape.key().size()) {
            return false;
        }
        try {
            for (int i = 0; i < values.size(); i++) {
                if (values.get(i) != Value.Null.NULL) {
                    var _ = literal(i, values.get(i));
                }
            }
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Rows that share a key, as NULLs allow, are numbered as in an index. */
    private static Map<Uid, SourceRow> numbered(Uid uid, List<SourceRow> same) {
        Map<Uid, SourceRow> numbered = new LinkedHashMap<>();
        same.sort(Comparator.comparing(SourceRow::digest));
        for (int i = 0; i < same.size(); i++) {
            Uid own = i == 0 ? uid : UidEncoder.numbered(uid, i);
            numbered.put(
                    own, new SourceRow(own, same.get(i).digest(), same.get(i).fields()));
        }
        return numbered;
    }

    private String condition(List<Uid> keys) {
        String where =
                shape.selection().where().map(own -> "(" + own + ") AND ").orElse("");
        if (shape.key().size() == 1 && !shape.keyColumn(0).nullable()) {
            return where + quoted(0) + " IN ("
                    + String.join(
                            ", ",
                            keys.stream()
                                    .map(uid ->
                                            literal(0, UidEncoder.decode(uid).getFirst()))
                                    .toList())
                    + ")";
        }
        List<String> each = new ArrayList<>();
        for (Uid uid : keys) {
            List<Value> values = UidEncoder.decode(uid);
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                parts.add(
                        values.get(i) == Value.Null.NULL
                                ? quoted(i) + " IS NULL"
                                : quoted(i) + " = " + literal(i, values.get(i)));
            }
            each.add("(" + String.join(" AND ", parts) + ")");
        }
        return where + "(" + String.join(" OR ", each) + ")";
    }

    private String quoted(int keyIndex) {
        return database.dialect().quoted(shape.keyColumn(keyIndex).name());
    }

    private String literal(int keyIndex, Value value) {
        return database.dialect().literal(shape.keyColumn(keyIndex), value);
    }
}
