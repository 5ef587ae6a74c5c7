package io.twinroot.source;

import io.twinroot.table.Uid;
import java.util.List;

/**
 * Says which rows of a table may have changed, so that not all have to be read. What it says too much costs a look at the
 * row; what it does not say, the next scan finds. For one thread; each call throws {@link SourceException}.
 */
public interface ChangeHints extends AutoCloseable {
    /** Takes rows that may have changed. */
    @FunctionalInterface
    interface Taker {
        /**
         * Looks at rows, all of which can be read by now.
         *
         * @param uids of different rows, at most {@link SourceTable#MAX_BATCH}, not none
         * @return false where it would not, so that they are to come again
         */
        boolean take(List<Uid> uids);
    }

    /** What came of a step. */
    enum Step {
        /** Nothing has changed. */
        NOTHING,
        /** Some rows were taken, and there may be more. */
        SOME,
        /** The taker would not take them. */
        REFUSED,
        /** It can't be told any more which rows changed: all are to be read. It goes on from here. */
        ALL
    }

    /** Hands out some rows, and forgets them when they were taken. Takes a second or so at most, if the taker is quick. */
    Step step(Taker taker);

    /**
     * Throws away what waits where it is more than may wait, as while nobody takes it.
     *
     * @return whether it did: all rows are to be read then
     */
    boolean cut();

    @Override
    void close();
}
