package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.ValueJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A field, or a set of flags, that two copies of a row hold differently.
 *
 * @param name with the names around it where it is nested: {@code case.upper}; of a set of flags {@code [set]}
 * @param mine null where A's row has no such field
 * @param theirs null where B's row has none
 */
record FieldChange(
        String name, @Nullable Value mine, @Nullable Value theirs) {
    private static final int SHOWN = 40;
    private static final int CONTEXT = 8;

    /**
     * The changed fields of rows that both sides have; a row that changed meanwhile may be missing.
     *
     * @param uids at most {@link Replica#MAX_BATCH}
     */
    static Map<Uid, List<FieldChange>> of(Replica mine, Replica theirs, List<Uid> uids) {
        if (uids.isEmpty()) {
            return Map.of();
        }
        TableRules rules = mine.info().rules();
        Map<Uid, Row.Live> here = rows(mine, uids);
        Map<Uid, Row.Live> there = rows(theirs, uids);
        Map<Uid, List<FieldChange>> changes = new HashMap<>();
        for (Uid uid : uids) {
            Row.Live left = here.get(uid);
            Row.Live right = there.get(uid);
            if (left != null && right != null) {
                changes.put(uid, between(left, right, rules));
            }
        }
        return changes;
    }

    /** The live ones of these rows, as they are now. */
    static Map<Uid, Row.Live> rows(Replica replica, List<Uid> uids) {
        Map<Uid, Row.Live> found = new HashMap<>();
        try (RowCursor rows = replica.fetch(uids)) {
            while (rows.hasNext()) {
                if (rows.next().row() instanceof Row.Live live) {
                    found.put(live.uid(), live);
                }
            }
        }
        return found;
    }

    /** How many rows differ in each field, the most frequent first. */
    static Map<String, Long> counts(Collection<List<FieldChange>> rows) {
        Map<String, Long> counts = new TreeMap<>();
        rows.forEach(changes ->
                changes.stream().map(FieldChange::name).distinct().forEach(name -> counts.merge(name, 1L, Long::sum)));
        Map<String, Long> sorted = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }

    static List<FieldChange> between(Row.Live mine, Row.Live theirs, TableRules rules) {
        List<FieldChange> changes = new ArrayList<>();
        collect("", fields(mine.body(), rules), fields(theirs.body(), rules), changes);
        collect("", flags(mine), flags(theirs), changes);
        return changes;
    }

    private static SortedMap<String, Value> flags(Row.Live row) {
        SortedMap<String, Value> sets = new TreeMap<>();
        row.marks()
                .flags()
                .forEach((set, flags) -> sets.put(
                        "[" + set + "]",
                        new Value.Sequence(
                                flags.stream().<Value>map(Value.Text::new).toList())));
        return sets;
    }

    private static SortedMap<String, Value> fields(Body body, TableRules rules) {
        return switch (body) {
            case Body.Fields(Value.Mapping fields) ->
                fields.without(rules.digestExcludes()).values();
            case Body.Blob(long size, var content) ->
                Value.Mapping.of(Map.of(
                                "blob",
                                Value.Mapping.of(
                                        Map.of("size", new Value.Int(size), "sha256", new Value.Text(content.hex())))))
                        .values();
        };
    }

    private static void collect(
            String prefix, SortedMap<String, Value> mine, SortedMap<String, Value> theirs, List<FieldChange> changes) {
        TreeSet<String> names = new TreeSet<>(mine.keySet());
        names.addAll(theirs.keySet());
        for (String name : names) {
            Value left = mine.get(name);
            Value right = theirs.get(name);
            if (left instanceof Value.Mapping(var l) && right instanceof Value.Mapping(var r)) {
                collect(prefix + name + ".", l, r, changes);
            } else if (left == null || !left.equals(right)) {
                changes.add(new FieldChange(prefix + name, left, right));
            }
        }
    }

    /** For people: {@code name: "a" → "b"}; of long texts the parts that differ. */
    String text() {
        if (mine instanceof Value.Text(String left)
                && theirs instanceof Value.Text(String right)
                && Math.max(left.length(), right.length()) > SHOWN) {
            int from = Math.max(0, mismatch(left, right) - CONTEXT);
            return name + ": " + quoted(left, from) + " → " + quoted(right, from);
        }
        return name + ": " + text(mine) + " → " + text(theirs);
    }

    private static int mismatch(String left, String right) {
        int i = 0;
        while (i < left.length() && i < right.length() && left.charAt(i) == right.charAt(i)) {
            i++;
        }
        return i;
    }

    private static String quoted(String text, int from) {
        int stop = Math.min(text.length(), from + SHOWN);
        return new String(
                ValueJson.encode(new Value.Text(withoutHalves(
                        (from > 0 ? "…" : "") + text.substring(from, stop) + (stop < text.length() ? "…" : "")))),
                StandardCharsets.UTF_8);
    }

    /** Cutting may leave half of a surrogate pair at an end. */
    private static String withoutHalves(String text) {
        return text.codePoints()
                .filter(codePoint -> Character.getType(codePoint) != Character.SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String text(@Nullable Value value) {
        return switch (value) {
            case null -> "(none)";
            case Value.Decimal(var d) -> shortened(d.toPlainString());
            case Value.Time(var time) -> time.toString();
            case Value.Bytes bytes -> "0x" + shortened(HexFormat.of().formatHex(bytes.toBytes()));
            case Value.Text(String text) -> quoted(text, 0);
            default -> shortened(new String(ValueJson.encode(value), StandardCharsets.UTF_8));
        };
    }

    /** A value with nothing left out. */
    static String whole(Value value) {
        return switch (value) {
            case Value.Decimal(var d) -> d.toPlainString();
            case Value.Time(var time) -> time.toString();
            case Value.Bytes bytes -> "0x" + HexFormat.of().formatHex(bytes.toBytes());
            case Value.Null.NULL -> "NULL";
            default -> new String(ValueJson.encode(value), StandardCharsets.UTF_8);
        };
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN - 1) + "…";
    }
}
