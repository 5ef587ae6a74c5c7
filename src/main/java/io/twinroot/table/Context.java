package io.twinroot.table;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which writes of a table a copy has seen: for each incarnation runs of seqs. A write that is covered is here, or
 * something newer of its row is, or it was deleted here. What is not covered may be here all the same: a context
 * never claims too much, and may claim too little. Immutable.
 *
 * <p>A run that begins at 1 is what the literature has as an entry of a version vector, any other one as its
 * exceptions, or dots (Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores",
 * 2014). A node has many lives, one for each start; those that are long over are <em>folded</em>: of a line all that
 * began before some generation.
 */
public final class Context {
    /** The most runs; more are not remembered, which claims too little. */
    public static final int RUNS_MAX = 1 << 16;

    public static final Context EMPTY = new Context(new TreeMap<>(), new TreeMap<>());

    /** Pairs of first and last seq, ascending, not touching each other. */
    private final SortedMap<Incarnation, long[]> runs;

    /** By line, the generation before which all its lives are covered. None of them has runs. */
    private final SortedMap<Long, Long> folds;

    private Context(SortedMap<Incarnation, long[]> runs, SortedMap<Long, Long> folds) {
        this.runs = runs;
        this.folds = folds;
    }

    private static Context of(SortedMap<Incarnation, long[]> runs, SortedMap<Long, Long> folds) {
        return runs.isEmpty() && folds.isEmpty() ? EMPTY : new Context(runs, folds);
    }

    public boolean isEmpty() {
        return runs.isEmpty() && folds.isEmpty();
    }

    private static boolean isFolded(SortedMap<Long, Long> folds, Incarnation incarnation) {
        Long generation = folds.get(incarnation.high());
        return generation != null && Long.compareUnsigned(incarnation.low(), generation) < 0;
    }

    /** Whether this copy has seen a write. */
    public boolean covers(Stamp stamp) {
        return covers(stamp.incarnation(), stamp.seq());
    }

    /** Whether this copy has seen a write and all earlier ones of its incarnation. */
    public boolean coversUpTo(Stamp stamp) {
        long[] all = runs.get(stamp.incarnation());
        return all == null ? isFolded(folds, stamp.incarnation()) : all[0] == 1 && all[1] >= stamp.seq();
    }

    private boolean covers(Incarnation incarnation, long seq) {
        return coversRun(incarnation, seq, seq);
    }

    /** Whether this copy has seen all writes of an incarnation from one seq to another. */
    public boolean coversRun(Incarnation incarnation, long first, long last) {
        long[] all = runs.get(incarnation);
        if (all == null) {
            return isFolded(folds, incarnation);
        }
        int low = 0;
        int high = all.length / 2;
        while (low < high) { // the first run that ends there or later
            int middle = (low + high) >>> 1;
            if (all[2 * middle + 1] < last) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < all.length / 2 && all[2 * low] <= first;
    }

    /** Whether this copy has seen all that the other has. */
    public boolean coversAll(Context other) {
        for (Map.Entry<Long, Long> theirs : other.folds.entrySet()) {
            Long mine = folds.get(theirs.getKey());
            if (mine == null || Long.compareUnsigned(mine, theirs.getValue()) < 0) {
                return false;
            }
        }
        for (Map.Entry<Incarnation, long[]> theirs : other.runs.entrySet()) {
            long[] mine = runs.get(theirs.getKey());
            if (mine == null ? !isFolded(folds, theirs.getKey()) : !contains(mine, theirs.getValue())) {
                return false;
            }
        }
        return true;
    }

    /** Whether this copy has seen all that the other has of one incarnation. */
    public boolean coversAll(Context other, Incarnation incarnation) {
        long[] mine = runs.get(incarnation);
        long[] theirs = other.runs.get(incarnation);
        if (mine == null) {
            return isFolded(folds, incarnation) || (theirs == null && !isFolded(other.folds, incarnation));
        }
        return theirs == null ? !isFolded(other.folds, incarnation) : contains(mine, theirs);
    }

    private static boolean contains(long[] outer, long[] inner) {
        int at = 0;
        for (int i = 0; i < inner.length; i += 2) {
            while (at < outer.length && outer[at + 1] < inner[i]) {
                at += 2;
            }
            if (at >= outer.length || outer[at] > inner[i] || outer[at + 1] < inner[i + 1]) {
                return false;
            }
        }
        return true;
    }

    /** The largest seq of an incarnation that was seen; 0 for none, the largest number for one that is folded. */
    public long last(Incarnation incarnation) {
        long[] all = runs.get(incarnation);
        return all != null ? all[all.length - 1] : isFolded(folds, incarnation) ? Long.MAX_VALUE : 0;
    }

    /** Those that are not folded. */
    public Collection<Incarnation> incarnations() {
        return runs.keySet();
    }

    /** What either has seen. */
    public Context union(Context other) {
        if (coversAll(other)) {
            return this;
        }
        Editor editor = edit();
        editor.add(other);
        return editor.context();
    }

    /** What both have seen. */
    public Context intersection(Context other) {
        SortedMap<Incarnation, long[]> both = new TreeMap<>();
        runs.forEach((incarnation, mine) -> {
            long[] theirs = other.runs.get(incarnation);
            if (theirs != null) {
                long[] shared = intersection(mine, theirs);
                if (shared.length > 0) {
                    both.put(incarnation, shared);
                }
            } else if (isFolded(other.folds, incarnation)) {
                both.put(incarnation, mine);
            }
        });
        other.runs.forEach((incarnation, theirs) -> {
            if (isFolded(folds, incarnation)) {
                both.put(incarnation, theirs);
            }
        });
        SortedMap<Long, Long> folded = new TreeMap<>();
        folds.forEach((line, generation) -> {
            Long theirs = other.folds.get(line);
            if (theirs != null) {
                folded.put(line, Long.compareUnsigned(generation, theirs) < 0 ? generation : theirs);
            }
        });
        return of(both, folded);
    }

    private static long[] intersection(long[] one, long[] other) {
        long[] shared = new long[one.length + other.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < one.length && j < other.length) {
            long from = Math.max(one[i], other[j]);
            long to = Math.min(one[i + 1], other[j + 1]);
            if (from <= to) {
                shared[size++] = from;
                shared[size++] = to;
            }
            if (one[i + 1] < other[j + 1]) {
                i += 2;
            } else {
                j += 2;
            }
        }
        return Arrays.copyOf(shared, size);
    }

    /** The same without these writes: none of them is covered. One that is folded takes its line's fold along. */
    public Context without(Collection<Stamp> stamps) {
        if (stamps.stream().noneMatch(this::covers)) {
            return this;
        }
        Editor editor = edit();
        stamps.forEach(editor::remove);
        return editor.context();
    }

    /** The same without all writes of an incarnation. */
    public Context without(Incarnation incarnation) {
        if (!runs.containsKey(incarnation)) {
            return this;
        }
        SortedMap<Incarnation, long[]> fewer = new TreeMap<>(runs);
        fewer.remove(incarnation);
        return of(fewer, folds);
    }

    public Editor edit() {
        Editor editor = new Editor();
        editor.add(this);
        return editor;
    }

    /** How many runs and folds there are. */
    public int size() {
        return folds.size()
                + runs.values().stream().mapToInt(all -> all.length / 2).sum();
    }

    /**
     * The folds, each a line and a generation of 8 bytes; then for each incarnation its 16 bytes, the number of runs,
     * and their distances. All other numbers are of variable length.
     */
    public byte[] encoded() {
        ByteBuffer out = ByteBuffer.allocate(18 + runs.size() * 25 + size() * 18);
        writeNumber(out, folds.size());
        folds.forEach((line, generation) -> out.putLong(line).putLong(generation));
        writeNumber(out, runs.size());
        runs.forEach((incarnation, all) -> {
            out.putLong(incarnation.high()).putLong(incarnation.low());
            writeNumber(out, all.length / 2);
            long last = 0;
            for (long bound : all) {
                writeNumber(out, bound - last);
                last = bound;
            }
        });
        return Arrays.copyOf(out.array(), out.position());
    }

    /** @throws IllegalArgumentException when it is not what {@link #encoded} makes */
    public static Context decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        SortedMap<Incarnation, long[]> runs = new TreeMap<>();
        SortedMap<Long, Long> folds = new TreeMap<>();
        try {
            readFolds(in, folds);
            long incarnations = readNumber(in);
            int total = 0;
            Incarnation before = null;
            for (long i = 0; i < incarnations; i++) {
                Incarnation incarnation = new Incarnation(in.getLong(), in.getLong());
                long count = readNumber(in);
                if (count < 1
                        || count > RUNS_MAX - total
                        || isFolded(folds, incarnation)
                        || (before != null && before.compareTo(incarnation) >= 0)) {
                    throw new IllegalArgumentException("a context's incarnations or runs are out of order or bounds");
                }
                total += (int) count;
                before = incarnation;
                runs.put(incarnation, readRuns(in, (int) count));
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a context is cut off", e);
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException("there are " + in.remaining() + " bytes too many after a context");
        }
        return of(runs, folds);
    }

    private static void readFolds(ByteBuffer in, SortedMap<Long, Long> folds) {
        long count = readNumber(in);
        for (long i = 0; i < count; i++) {
            long line = in.getLong();
            if (!folds.isEmpty() && folds.lastKey() >= line) {
                throw new IllegalArgumentException("a context's folds are out of order");
            }
            folds.put(line, in.getLong());
        }
    }

    private static long[] readRuns(ByteBuffer in, int count) {
        if (count > in.remaining() / 2) {
            throw new IllegalArgumentException("a context is cut off");
        }
        long[] all = new long[2 * count];
        long last = 0;
        for (int i = 0; i < all.length; i++) {
            long distance = readNumber(in);
            boolean tooNear = i % 2 == 0 && distance < (i == 0 ? 1 : 2);
            last += distance;
            if (tooNear || last < 1) {
                throw new IllegalArgumentException("a context's runs touch or go back");
            }
            all[i] = last;
        }
        return all;
    }

    private static void writeNumber(ByteBuffer out, long number) {
        long rest = number;
        while (rest >= 0x80) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long readNumber(ByteBuffer in) {
        long number = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            byte next = in.get();
            number |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                if (next == 0 && shift > 0) {
                    break;
                }
                return number;
            }
        }
        throw new IllegalArgumentException("a number of a context is not in its shortest form, or too large");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Context that && Arrays.equals(encoded(), that.encoded());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded());
    }

    /** For people: the incarnations with their runs. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        folds.forEach((line, generation) -> text.append(text.length() > 1 ? ", " : "")
                .append(new Incarnation(line, generation).hex())
                .append(":folded"));
        runs.forEach((incarnation, all) -> {
            text.append(text.length() > 1 ? ", " : "").append(incarnation).append(':');
            for (int i = 0; i < all.length; i += 2) {
                text.append(i > 0 ? "," : "").append(all[i]);
                if (all[i + 1] > all[i]) {
                    text.append('-').append(all[i + 1]);
                }
            }
        });
        return text.append('}').toString();
    }

    /** A context that changes. For one thread. */
    public static final class Editor {
        private final NavigableMap<Incarnation, NavigableMap<Long, Long>> runs = new TreeMap<>();
        private final SortedMap<Long, Long> folds = new TreeMap<>();
        private int size;
        private @Nullable Context made = EMPTY;

        public boolean covers(Stamp stamp) {
            return isFolded(folds, stamp.incarnation()) || hasRun(stamp);
        }

        private boolean hasRun(Stamp stamp) {
            NavigableMap<Long, Long> all = runs.get(stamp.incarnation());
            Map.Entry<Long, Long> run = all == null ? null : all.floorEntry(stamp.seq());
            return run != null && run.getValue() >= stamp.seq();
        }

        /** All writes of those lives of a line were seen that began before a generation. */
        public void fold(long line, long generation) {
            Long before = folds.get(line);
            if (before != null && Long.compareUnsigned(before, generation) >= 0) {
                return;
            }
            folds.put(line, generation);
            runs.entrySet().removeIf(entry -> {
                boolean folded = isFolded(folds, entry.getKey());
                size -= folded ? entry.getValue().size() : 0;
                return folded;
            });
            made = null;
        }

        /** A write was seen. */
        public void add(Stamp stamp) {
            if (!covers(stamp)) {
                add(stamp.incarnation(), stamp.seq(), stamp.seq());
            }
        }

        /** All writes of an incarnation up to a seq were seen; none for 0. */
        public void addUpTo(Incarnation incarnation, long seq) {
            if (seq > 0) {
                add(incarnation, 1, seq);
            }
        }

        public void add(Context context) {
            context.folds.forEach(this::fold);
            context.runs.forEach((incarnation, all) -> {
                for (int i = 0; i < all.length; i += 2) {
                    add(incarnation, all[i], all[i + 1]);
                }
            });
        }

        private void add(Incarnation incarnation, long first, long last) {
            if (isFolded(folds, incarnation)) {
                return;
            }
            NavigableMap<Long, Long> all = runs.computeIfAbsent(incarnation, any -> new TreeMap<>());
            Map.Entry<Long, Long> before = all.floorEntry(first);
            if (before != null && before.getValue() >= last) {
                return;
            }
            long from = before != null && before.getValue() >= first - 1 ? before.getKey() : first;
            long to = last;
            Map.Entry<Long, Long> next = all.ceilingEntry(from);
            while (next != null && next.getKey() <= (to == Long.MAX_VALUE ? to : to + 1)) {
                to = Math.max(to, next.getValue());
                all.remove(next.getKey());
                size--;
                next = all.higherEntry(next.getKey());
            }
            if (size < RUNS_MAX) {
                all.put(from, to);
                size++;
            }
            made = null;
        }

        /** A write counts as not seen. */
        public void remove(Stamp stamp) {
            if (isFolded(folds, stamp.incarnation())) {
                folds.remove(stamp.incarnation().high());
                made = null;
                return;
            }
            NavigableMap<Long, Long> all = runs.get(stamp.incarnation());
            if (all == null || !hasRun(stamp)) {
                return;
            }
            long seq = stamp.seq();
            Map.Entry<Long, Long> run = java.util.Objects.requireNonNull(all.floorEntry(seq));
            long from = run.getKey();
            long to = run.getValue();
            all.remove(from);
            size--;
            if (from < seq) {
                all.put(from, seq - 1);
                size++;
            }
            if (to > seq && size < RUNS_MAX) {
                all.put(seq + 1, to);
                size++;
            }
            if (all.isEmpty()) {
                runs.remove(stamp.incarnation());
            }
            made = null;
        }

        /** Becomes what a context is. */
        public void set(Context context) {
            runs.clear();
            folds.clear();
            size = 0;
            add(context);
            made = context;
        }

        /** What it is now. Costs nothing while nothing is changed. */
        public Context context() {
            Context known = made;
            if (known == null) {
                SortedMap<Incarnation, long[]> copy = new TreeMap<>();
                runs.forEach((incarnation, all) -> {
                    if (!all.isEmpty()) {
                        copy.put(
                                incarnation,
                                all.entrySet().stream()
                                        .flatMap(run -> List.of(run.getKey(), run.getValue()).stream())
                                        .mapToLong(Long::longValue)
                                        .toArray());
                    }
                });
                known = of(copy, new TreeMap<>(folds));
                made = known;
            }
            return known;
        }
    }
}
