package io.twinroot.store;

import io.twinroot.log.LogOptions.Sync;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import io.twinroot.tree.Salt;
import java.security.SecureRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How a store is opened.
 *
 * @param nowMs the clock: milliseconds since 1970
 * @param incarnation a fresh one for each time that a store is opened
 * @param salt of the tables' trees
 * @param create whether to make the store where there is none
 * @param sync when a write is forced to the disk
 * @param syncEveryMs how often, where that is at intervals
 * @param overlayBytes how much of the newest data is held in memory before it is written to a file; about
 * @param segmentBytes the size of the log's files; about
 * @param maxClockSkewMs how far ahead of our clock a foreign stamp may be
 * @param compaction when the log is compacted
 * @param trash how long deleted and overwritten rows are kept aside
 * @param policies what becomes of a row that was changed on two sides, by its table
 * @param fresh gives an incarnation that nobody had, for when damage is found
 */
public record StoreOptions(
        LongSupplier nowMs,
        Incarnation incarnation,
        Salt salt,
        boolean create,
        Sync sync,
        long syncEveryMs,
        long overlayBytes,
        long segmentBytes,
        long maxClockSkewMs,
        Compaction compaction,
        Trash trash,
        Function<TableName, ConflictPolicy> policies,
        Supplier<Incarnation> fresh) {
    private static final SecureRandom RANDOM = new SecureRandom();

    public static final long OVERLAY_BYTES = 64L << 20;
    public static final long SEGMENT_BYTES = 64L << 20;
    public static final long MAX_CLOCK_SKEW_MS = 300_000;
    public static final long SYNC_EVERY_MS = 1_000;

    /**
     * When and how fast the log is compacted.
     *
     * @param percent the log is compacted when it has so many percent of what its rows need, 110 to 1,000; 0 for
     *     never
     * @param slackBytes and so many bytes more
     * @param bytesPerSecond how fast it is written meanwhile; faster only when the log grows beyond half as much
     *     again
     * @param retentionMs how long the log is kept for a reader that does not come
     */
    public record Compaction(int percent, long slackBytes, long bytesPerSecond, long retentionMs) {
        public static final Compaction DEFAULT = new Compaction(150, 8L << 20, 32L << 20, 7L * 24 * 60 * 60 * 1_000);

        public Compaction {
            if ((percent != 0 && (percent < 110 || percent > 1_000))
                    || slackBytes < 0
                    || bytesPerSecond < 1
                    || retentionMs < 0) {
                throw new IllegalArgumentException("a log is compacted at 110 to 1000 percent, or never at 0: "
                        + percent + ", slack " + slackBytes + ", rate " + bytesPerSecond + ", retention "
                        + retentionMs);
            }
        }

        public boolean isOff() {
            return percent == 0;
        }
    }

    /**
     * How long deleted and overwritten rows are kept aside. The oldest go first.
     *
     * @param retentionMs so long, at most
     * @param bytes so many, at most, their large blobs included; 0 for no trash at all
     */
    public record Trash(long retentionMs, long bytes) {
        public static final Trash DEFAULT = new Trash(30L * 24 * 60 * 60 * 1_000, 1L << 30);

        public Trash {
            if (retentionMs < 0 || bytes < 0) {
                throw new IllegalArgumentException(
                        "a trash cannot be kept for " + retentionMs + " ms in " + bytes + " bytes");
            }
        }
    }

    public StoreOptions {
        if (overlayBytes < 1 || segmentBytes < 1 || maxClockSkewMs < 0 || syncEveryMs < 1) {
            throw new IllegalArgumentException("overlayBytes " + overlayBytes + ", segmentBytes " + segmentBytes
                    + ", syncEveryMs " + syncEveryMs + " and maxClockSkewMs " + maxClockSkewMs + " must be positive");
        }
    }

    /** The usual sizes; the store is made where there is none. */
    public static StoreOptions of(LongSupplier nowMs, Incarnation incarnation, Salt salt) {
        return new StoreOptions(
                nowMs,
                incarnation,
                salt,
                true,
                Sync.ALWAYS,
                SYNC_EVERY_MS,
                OVERLAY_BYTES,
                SEGMENT_BYTES,
                MAX_CLOCK_SKEW_MS,
                Compaction.DEFAULT,
                Trash.DEFAULT,
                table -> ConflictPolicy.NEWEST,
                () -> fresh(incarnation, nowMs));
    }

    public StoreOptions create(boolean newCreate) {
        return with(draft -> draft.create = newCreate);
    }

    public StoreOptions sync(Sync newSync, long newEveryMs) {
        return with(draft -> {
            draft.sync = newSync;
            draft.syncEveryMs = newEveryMs;
        });
    }

    /** Forced always, or, for a benchmark, never. */
    public StoreOptions force(boolean force) {
        return sync(force ? Sync.ALWAYS : Sync.NEVER, syncEveryMs);
    }

    public StoreOptions sizes(long newOverlayBytes, long newSegmentBytes) {
        return with(draft -> {
            draft.overlayBytes = newOverlayBytes;
            draft.segmentBytes = newSegmentBytes;
        });
    }

    public StoreOptions compaction(Compaction newCompaction) {
        return with(draft -> draft.compaction = newCompaction);
    }

    public StoreOptions trash(Trash newTrash) {
        return with(draft -> draft.trash = newTrash);
    }

    public StoreOptions policies(Function<TableName, ConflictPolicy> newPolicies) {
        return with(draft -> draft.policies = newPolicies);
    }

    public StoreOptions fresh(Supplier<Incarnation> newFresh) {
        return with(draft -> draft.fresh = newFresh);
    }

    public StoreOptions incarnation(Incarnation newIncarnation) {
        return with(draft -> {
            draft.incarnation = newIncarnation;
            draft.fresh = () -> fresh(newIncarnation, nowMs);
        });
    }

    public StoreOptions salt(Salt newSalt) {
        return with(draft -> draft.salt = newSalt);
    }

    /** Another incarnation of the same line. */
    private static Incarnation fresh(Incarnation before, LongSupplier nowMs) {
        return Incarnation.of(before.high(), nowMs.getAsLong(), RANDOM.nextInt());
    }

    private StoreOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options of which some are changed. */
    private static final class Draft {
        private final LongSupplier nowMs;
        private Incarnation incarnation;
        private Salt salt;
        private boolean create;
        private Sync sync;
        private long syncEveryMs;
        private long overlayBytes;
        private long segmentBytes;
        private final long maxClockSkewMs;
        private Compaction compaction;
        private Trash trash;
        private Function<TableName, ConflictPolicy> policies;
        private Supplier<Incarnation> fresh;

        Draft(StoreOptions from) {
            nowMs = from.nowMs;
            incarnation = from.incarnation;
            salt = from.salt;
            create = from.create;
            sync = from.sync;
            syncEveryMs = from.syncEveryMs;
            overlayBytes = from.overlayBytes;
            segmentBytes = from.segmentBytes;
            maxClockSkewMs = from.maxClockSkewMs;
            compaction = from.compaction;
            trash = from.trash;
            policies = from.policies;
            fresh = from.fresh;
        }

        StoreOptions options() {
            return new StoreOptions(
                    nowMs,
                    incarnation,
                    salt,
                    create,
                    sync,
                    syncEveryMs,
                    overlayBytes,
                    segmentBytes,
                    maxClockSkewMs,
                    compaction,
                    trash,
                    policies,
                    fresh);
        }
    }
}
