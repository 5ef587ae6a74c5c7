package io.twinroot.table;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What two copies of a table must agree on before they can be compared.
 *
 * @param digestExcludes names of top-level fields that are left out of a row's digest, in ascending order
 *     of their UTF-8 bytes, without doubles
 * @param merge what of a row merges
 * @param schema the version of what the application keeps in the rows; from 0
 */
public record TableRules(List<String> digestExcludes, Merge merge, int schema) {
    /** What of a row merges when two sides changed it. */
    public enum Merge {
        /** The row as a whole; its flags apart. */
        ROW,
        /** Each top-level field by itself. */
        FIELDS
    }

    /** Nothing left out, rows merge whole. */
    public static final TableRules DEFAULT = new TableRules(List.of());

    public TableRules {
        digestExcludes = List.copyOf(digestExcludes);
        for (int i = 1; i < digestExcludes.size(); i++) {
            if (CanonicalCbor.compareText(digestExcludes.get(i - 1), digestExcludes.get(i)) >= 0) {
                throw new IllegalArgumentException("digestExcludes must ascend without doubles: " + digestExcludes);
            }
        }
        if (schema < 0) {
            throw new IllegalArgumentException("a schema version is 0 or more, not " + schema);
        }
    }

    public TableRules(List<String> digestExcludes) {
        this(digestExcludes, Merge.ROW, 0);
    }

    public static TableRules excluding(Collection<String> fields) {
        TreeSet<String> sorted = new TreeSet<>(CanonicalCbor::compareText);
        sorted.addAll(fields);
        return new TableRules(List.copyOf(sorted));
    }

    public TableRules merging(Merge newMerge) {
        return new TableRules(digestExcludes, newMerge, schema);
    }

    public TableRules ofSchema(int version) {
        return new TableRules(digestExcludes, merge, version);
    }

    /** Whether these differ from others by a later schema version, and by nothing else. */
    public boolean isLaterThan(TableRules others) {
        return schema > others.schema && ofSchema(others.schema).equals(others);
    }

    /** The first 4 bytes of a digest of the rules, by which two nodes notice that theirs differ. */
    public int fingerprint() {
        MessageDigest sha = Digest.newSha256();
        sha.update(encoded());
        return (int) (Digest.of(sha.digest()).a() >>> 32);
    }

    /**
     * The canonical encoding: a sequence of the excluded fields and, where they are not {@link Merge#ROW} and 0,
     * of the words for the rest.
     */
    public byte[] encoded() {
        List<Value> parts = new ArrayList<>();
        digestExcludes.forEach(name -> parts.add(new Value.Text(name)));
        if (merge != Merge.ROW || schema != 0) {
            parts.add(Value.Mapping.of(Map.of(
                    "merge", new Value.Text(merge == Merge.ROW ? "row" : "fields"), "schema", new Value.Int(schema))));
        }
        return CanonicalCbor.encode(new Value.Sequence(parts));
    }

    /** @throws IllegalArgumentException when it is not what {@link #encoded} makes */
    public static TableRules decode(byte[] bytes) {
        if (!(CanonicalCbor.decode(bytes) instanceof Value.Sequence(List<Value> parts))) {
            throw new IllegalArgumentException("a table's rules are not a sequence");
        }
        List<String> names = new ArrayList<>();
        Merge merge = Merge.ROW;
        int schema = 0;
        for (Value part : parts) {
            switch (part) {
                case Value.Text(String name) -> names.add(name);
                case Value.Mapping(var words)
                when words.get("merge") instanceof Value.Text(String text)
                        && words.get("schema") instanceof Value.Int(long number) -> {
                    merge = switch (text) {
                        case "row" -> Merge.ROW;
                        case "fields" -> Merge.FIELDS;
                        default -> throw new IllegalArgumentException("a table's rows do not merge by " + text);
                    };
                    schema = Math.toIntExact(number);
                }
                default -> throw new IllegalArgumentException("a table's rules hold something else than names");
            }
        }
        return new TableRules(names, merge, schema);
    }
}
