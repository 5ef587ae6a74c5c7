package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.source.ChangeHints;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceTable;
import io.twinroot.table.Uid;
import java.time.Duration;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * Follows what a database says of changes between two scans. After a failure nothing is believed until a scan has found
 * that mirror and database agree: the database may be another one. For one thread.
 */
final class MirrorFollowing {
    private static final long EVERY_NS = Duration.ofSeconds(1).toNanos();

    /** How often it is seen to that not too much waits while nothing may be taken, and tried again what failed. */
    private static final long SELDOM_NS = Duration.ofSeconds(20).toNanos();

    private final Config.Source config;
    private final SourceLink link;
    private final BiPredicate<SourceTable, List<Uid>> taker;
    private long nextNs = System.nanoTime();
    private boolean calm;
    private boolean failing;

    /** What came of a turn. */
    enum Found {
        ALL_WELL,
        /** It can't be told which rows changed. */
        SCAN_NEEDED,
        /** More waited than may; it was thrown away, and a scan is needed. */
        TOO_MUCH
    }

    /** @param taker brings rows to the mirror; false where it needs a scan for that */
    MirrorFollowing(Config.Source config, SourceLink link, BiPredicate<SourceTable, List<Uid>> taker) {
        this.config = config;
        this.link = link;
        this.taker = taker;
    }

    boolean isOn() {
        return config.changes() != Config.Source.Changes.SCAN;
    }

    /** Whether it can't follow. */
    boolean isFailing() {
        return failing;
    }

    /** Whether what it says may be taken while a scan goes on. */
    boolean isCalm() {
        return calm;
    }

    /** Until the next {@link #turn}. */
    Duration untilTurn() {
        return Duration.ofNanos(Math.max(0, nextNs - System.nanoTime()));
    }

    /** A scan has found that both agree, or made it so. */
    void agreed() {
        calm = true;
        nextNs = System.nanoTime();
    }

    /** The database could not be used. */
    void failed() {
        calm = false;
    }

    /**
     * Takes some of what has changed.
     *
     * @param mayTake whether anything may be taken
     * @throws SourceException where it can't follow; it tries again later
     */
    Found turn(boolean mayTake) {
        boolean takes = mayTake && calm;
        boolean isRecovery = failing;
        failing = true;
        nextNs = System.nanoTime() + SELDOM_NS;
        OpenSource source = link.get();
        ChangeHints hints = source.hints()
                .orElseThrow(() -> new SourceException(
                        SourceException.Kind.UNSUPPORTED,
                        config.address() + " has nothing that tells what changed; set tables[].source.changes to"
                                + " \"scan\""));
        boolean isOver = hints.cut();
        ChangeHints.Step step = ChangeHints.Step.NOTHING;
        if (takes && !isOver) {
            step = hints.step(uids -> taker.test(source.table(), uids));
            nextNs = System.nanoTime() + (step == ChangeHints.Step.SOME ? 0 : EVERY_NS);
        }
        failing = false;
        if (isOver) {
            return Found.TOO_MUCH;
        }
        boolean isScanNeeded = isRecovery || step == ChangeHints.Step.ALL || step == ChangeHints.Step.REFUSED;
        return isScanNeeded ? Found.SCAN_NEEDED : Found.ALL_WELL;
    }
}
