package io.twinroot.table;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a version of a row comes from.
 *
 * @param seen the last write of each other incarnation that its writer had seen of this row; at most
 *     {@value #SEEN_MAX}, the newest first
 * @param marks the parts that merge by themselves; none for a tombstone
 */
public record Past(List<Stamp> seen, Marks marks) {
    /** The most bytes of an encoded past. */
    public static final int ENCODED_MAX = 1 << 20;

    /** The most writes that are remembered. With more, two writes may be called concurrent that are not. */
    public static final int SEEN_MAX = 8;

    public static final Past NONE = new Past(List.of(), Marks.NONE);

    public Past {
        seen = List.copyOf(seen);
        if (seen.size() > SEEN_MAX) {
            throw new IllegalArgumentException(
                    "a version of a row names " + seen.size() + " writes before it; the most is " + SEEN_MAX);
        }
    }

    public boolean isEmpty() {
        return seen.isEmpty() && marks.isEmpty();
    }

    public Past with(Marks newMarks) {
        return new Past(seen, newMarks);
    }

    /**
     * What a new write has seen that replaces these versions.
     *
     * @param stamp of the new write
     */
    public static Past of(Stamp stamp, List<? extends Row> replaced) {
        List<Stamp> all = new ArrayList<>();
        replaced.forEach(row -> {
            all.add(row.stamp());
            all.addAll(row.past().seen);
        });
        return new Past(newest(stamp.incarnation(), all), Marks.NONE);
    }

    /** With more writes that were seen. */
    public Past seeing(Incarnation own, List<Stamp> more) {
        if (more.isEmpty()) {
            return this;
        }
        List<Stamp> all = new ArrayList<>(seen);
        all.addAll(more);
        return new Past(newest(own, all), marks);
    }

    /** As bytes, at most {@value #ENCODED_MAX}. */
    public byte[] encoded() {
        return PastCodec.encode(this);
    }

    /** @throws IllegalArgumentException when it is not what {@link #encoded} makes */
    public static Past decode(byte[] bytes) {
        return PastCodec.decode(bytes);
    }

    static List<Stamp> newest(Incarnation own, List<Stamp> all) {
        Map<Incarnation, Stamp> last = new LinkedHashMap<>();
        for (Stamp stamp : all) {
            if (!stamp.incarnation().equals(own)) {
                last.merge(stamp.incarnation(), stamp, (one, other) -> one.seq() >= other.seq() ? one : other);
            }
        }
        return last.values().stream()
                .sorted(Comparator.reverseOrder())
                .limit(SEEN_MAX)
                .toList();
    }

    /** Whether the writer of a version, with the stamp {@code later} and this past, had seen an earlier write of its row. */
    public boolean saw(Stamp later, Stamp earlier) {
        if (later.incarnation().equals(earlier.incarnation())) {
            return later.seq() >= earlier.seq();
        }
        return seen.stream()
                .anyMatch(stamp -> stamp.incarnation().equals(earlier.incarnation()) && stamp.seq() >= earlier.seq());
    }
}
