package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When each range of each table was last found whole: the file {@code SCRUB}. May be used by many threads.
 *
 * <p>A book that is lost or damaged makes everything unverified, which the next scrub changes.
 */
final class ScrubBook {
    private static final String NAME = "SCRUB";
    private static final String FIRST = "twinroot scrub 1";
    private static final String NO_START = "*";

    /** A scrub that began longer ago is not gone on with. */
    private static final long RESUME_MS = TimeUnit.DAYS.toMillis(30);

    private static final long SAVE_NS = TimeUnit.SECONDS.toNanos(2);

    /** A range, up to the start of the next one, and when it was last found whole; 0 for never. */
    private record Mark(@Nullable Uid start, long verifiedMs) {}

    /** A range that is to be read, and when it was last found whole. */
    record Due(UidRange range, long verifiedMs) {}

    private final Path directory;
    private final Disk disk;

    // guarded by this
    private final Map<TableName, List<Mark>> tables = new TreeMap<>();
    private long beganMs;
    private boolean isOver = true;
    private long savedNs;

    ScrubBook(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    synchronized void open() throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(NAME));
        if (bytes == null) {
            return;
        }
        try {
            decode(CheckedText.decode(FIRST, bytes));
        } catch (RuntimeException e) {
            tables.clear();
            beganMs = 0;
            isOver = true;
            System.getLogger(ScrubBook.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "the list of what was scrubbed, " + NAME + ", cannot be used (" + e.getMessage()
                                    + "); the next scrub makes it again");
        }
    }

    /** Begins a scrub, or goes on with the one before; what was found whole since then need not be read. */
    synchronized long begin(ScrubPart what, long nowMs) {
        boolean goesOn = what == ScrubPart.REST || (!isOver && nowMs - beganMs < RESUME_MS);
        if (!goesOn || beganMs == 0) {
            long newest = tables.values().stream()
                    .flatMap(List::stream)
                    .mapToLong(Mark::verifiedMs)
                    .max()
                    .orElse(0);
            beganMs = Math.max(nowMs, Math.max(newest, beganMs) + 1);
        }
        if (what == ScrubPart.ALL) {
            isOver = false;
        }
        save();
        return beganMs;
    }

    synchronized Store.LastScrub last() {
        return new Store.LastScrub(beganMs, isOver);
    }

    /** The scrub came to its end. */
    synchronized void end() {
        isOver = true;
        save();
    }

    /**
     * The ranges of a table that a scrub has to read, the one that was not read for longest first.
     *
     * @param starts where ranges should begin, without the first; taken when there are far more or fewer than now
     */
    synchronized List<Due> due(TableName table, List<Uid> starts) {
        List<Mark> marks = tables.getOrDefault(table, List.of());
        int now = marks.size();
        int wanted = starts.size() + 1;
        if (now == 0 || wanted > 2 * now || now > 2 * wanted) {
            marks = divided(marks, starts);
            tables.put(table, marks);
        }
        List<Due> due = new ArrayList<>();
        for (int i = 0; i < marks.size(); i++) {
            Uid stop = i + 1 < marks.size() ? marks.get(i + 1).start() : null;
            Mark mark = marks.get(i);
            if (mark.verifiedMs() < beganMs) {
                due.add(new Due(new UidRange(mark.start(), stop), mark.verifiedMs()));
            }
        }
        due.sort(Comparator.comparingLong(Due::verifiedMs));
        return due;
    }

    /** New ranges, each verified when the oldest of those was that it has a part of. */
    private static List<Mark> divided(List<Mark> old, List<Uid> starts) {
        List<Mark> marks = new ArrayList<>();
        for (int i = 0; i <= starts.size(); i++) {
            Uid start = i == 0 ? null : starts.get(i - 1);
            Uid stop = i == starts.size() ? null : starts.get(i);
            marks.add(new Mark(start, oldest(old, start, stop)));
        }
        return marks;
    }

    private static long oldest(List<Mark> marks, @Nullable Uid start, @Nullable Uid stop) {
        long oldest = marks.isEmpty() ? 0 : Long.MAX_VALUE;
        for (int i = 0; i < marks.size(); i++) {
            Uid from = marks.get(i).start();
            Uid to = i + 1 < marks.size() ? marks.get(i + 1).start() : null;
            boolean endsBefore = to != null && start != null && to.compareTo(start) <= 0;
            boolean beginsAfter = from != null && stop != null && from.compareTo(stop) >= 0;
            if (!endsBefore && !beginsAfter) {
                oldest = Math.min(oldest, marks.get(i).verifiedMs());
            }
        }
        return oldest;
    }

    /** A range was found whole. */
    synchronized void verified(TableName table, UidRange range, long nowMs) {
        List<Mark> marks = new ArrayList<>(tables.getOrDefault(table, List.of()));
        marks.replaceAll(mark -> java.util.Objects.equals(mark.start(), range.start())
                ? new Mark(mark.start(), Math.max(nowMs, beganMs))
                : mark);
        tables.put(table, marks);
        if (System.nanoTime() - savedNs > SAVE_NS) {
            save();
        }
    }

    synchronized Verified verified(TableName table) {
        List<Mark> marks = tables.getOrDefault(table, List.of());
        return marks.isEmpty()
                ? Verified.NEVER
                : new Verified(
                        marks.stream().mapToLong(Mark::verifiedMs).min().orElse(0),
                        marks.stream().mapToLong(Mark::verifiedMs).max().orElse(0),
                        marks.size());
    }

    synchronized void save() {
        List<String> lines = new ArrayList<>();
        lines.add("run " + beganMs + " " + (isOver ? "over" : "open"));
        tables.forEach((table, marks) -> {
            lines.add("table " + table.text());
            marks.forEach(mark -> lines.add("range "
                    + (mark.start() == null
                            ? NO_START
                            : HexFormat.of().formatHex(mark.start().toBytes()))
                    + " " + mark.verifiedMs()));
        });
        try {
            CheckedText.replace(directory, NAME, CheckedText.encode(FIRST, lines), disk);
            savedNs = System.nanoTime();
        } catch (IOException e) {
            System.getLogger(ScrubBook.class.getName())
                    .log(System.Logger.Level.WARNING, "the list of what was scrubbed could not be written: " + e);
        }
    }

    private void decode(List<List<String>> lines) {
        List<Mark> marks = new ArrayList<>();
        for (List<String> words : lines) {
            switch (words.getFirst()) {
                case "run" -> {
                    beganMs = Long.parseLong(words.get(1));
                    isOver = words.get(2).equals("over");
                }
                case "table" -> {
                    marks = new ArrayList<>();
                    tables.put(new TableName(words.get(1)), marks);
                }
                case "range" -> {
                    Uid start = words.get(1).equals(NO_START)
                            ? null
                            : Uid.of(HexFormat.of().parseHex(words.get(1)));
                    marks.add(new Mark(start, Long.parseLong(words.get(2))));
                }
                default -> throw new IllegalArgumentException("unknown line: " + words);
            }
        }
    }
}
