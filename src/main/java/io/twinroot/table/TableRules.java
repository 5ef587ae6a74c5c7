package io.twinroot.table;

import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * What two copies of a table must agree on before their digests can be compared.
 *
 * @param digestExcludes names of top-level fields that are left out of a row's digest, in ascending order
 *     of their UTF-8 bytes, without doubles
 */
public record TableRules(List<String> digestExcludes) {
    /** Nothing left out. */
    public static final TableRules DEFAULT = new TableRules(List.of());

    public TableRules {
        digestExcludes = List.copyOf(digestExcludes);
        for (int i = 1; i < digestExcludes.size(); i++) {
            if (CanonicalCbor.compareText(digestExcludes.get(i - 1), digestExcludes.get(i)) >= 0) {
                throw new IllegalArgumentException("digestExcludes must ascend without doubles: " + digestExcludes);
            }
        }
    }

    public static TableRules excluding(Collection<String> fields) {
        TreeSet<String> sorted = new TreeSet<>(CanonicalCbor::compareText);
        sorted.addAll(fields);
        return new TableRules(List.copyOf(sorted));
    }

    /** The first 4 bytes of a digest of the rules, by which two nodes notice that theirs differ. */
    public int fingerprint() {
        MessageDigest sha = Digest.newSha256();
        sha.update(CanonicalCbor.encode(new Value.Sequence(
                digestExcludes.stream().<Value>map(Value.Text::new).toList())));
        return (int) (Digest.of(sha.digest()).a() >>> 32);
    }
}
