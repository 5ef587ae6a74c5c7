package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.log.LogPosition;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Who reads the feed, and how far each is, so that the log is kept for them. In the file {@code READERS},
 * which is written now and then: a reader that a crash set back keeps more of the log than it needs, never
 * less. For many threads.
 */
final class Readers {
    /** The one that was seen longest ago is forgotten for another. */
    static final int MAX = 1_000;

    private static final String NAME = "READERS";
    private static final String FIRST = "twinroot readers 1";
    private static final long SAVE_EVERY_MS = 5_000;

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

    /** A file that is not what {@link #save} writes is not used: readers come again and say who they are. */
    private void load() throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(NAME));
        if (bytes == null) {
            return;
        }
        try {
            for (List<String> words : CheckedText.decode(FIRST, bytes)) {
                LogPosition position = new LogPosition(Long.parseLong(words.get(2)), Long.parseLong(words.get(3)));
                readers.put(words.get(1), new FeedReader(position, Long.parseLong(words.get(4))));
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            readers.clear();
            System.getLogger(Readers.class.getName())
                    .log(System.Logger.Level.WARNING, NAME + " cannot be used and is begun anew: " + e.getMessage());
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
            CheckedText.replace(directory, NAME, encoded(), disk);
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

    private byte[] encoded() {
        List<String> lines = new ArrayList<>();
        all().forEach((name, reader) -> lines.add("reader " + name + " "
                + reader.position().segment() + " " + reader.position().offset() + " " + reader.lastSeenMs()));
        return CheckedText.encode(FIRST, lines);
    }
}
