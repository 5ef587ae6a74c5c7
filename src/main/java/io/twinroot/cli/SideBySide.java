package io.twinroot.cli;

import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Replica;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
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
        Map<Uid, Row.Live> here = uids.isEmpty() ? Map.of() : FieldChange.rows(mine, uids);
        Map<Uid, Row.Live> there = uids.isEmpty() ? Map.of() : FieldChange.rows(theirs, uids);
        return uids.stream()
                .map(uid -> new SideBySide(
                        uid, java.util.Objects.requireNonNull(kinds.get(uid)), fields(here.get(uid), there.get(uid))))
                .toList();
    }

    private static List<Field> fields(Row.@Nullable Live one, Row.@Nullable Live other) {
        Map<String, Value> mine = one == null ? Map.of() : fields(one.body());
        Map<String, Value> theirs = other == null ? Map.of() : fields(other.body());
        TreeSet<String> names = new TreeSet<>(mine.keySet());
        names.addAll(theirs.keySet());
        return names.stream()
                .map(name -> new Field(name, mine.get(name), theirs.get(name)))
                .toList();
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
