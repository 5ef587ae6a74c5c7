package io.twinroot.log;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a log at one moment. Immutable. Who has it can read from all of them, also when compaction
 * has dropped some since.
 */
public final class Segments {
    private final NavigableMap<Long, Segment> bases;
    private final NavigableMap<Long, Segment> tail;

    private Segments(NavigableMap<Long, Segment> bases, NavigableMap<Long, Segment> tail) {
        this.bases = bases;
        this.tail = tail;
    }

    static Segments of(Collection<Segment> all) {
        NavigableMap<Long, Segment> bases = new TreeMap<>();
        NavigableMap<Long, Segment> tail = new TreeMap<>();
        for (Segment segment : all) {
            (segment.number() >= LogPosition.FIRST_BASE ? bases : tail).put(segment.number(), segment);
        }
        return new Segments(Collections.unmodifiableNavigableMap(bases), Collections.unmodifiableNavigableMap(tail));
    }

    Segments with(Segment segment) {
        return of(Stream.concat(all().stream(), Stream.of(segment)).toList());
    }

    Segments without(Collection<Segment> dropped) {
        return of(all().stream().filter(segment -> !dropped.contains(segment)).toList());
    }

    @Nullable
    Segment get(long number) {
        return (number >= LogPosition.FIRST_BASE ? bases : tail).get(number);
    }

    /** Where writing goes on. */
    Segment last() {
        return tail.lastEntry().getValue();
    }

    Segment first() {
        return tail.firstEntry().getValue();
    }

    boolean hasTail() {
        return !tail.isEmpty();
    }

    Collection<Segment> bases() {
        return bases.values();
    }

    /** The tail from a segment on. */
    Map<Long, Segment> tailFrom(long number) {
        return tail.tailMap(number, true);
    }

    /** The tail before a segment. */
    Collection<Segment> tailBefore(long number) {
        return tail.headMap(number, false).values();
    }

    /** In the order of reading: what was compacted, then the tail. */
    List<Segment> all() {
        return Stream.concat(bases.values().stream(), tail.values().stream()).toList();
    }
}
