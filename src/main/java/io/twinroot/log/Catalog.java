package io.twinroot.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the log is made of, so that a missing piece is missed: the file {@code CATALOG} beside the segments.
 *
 * @param first the number of the first tail segment that counts; those before were compacted
 * @param bases the length of each base segment that counts
 * @param closed where the log ended when it was closed; null while it is open, and after a crash
 */
record Catalog(
        long first, SortedMap<Long, Long> bases, @Nullable LogPosition closed) {
    static final String NAME = "CATALOG";
    static final Catalog EMPTY = new Catalog(1, new TreeMap<>(), null);

    private static final String FIRST = "twinroot log 2";

    Catalog {
        bases = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(bases));
    }

    Catalog closed(@Nullable LogPosition at) {
        return new Catalog(first, bases, at);
    }

    Catalog with(Segment base) {
        SortedMap<Long, Long> more = new TreeMap<>(bases);
        more.put(base.number(), base.end());
        return new Catalog(first, more, closed);
    }

    Catalog without(java.util.Collection<Long> dropped, long newFirst) {
        SortedMap<Long, Long> fewer = new TreeMap<>(bases);
        fewer.keySet().removeAll(dropped);
        return new Catalog(newFirst, fewer, closed);
    }

    byte[] encoded() {
        List<String> lines = new ArrayList<>();
        lines.add("first " + first);
        bases.forEach((number, length) -> lines.add("base " + (number - LogPosition.FIRST_BASE) + " " + length));
        if (closed != null) {
            lines.add("closed " + closed.segment() + " " + closed.offset());
        }
        return CheckedText.encode(FIRST, lines);
    }

    /** @throws IllegalArgumentException when this is not what {@link #encoded} makes */
    static Catalog decode(byte[] bytes) {
        Map<Long, Long> bases = new HashMap<>();
        long first = 1;
        LogPosition closed = null;
        for (List<String> words : CheckedText.decode(FIRST, bytes)) {
            switch (words.getFirst()) {
                case "first" -> first = Long.parseLong(words.get(1));
                case "base" ->
                    bases.put(LogPosition.FIRST_BASE + Long.parseLong(words.get(1)), Long.parseLong(words.get(2)));
                case "closed" -> closed = new LogPosition(Long.parseLong(words.get(1)), Long.parseLong(words.get(2)));
                default -> throw new IllegalArgumentException("unknown line: " + words);
            }
        }
        return new Catalog(first, new TreeMap<>(bases), closed);
    }
}
