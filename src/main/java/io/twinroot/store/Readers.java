package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.log.LogPosition;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who reads the feed, and how far each is, so that the log is kept for them. In the file {@code readers.json},
 * which is written now and then: a reader that a crash set back keeps more of the log than it needs, never
 * less. For many threads.
 */
final class Readers {
    /** The one that was seen longest ago is forgotten for another. */
    static final int MAX = 1_000;

    private static final String NAME = "readers.json";
    private static final int MAX_BYTES = 1 << 20;
    private static final long SAVE_EVERY_MS = 5_000;
    private static final Pattern LINE = Pattern.compile("\\{\"reader\": ?\"(" + FeedQuery.READER.pattern()
            + ")\", ?\"segment\": ?(\\d{1,7}), ?\"offset\": ?(\\d{1,12})," + " ?\"lastSeenMs\": ?(\\d{1,18})\\}");

    private final Path directory;
    private final Disk disk;
    private final LongSupplier nowMs;
    private final Map<String, FeedReader> readers = new ConcurrentHashMap<>();
    private final ReentrantLock saving = new ReentrantLock();
    private volatile boolean dirty;
    private volatile long saved;

    Readers(Path directory, Disk disk, LongSupplier nowMs) throws IOException {
        this.directory = directory;
        this.disk = disk;
        this.nowMs = nowMs;
        this.saved = System.nanoTime();
        load();
    }

    /** A file that is not what {@link #save} writes is read as far as it is: readers come again and say who they are. */
    private void load() throws IOException {
        String text;
        try (var in = Files.newInputStream(directory.resolve(NAME))) {
            text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return;
        }
        Matcher line = LINE.matcher(text);
        while (line.find() && readers.size() < MAX) {
            LogPosition position = FeedCursor.position(line.group(2), line.group(3));
            if (position != null) {
                readers.put(line.group(1), new FeedReader(position, Long.parseLong(line.group(4))));
            }
        }
    }

    Map<String, FeedReader> all() {
        return new TreeMap<>(readers);
    }

    /**
     * The first segment of the log that a reader needs who was seen lately.
     *
     * @param last the one where writing goes on
     */
    long neededSegment(long last, long retentionMs) {
        long since = nowMs.getAsLong() - retentionMs;
        return readers.values().stream()
                .filter(reader -> reader.lastSeenMs() >= since)
                .mapToLong(reader -> reader.position().segment())
                .reduce(last, Math::min);
    }

    /** Notes that a reader has all before a position. */
    void saw(String reader, LogPosition position) {
        if (!readers.containsKey(reader) && readers.size() >= MAX) {
            readers.entrySet().stream()
                    .min(Comparator.comparingLong(entry -> entry.getValue().lastSeenMs()))
                    .ifPresent(oldest -> readers.remove(oldest.getKey()));
        }
        readers.put(reader, new FeedReader(position, nowMs.getAsLong()));
        dirty = true;
        if (System.nanoTime() - saved >= TimeUnit.MILLISECONDS.toNanos(SAVE_EVERY_MS)) {
            save();
        }
    }

    /** Writes what is new. A disk that refuses is no reason to stop a reader: the next time does it. */
    void save() {
        if (!dirty || !saving.tryLock()) {
            return;
        }
        try {
            dirty = false;
            saved = System.nanoTime();
            CheckedText.replace(directory, NAME, encoded().getBytes(StandardCharsets.UTF_8), disk);
        } catch (ClosedByInterruptException e) { // who reads is gone; another one will do it, or the close
            dirty = true;
        } catch (IOException e) {
            dirty = true;
            System.getLogger(Readers.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "writing " + directory.resolve(NAME) + " failed: " + e.getMessage());
        } finally {
            saving.unlock();
        }
    }

    private String encoded() {
        StringBuilder json = new StringBuilder("[");
        String separator = "\n";
        for (Map.Entry<String, FeedReader> entry : all().entrySet()) {
            FeedReader reader = entry.getValue();
            json.append(separator)
                    .append("{\"reader\": \"")
                    .append(entry.getKey())
                    .append("\", \"segment\": ")
                    .append(reader.position().segment())
                    .append(", \"offset\": ")
                    .append(reader.position().offset())
                    .append(", \"lastSeenMs\": ")
                    .append(Math.max(0, reader.lastSeenMs()))
                    .append('}');
            separator = ",\n";
        }
        return json.append("\n]\n").toString();
    }
}
