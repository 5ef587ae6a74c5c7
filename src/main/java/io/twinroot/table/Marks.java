package io.twinroot.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a row that merge by themselves, each with the stamp of the last operation on it: flags in sets
 * beside the body and, where the table's rules say so, the body's fields. The value of a field that is on is in
 * the body; one that is off is not there.
 *
 * @param body the stamp of the body as a whole, for all that has no mark of its own; null for no marks, where it is
 *     the row's
 * @param parts at most {@value #PARTS_MAX}
 */
public record Marks(@Nullable Stamp body, SortedMap<Part, Mark> parts) {
    /** The most marks of a row. */
    public static final int PARTS_MAX = 1_000;

    public static final Marks NONE = new Marks(null, new TreeMap<>());

    /**
     * What a mark is on.
     *
     * @param set the name of a set of flags; empty for a field of the body
     * @param name the flag, or the field
     */
    public record Part(String set, String name) implements Comparable<Part> {
        /** The most bytes of a name in UTF-8. */
        public static final int NAME_MAX = 255;

        public Part {
            check("a set's name", set);
            check("a flag or field", name);
        }

        private static void check(String what, String text) {
            int bytes = new Value.Text(text).value().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            if (bytes > NAME_MAX) {
                throw new IllegalArgumentException(what + " has " + bytes + " bytes in UTF-8; the most is " + NAME_MAX);
            }
        }

        public static Part flag(String set, String flag) {
            if (set.isEmpty() || flag.isEmpty()) {
                throw new IllegalArgumentException("a set of flags and a flag have names that are not empty");
            }
            return new Part(set, flag);
        }

        public static Part field(String name) {
            return new Part("", name);
        }

        public boolean isField() {
            return set.isEmpty();
        }

        @Override
        public int compareTo(Part other) {
            int bySet = CanonicalCbor.compareText(set, other.set);
            return bySet != 0 ? bySet : CanonicalCbor.compareText(name, other.name);
        }
    }

    /** @param on whether the last operation added it; false when it removed it */
    public record Mark(Stamp stamp, boolean on) {}

    public Marks {
        parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
        if (parts.isEmpty() != (body == null)) {
            throw new IllegalArgumentException("the body has a stamp of its own where, and only where, a part has one");
        }
        if (parts.size() > PARTS_MAX) {
            throw new IllegalArgumentException(
                    "a row has " + parts.size() + " flags and fields with marks; the most is " + PARTS_MAX);
        }
    }

    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /** The flags that are on, by the name of their set. */
    public Map<String, List<String>> flags() {
        Map<String, List<String>> sets = new LinkedHashMap<>();
        parts.forEach((part, mark) -> {
            if (mark.on && !part.isField()) {
                sets.computeIfAbsent(part.set, any -> new ArrayList<>()).add(part.name);
            }
        });
        return sets;
    }

    /** The largest stamp of any part and the body; null for no marks. */
    public @Nullable Stamp newest() {
        Stamp newest = body;
        for (Mark mark : parts.values()) {
            newest = newest == null || mark.stamp.compareTo(newest) > 0 ? mark.stamp : newest;
        }
        return newest;
    }

    /**
     * The marks after an operation on flags.
     *
     * @param held the stamp of the row before it
     * @param stamp of the operation
     * @throws IllegalArgumentException when a flag is both added and removed, has no name, or they are too many
     */
    public Marks flagged(Stamp held, String set, Collection<String> add, Collection<String> remove, Stamp stamp) {
        SortedMap<Part, Mark> changed = new TreeMap<>(parts);
        add.forEach(flag -> changed.put(Part.flag(set, flag), new Mark(stamp, true)));
        for (String flag : remove) {
            if (add.contains(flag)) {
                throw new IllegalArgumentException("flag " + flag + " is both added and removed");
            }
            changed.put(Part.flag(set, flag), new Mark(stamp, false));
        }
        return of(body == null ? held : body, changed);
    }

    /** Marks, or none where there are no parts. */
    public static Marks of(Stamp body, SortedMap<Part, Mark> parts) {
        return parts.isEmpty() ? NONE : new Marks(body, parts);
    }
}
