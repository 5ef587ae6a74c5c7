package io.twinroot.cli;

import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Both versions of a row that differs, field by field.
 *
 * @param kind what is the matter with it
 */
record SideBySide(Uid uid, Kind kind, List<Field> fields) {
    /** One field; null where a side has none. */
    record Field(
            String name, @Nullable Value mine, @Nullable Value theirs) {
        boolean differs() {
            return mine == null || !mine.equals(theirs);
        }
    }

    SideBySide {
        fields = List.copyOf(fields);
    }

    /** The first rows of these that are listed one by one, as they are now. */
    static List<SideBySide> of(List<Difference> differences, Replica mine, Replica theirs, int limit) {
        Map<Uid, Kind> kinds = new HashMap<>();
        List<Uid> uids = new ArrayList<>();
        for (Difference difference : differences) {
            if (uids.size() < limit && difference instanceof Difference.OfRow row) {
                uids.add(row.uid());
                kinds.put(row.uid(), Kind.of(difference));
            }
        }
        Map<Uid, SortedMap<String, Value>> here = rows(mine, uids);
        Map<Uid, SortedMap<String, Value>> there = rows(theirs, uids);
        return uids.stream()
                .map(uid -> new SideBySide(
                        uid,
                        java.util.Objects.requireNonNull(kinds.get(uid)),
                        fields(here.getOrDefault(uid, new TreeMap<>()), there.getOrDefault(uid, new TreeMap<>()))))
                .toList();
    }

    private static List<Field> fields(Map<String, Value> mine, Map<String, Value> theirs) {
        TreeSet<String> names = new TreeSet<>(mine.keySet());
        names.addAll(theirs.keySet());
        return names.stream()
                .map(name -> new Field(name, mine.get(name), theirs.get(name)))
                .toList();
    }

    private static Map<Uid, SortedMap<String, Value>> rows(Replica replica, List<Uid> uids) {
        Map<Uid, SortedMap<String, Value>> found = new HashMap<>();
        if (uids.isEmpty()) {
            return found;
        }
        try (RowCursor rows = replica.fetch(uids)) {
            for (int i = 0; i < uids.size() && rows.hasNext(); i++) {
                if (rows.next().row() instanceof Row.Live live) {
                    found.put(live.uid(), fields(live.body()));
                }
            }
        }
        return found;
    }

    private static SortedMap<String, Value> fields(Body body) {
        return switch (body) {
            case Body.Fields(Value.Mapping fields) -> fields.values();
            case Body.Blob(long size, var content) ->
                Value.Mapping.of(Map.of("size", new Value.Int(size), "sha256", new Value.Text(content.hex())))
                        .values();
        };
    }
}
