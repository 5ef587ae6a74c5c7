package io.twinroot.table;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The digest of a row, of that of its body and its flags. */
public final class RowDigest {
    private RowDigest() {}

    /**
     * The body's own digest where no flag is on; else SHA-256 of the canonical encoding of a sequence of that and
     * the sets of flags.
     */
    public static Digest of(Digest body, Marks marks) {
        Map<String, List<String>> flags = marks.flags();
        if (flags.isEmpty()) {
            return body;
        }
        TreeMap<String, Value> sets = new TreeMap<>();
        flags.forEach((set, names) -> sets.put(
                set,
                new Value.Sequence(names.stream().<Value>map(Value.Text::new).toList())));
        return Digest.sha256(CanonicalCbor.encode(
                new Value.Sequence(List.of(new Value.Bytes(body.toBytes()), new Value.Mapping(sets)))));
    }
}
