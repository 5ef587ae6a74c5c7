package io.twinroot.store;

import io.twinroot.log.BlobFiles;
import io.twinroot.log.CopiedFile;
import io.twinroot.log.Disk;
import io.twinroot.log.LogException;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are kept aside: the trash, the losers of conflicts, and parked rows; the folder {@code kept} of a
 * store. May be used by many threads.
 *
 * <p>What {@link #keep} returned for is on the disk. The rows' bodies are on the disk only; in memory there is a
 * short entry for each. A conflict or a parked row that came to its end stays as long as the trash does, so that
 * also a wrong decision can be taken back.
 */
final class KeptRows {
    /** The most rows in the trash, and the most conflicts and parked rows that are open. */
    static final int ROWS_MAX = 250_000;

    private static final int WHY_MAX = 1_000;

    /** Where an open row is found by what it is. */
    private record Key(TableName table, Uid uid) {}

    /** What is known of a kept row without a look at the disk. */
    private static final class Entry {
        private final long number;
        private final KeptRow.Kind kind;
        private final Key key;
        private final Stamp stamp;
        private final KeptFiles.Place place;
        private final Body.@Nullable Blob blob;
        private final KeptRow.State state;
        private final long keptMs;
        private final long endedMs;
        private final String how;

        Entry(
                long number,
                KeptRow.Kind kind,
                Key key,
                Stamp stamp,
                KeptFiles.Place place,
                Body.@Nullable Blob blob,
                KeptRow.State state,
                long keptMs,
                long endedMs,
                String how) {
            this.number = number;
            this.kind = kind;
            this.key = key;
            this.stamp = stamp;
            this.place = place;
            this.blob = blob;
            this.state = state;
            this.keptMs = keptMs;
            this.endedMs = endedMs;
            this.how = how;
        }

        boolean isOpen() {
            return state == KeptRow.State.OPEN;
        }

        /** Whether it goes after a time. */
        boolean isTrash() {
            return kind.isTrash() || !isOpen();
        }

        /** From when on the time counts after which it goes. */
        long sinceMs() {
            return kind.isTrash() ? keptMs : endedMs;
        }

        long bytes() {
            return place.bytes() + (blob == null ? 0 : blob.size());
        }

        Entry at(KeptFiles.Place other) {
            return new Entry(number, kind, key, stamp, other, blob, state, keptMs, endedMs, how);
        }

        Entry ended(KeptRow.State newState, long newEndedMs, String newHow) {
            return new Entry(number, kind, key, stamp, place, blob, newState, keptMs, newEndedMs, newHow);
        }
    }

    private final BlobFiles blobs;
    private final LongSupplier nowMs;
    private final StoreOptions.Trash trash;
    private final KeptFiles files;

    private final NavigableMap<Long, Entry> entries = new TreeMap<>();
    private final Map<Key, List<Long>> open = new HashMap<>();

    /** What goes after a time, in the order of going; with numbers of which there is no entry any more. */
    private final Deque<Long> going = new ArrayDeque<>();

    /** How many open conflicts and parked rows there are of a row. */
    private final Map<Key, Integer> concerns = new ConcurrentHashMap<>();

    private final List<KeptCodec.Line.Ended> owed = new ArrayList<>();
    private long trashBytes;
    private int trashRows;
    private long next = 1;

    /** @param forces whether what is written is forced to the disk */
    KeptRows(Path directory, BlobFiles blobs, Disk disk, LongSupplier nowMs, StoreOptions.Trash trash, boolean forces) {
        this.blobs = blobs;
        this.nowMs = nowMs;
        this.trash = trash;
        this.files = new KeptFiles(directory, disk, forces);
    }

    /**
     * Reads the folder.
     *
     * @return what is wrong with its files, for people; empty where nothing is
     * @throws LogException of kind FORMAT when a file is of another format
     */
    synchronized List<String> open() throws IOException {
        List<String> flaws = new ArrayList<>();
        long least = files.open(flaws, this::read);
        next = Math.max(next, least);
        entries.values().stream()
                .filter(Entry::isTrash)
                .sorted(Comparator.comparingLong(Entry::sinceMs))
                .forEach(entry -> {
                    going.add(entry.number);
                    trashRows++;
                    trashBytes += entry.bytes();
                });
        letGo();
        return flaws;
    }

    private void read(KeptCodec.Line line, KeptFiles.Place place) {
        next = Math.max(next, line.number() + 1);
        switch (line) {
            case KeptCodec.Line.Kept kept -> {
                Entry before = entries.get(kept.number());
                if (before != null) {
                    forgetOpen(before);
                    files.release(before.place);
                }
                Entry entry = entry(kept, place);
                entries.put(entry.number, entry);
                files.hold(place);
                if (entry.isOpen() || entry.state == KeptRow.State.GIVEN_UP) {
                    rememberOpen(entry);
                }
            }
            case KeptCodec.Line.Ended(long number, KeptRow.State state, long endedMs, String how) -> {
                Entry entry = entries.get(number);
                if (entry != null && entry.isOpen()) {
                    isOver(entry, state);
                    entries.put(number, entry.ended(state, endedMs, how));
                }
            }
        }
    }

    private static Entry entry(KeptCodec.Line.Kept kept, KeptFiles.Place place) {
        KeptRow what = kept.what();
        return new Entry(
                what.number(),
                what.kind(),
                new Key(what.table(), what.uid()),
                what.stamp(),
                place,
                kept.largeBlob(),
                what.state(),
                what.keptMs(),
                what.endedMs(),
                what.how());
    }

    private void rememberOpen(Entry entry) {
        open.computeIfAbsent(entry.key, any -> new ArrayList<>(1)).add(entry.number);
        if (!entry.kind.isTrash() && entry.isOpen()) {
            concerns.merge(entry.key, 1, Integer::sum);
        }
    }

    /** It is open no more; one that was given up is still found, so that it is not kept anew. */
    private void isOver(Entry entry, KeptRow.State state) {
        if (state != KeptRow.State.GIVEN_UP) {
            forgetOpen(entry);
        } else if (entry.isOpen()) {
            concerns.computeIfPresent(entry.key, (key, count) -> count == 1 ? null : count - 1);
        }
    }

    private void forgetOpen(Entry entry) {
        List<Long> numbers = open.get(entry.key);
        if (numbers != null && numbers.remove(entry.number)) {
            if (numbers.isEmpty()) {
                open.remove(entry.key);
            }
            if (!entry.kind.isTrash() && entry.isOpen()) {
                concerns.computeIfPresent(entry.key, (key, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /**
     * Keeps rows: they are on the disk when this returns. One of which the same version is kept already, for the same
     * reason, and is open, is not kept twice.
     *
     * @throws LogException when they could not be written: none is kept then, though after a crash some may be there;
     *     also when too many conflicts and parked rows are open
     */
    synchronized void keep(List<Keep> rows) {
        List<KeptCodec.Line.Kept> lines = new ArrayList<>();
        Map<Key, List<Keep>> fresh = new HashMap<>();
        int concerning = 0;
        for (Keep keep : rows) {
            boolean dropped = keep.kind().isTrash() && trash.bytes() == 0;
            if (!dropped && !isKept(keep, fresh)) {
                concerning += keep.kind().isTrash() ? 0 : 1;
                lines.add(line(next + lines.size(), keep));
            }
        }
        if (concerning > 0 && concerns() + concerning > ROWS_MAX) {
            throw new LogException(
                    LogException.Kind.FULL,
                    "more than " + ROWS_MAX + " conflicts and parked rows are open; decide about some of them first:"
                            + " see the problems");
        }
        if (lines.isEmpty()) {
            return;
        }
        List<KeptFiles.Place> places = write(lines);
        for (int i = 0; i < lines.size(); i++) {
            Entry entry = entry(lines.get(i), places.get(i));
            entries.put(entry.number, entry);
            files.hold(entry.place);
            rememberOpen(entry);
            if (entry.isTrash()) {
                toTrash(entry);
            }
        }
        next += lines.size();
        expire();
    }

    private int concerns() {
        return entries.size() - trashRows;
    }

    private boolean isKept(Keep keep, Map<Key, List<Keep>> fresh) {
        Key key = new Key(keep.table(), keep.row().row().uid());
        Stamp stamp = keep.row().row().stamp();
        boolean kept = open.getOrDefault(key, List.of()).stream()
                .map(entries::get)
                .anyMatch(entry -> entry != null && entry.kind == keep.kind() && entry.stamp.equals(stamp));
        List<Keep> others = fresh.computeIfAbsent(key, any -> new ArrayList<>(1));
        kept |= others.stream()
                .anyMatch(other ->
                        other.kind() == keep.kind() && other.row().row().stamp().equals(stamp));
        others.add(keep);
        return kept;
    }

    private KeptCodec.Line.Kept line(long number, Keep keep) {
        Row row = keep.row().row();
        String why = keep.why();
        KeptRow what = new KeptRow(
                number,
                keep.kind(),
                keep.table(),
                row.uid(),
                row.stamp(),
                keep.there(),
                nowMs.getAsLong(),
                clipped(why),
                KeptRow.State.OPEN,
                0,
                "");
        return new KeptCodec.Line.Kept(what, row, small(keep.row()));
    }

    private static String clipped(String text) {
        if (text.length() <= WHY_MAX) {
            return text;
        }
        int stop = Character.isHighSurrogate(text.charAt(WHY_MAX - 1)) ? WHY_MAX - 1 : WHY_MAX;
        return text.substring(0, stop) + "…";
    }

    private static byte @Nullable [] small(RowData data) {
        BlobSource source = data.blob();
        if (source == null
                || !(data.row() instanceof Row.Live live)
                || !(live.body() instanceof Body.Blob blob)
                || blob.size() > BlobFiles.INLINE_MAX) {
            return null;
        }
        try (InputStream in = source.open()) {
            return in.readNBytes(BlobFiles.INLINE_MAX);
        } catch (IOException e) {
            throw LogException.of("reading the blob of row " + live.uid() + ", which is to be kept aside", e);
        }
    }

    private List<KeptFiles.Place> write(List<? extends KeptCodec.Line> lines) {
        List<KeptCodec.Line> all = new ArrayList<>(owed);
        all.addAll(lines);
        try {
            List<KeptFiles.Place> places = files.write(all, next);
            owed.clear();
            return places.subList(places.size() - lines.size(), places.size());
        } catch (IOException e) {
            throw LogException.of("keeping rows aside", e);
        }
    }

    /**
     * Whether a conflict or a parked row of this UID is open. Costs a look into a map, and next to nothing where none
     * is of any row.
     */
    boolean concerns(TableName table, Uid uid) {
        return !concerns.isEmpty() && concerns.containsKey(new Key(table, uid));
    }

    /**
     * These versions are in the table now, and in the log: conflicts that they settled are over, and so are parked
     * rows that are no newer. Call it with those that {@link #concerns} is true for. A disk that refuses does not
     * matter: it is written with what comes next, and found again after a crash.
     */
    synchronized void written(TableName table, List<? extends Row> rows) {
        for (Row row : rows) {
            for (long number : List.copyOf(open.getOrDefault(new Key(table, row.uid()), List.of()))) {
                Entry entry = entries.get(number);
                if (entry != null && entry.isOpen() && isOver(entry, row)) {
                    boolean conflict = entry.kind == KeptRow.Kind.CONFLICT;
                    String how = (conflict ? "settled by the write of " : "the table has that of ") + row.stamp();
                    over(entry, conflict ? KeptRow.State.RESOLVED : KeptRow.State.APPLIED, how);
                }
            }
        }
        if (!owed.isEmpty()) {
            try {
                var _ = write(List.of());
            } catch (LogException e) {
                System.getLogger(KeptRows.class.getName())
                        .log(System.Logger.Level.WARNING, "the end of kept rows was not noted yet: " + e.getMessage());
            }
        }
    }

    /** Whether a version that is in the table now ends a conflict, or the waiting of a parked row. */
    private static boolean isOver(Entry entry, Row now) {
        return switch (entry.kind) {
            case CONFLICT -> !now.stamp().equals(entry.stamp) && now.past().saw(now.stamp(), entry.stamp);
            case PARKED -> now.stamp().compareTo(entry.stamp) >= 0;
            case DELETED, OVERWRITTEN, DROPPED -> false;
        };
    }

    private void over(Entry entry, KeptRow.State state, String how) {
        Entry ended = entry.ended(state, nowMs.getAsLong(), clipped(how));
        owed.add(new KeptCodec.Line.Ended(ended.number, ended.state, ended.endedMs, ended.how));
        isOver(entry, state);
        entries.put(ended.number, ended);
        if (!entry.isTrash()) {
            toTrash(ended);
        }
    }

    /**
     * Ends an open row.
     *
     * @return false where there is no open one of that number
     * @throws LogException when it could not be written; it is over all the same, until a crash
     */
    synchronized boolean end(long number, KeptRow.State state, String how) {
        Entry entry = entries.get(number);
        if (entry == null || !entry.isOpen()) {
            return false;
        }
        over(entry, state, how);
        var _ = write(List.of());
        expire();
        return true;
    }

    private void toTrash(Entry entry) {
        going.add(entry.number);
        trashRows++;
        trashBytes += entry.bytes();
    }

    /** Lets those go that are in the trash for too long. */
    synchronized void expire() {
        letGo();
        tidy();
    }

    /** Lets those go that are too old or too many. */
    private void letGo() {
        long oldest = nowMs.getAsLong() - trash.retentionMs();
        while (true) {
            Entry first = going.isEmpty() ? null : entries.get(going.getFirst());
            if (!going.isEmpty() && (first == null || !first.isTrash())) {
                going.removeFirst();
                continue;
            }
            boolean goes =
                    first != null && (first.sinceMs() < oldest || trashRows > ROWS_MAX || trashBytes > trash.bytes());
            if (first == null || !goes) {
                return;
            }
            going.removeFirst();
            forget(first);
        }
    }

    private void forget(Entry entry) {
        forgetOpen(entry);
        entries.remove(entry.number);
        files.release(entry.place);
        if (entry.isTrash()) {
            trashRows--;
            trashBytes -= entry.bytes();
        }
    }

    /** Writes the entries of old files anew where most of the bytes are needed no more, and deletes those files. */
    private void tidy() {
        try {
            while (files.isOldestDue()) {
                moveOn(files.oldest());
            }
        } catch (IOException | LogException e) {
            System.getLogger(KeptRows.class.getName())
                    .log(System.Logger.Level.WARNING, "old files of kept rows stay for now: " + e.getMessage());
        }
    }

    private void moveOn(long file) throws IOException {
        List<Entry> moved = new ArrayList<>();
        List<KeptCodec.Line.Kept> lines = new ArrayList<>();
        List<Entry> damaged = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.place.file() == file) {
                try {
                    lines.add(whole(entry));
                    moved.add(entry);
                } catch (LogException e) {
                    if (e.kind() != LogException.Kind.DAMAGED) {
                        throw e;
                    }
                    damaged.add(entry);
                }
            }
        }
        if (!lines.isEmpty()) {
            List<KeptFiles.Place> places = write(lines);
            for (int i = 0; i < moved.size(); i++) {
                Entry entry = moved.get(i);
                files.release(entry.place);
                files.hold(places.get(i));
                trashBytes += entry.isTrash() ? places.get(i).bytes() - entry.place.bytes() : 0;
                entries.put(entry.number, entry.at(places.get(i)));
            }
        }
        damaged.forEach(this::forget);
        files.drop(file, !damaged.isEmpty());
    }

    /** A kept row as it is on the disk, with what became of it. */
    private KeptCodec.Line.Kept whole(Entry entry) throws IOException {
        KeptCodec.Line line;
        try {
            line = KeptCodec.decode(files.read(entry.place));
        } catch (IllegalArgumentException e) {
            throw new LogException(
                    LogException.Kind.DAMAGED, "kept row k" + entry.number + " cannot be read: " + e.getMessage(), e);
        }
        if (!(line instanceof KeptCodec.Line.Kept(KeptRow what, Row row, byte[] blob))
                || what.number() != entry.number) {
            throw new LogException(
                    LogException.Kind.DAMAGED, "where kept row k" + entry.number + " was written is something else");
        }
        KeptRow now = entry.isOpen()
                ? what
                : new KeptRow(
                        what.number(),
                        what.kind(),
                        what.table(),
                        what.uid(),
                        what.stamp(),
                        what.there(),
                        what.keptMs(),
                        what.why(),
                        entry.state,
                        entry.endedMs,
                        entry.how);
        return new KeptCodec.Line.Kept(now, row, blob);
    }

    /** A kept row and what it is. */
    record Whole(KeptRow what, RowData data) {}

    /**
     * A kept row, open or not.
     *
     * @throws LogException when it cannot be read
     */
    Optional<Whole> get(long number) {
        Entry entry;
        synchronized (this) {
            entry = entries.get(number);
        }
        return entry == null ? Optional.empty() : load(entry);
    }

    private Optional<Whole> load(Entry first) {
        Entry entry = first;
        while (true) {
            try {
                KeptCodec.Line.Kept kept = whole(entry);
                return Optional.of(new Whole(kept.what(), new RowData(kept.row(), kept.source(blobs::source))));
            } catch (NoSuchFileException e) {
                Entry now;
                synchronized (this) {
                    now = entries.get(entry.number);
                }
                if (now == null) {
                    return Optional.empty();
                }
                if (now.place.equals(entry.place)) {
                    throw LogException.of("reading kept row k" + entry.number, e);
                }
                entry = now; // it was written anew meanwhile
            } catch (IOException e) {
                throw LogException.of("reading kept row k" + entry.number, e);
            }
        }
    }

    /**
     * A page of kept rows. One that cannot be read any more is left out, and named in the log of the program.
     *
     * @param isShown decides about each open one
     */
    List<KeptRow> list(KeptQuery query, Predicate<KeptRow> isShown) {
        List<KeptRow> page = new ArrayList<>();
        long before = query.after() == 0 ? Long.MAX_VALUE : query.after();
        while (page.size() < query.limit()) {
            List<Entry> some = some(query, before);
            for (Entry entry : some) {
                before = entry.number;
                if (page.size() < query.limit()) {
                    readable(entry)
                            .map(Whole::what)
                            .filter(row -> row.state() != KeptRow.State.OPEN || isShown.test(row))
                            .ifPresent(page::add);
                }
            }
            if (some.isEmpty()) {
                break;
            }
        }
        return page;
    }

    private Optional<Whole> readable(Entry entry) {
        try {
            return load(entry);
        } catch (LogException e) {
            System.getLogger(KeptRows.class.getName()).log(System.Logger.Level.WARNING, e.getMessage());
            return Optional.empty();
        }
    }

    private synchronized List<Entry> some(KeptQuery query, long before) {
        byte[] prefix = query.prefix().toBytes();
        return entries.headMap(before, /* inclusive= */ false).descendingMap().values().stream()
                .filter(entry -> query.kinds().contains(entry.kind)
                        && (query.ended() || entry.isOpen())
                        && (query.table() == null || query.table().equals(entry.key.table()))
                        && (prefix.length == 0 || startsWith(entry.key.uid().toBytes(), prefix)))
                .limit(query.limit())
                .toList();
    }

    private static boolean startsWith(byte[] uid, byte[] prefix) {
        return uid.length >= prefix.length && Arrays.equals(uid, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** The numbers of open parked rows after a number, oldest first. */
    synchronized List<Long> parked(long after, int limit) {
        return entries.tailMap(after, /* inclusive= */ false).values().stream()
                .filter(entry -> entry.isOpen() && entry.kind == KeptRow.Kind.PARKED)
                .map(entry -> entry.number)
                .limit(limit)
                .toList();
    }

    /** Whether there is no open row of this number. */
    synchronized boolean isOver(long number) {
        Entry entry = entries.get(number);
        return entry == null || !entry.isOpen();
    }

    /** How many rows of each kind are open. */
    synchronized Map<KeptRow.Kind, Long> counts() {
        Map<KeptRow.Kind, Long> counts = new EnumMap<>(KeptRow.Kind.class);
        entries.values().stream().filter(Entry::isOpen).forEach(entry -> counts.merge(entry.kind, 1L, Long::sum));
        return counts;
    }

    /** Gives the content of each large blob that a kept row has; its file must stay. */
    synchronized void blobs(Consumer<Digest> sink) {
        entries.values().forEach(entry -> {
            if (entry.blob != null) {
                sink.accept(entry.blob.content());
            }
        });
    }

    /** The files as they are now; until the hold is closed none of them is deleted. */
    synchronized Copy copy(String folder) throws IOException {
        AutoCloseable hold = files.keepAll();
        return new Copy(files.copied(folder), () -> {
            synchronized (this) {
                hold.close();
            }
        });
    }

    /** Files of a copy. */
    record Copy(List<CopiedFile> files, AutoCloseable hold) {}

    synchronized void close() throws IOException {
        files.close();
    }
}
