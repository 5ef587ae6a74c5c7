package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a narrowing, as docs/protocol.md describes them. An initiator sends {@link Open},
 * {@link Compare}, {@link Fetch} and {@link Among}; a responder answers with {@link Same} or {@link Opened}, {@link Compared}
 * or {@link Matched}, and {@link Fetched}. The rest lets a third party have a node play the initiator.
 */
public sealed interface Message {
    /**
     * Starts a narrowing.
     *
     * @param format of the initiator's tree
     * @param width bytes of a short hash, 3 or 8
     * @param nonce makes the session's key, with the responder's
     */
    record Open(int format, int width, long nonce, Digest root) implements Message {}

    /** The roots are equal; there is no session. */
    record Same() implements Message {}

    /**
     * The roots differ; here is the top of mine.
     *
     * @param session names the session, and is the responder's nonce
     * @param level of the hashes: 0 for entries, else of nodes
     */
    record Opened(long session, int format, long saltId, int rules, long count, Digest root, int level, Hashes hashes)
            implements Message {}

    /**
     * For each span of the receiver's items that found no equal: what the sender has there one level below.
     *
     * @param span of the receiver's items; of length 0 where the receiver has nothing
     * @param count entries of the sender there, given only with an empty span
     * @param hashes of the sender's items; none with an empty span, or where the sender has nothing
     */
    record Block(Span span, long count, Hashes hashes) {}

    /**
     * The initiator's hashes.
     *
     * @param round the answer whose items the spans count
     */
    record Compare(long session, int round, int level, List<Block> blocks) implements Message {
        public Compare {
            blocks = List.copyOf(blocks);
        }
    }

    /**
     * The responder's hashes.
     *
     * @param answered how many blocks of the question this answers, from the first on; at least 1. The rest
     *     is to be asked again.
     * @param cut whether a long block was cut by guess, so that its parts may not cover the same UIDs
     */
    record Compared(int answered, boolean cut, int level, List<Block> blocks) implements Message {
        public Compared {
            blocks = List.copyOf(blocks);
        }
    }

    /** The entries of the responder that stand against a span of the initiator's entries. */
    record Match(Span span, List<Entry> entries) {
        public Match {
            entries = List.copyOf(entries);
        }
    }

    /** The answer to a comparison of entries. */
    record Matched(int answered, List<Match> matches) implements Message {
        public Matched {
            matches = List.copyOf(matches);
        }
    }

    /**
     * Asks for the entries below items of the responder.
     *
     * @param ranges whether a long run of entries may be answered with its bounds alone
     * @param spans of the responder's items in answer {@code round}
     * @param only numbers of the blocks with an empty span in that answer, in their order from 0
     * @param after where the first span or block was read up to already; null for from its start
     */
    record Fetch(
            long session,
            int round,
            boolean ranges,
            List<Span> spans,
            List<Integer> only,
            @Nullable Uid after) implements Message {
        public Fetch {
            spans = List.copyOf(spans);
            only = List.copyOf(only);
        }
    }

    /**
     * Asks for the entries below items of the responder, where the initiator has far fewer: those under its UIDs one by
     * one; a long run between two of them is answered with its bounds. The answer is a {@link Fetched}.
     *
     * @param span of the responder's items in answer {@code round}
     * @param after where it was read up to already; null for from its start
     * @param uids of the initiator, ascending, above {@code after}; at most 1,000
     * @param rest whether what comes after the last of them is wanted too
     */
    record Among(
            long session, int round, Span span, @Nullable Uid after, List<Uid> uids, boolean rest) implements Message {
        public Among {
            uids = List.copyOf(uids);
        }
    }

    /** What lies below one item of a {@link Fetch}. */
    sealed interface Found {
        record Listed(List<Entry> entries) implements Found {
            public Listed {
                entries = List.copyOf(entries);
            }
        }

        /** Too many to list. */
        record Ranged(UidRange range, long count) implements Found {}
    }

    /**
     * The answer to a {@link Fetch}: first the spans, then the blocks; or to an {@link Among}, in the order of the UIDs.
     *
     * @param complete false where the answer would be too long: the last one is not whole, and the rest is
     *     to be asked again
     */
    record Fetched(boolean complete, List<Found> found) implements Message {
        public Fetched {
            found = List.copyOf(found);
        }
    }

    /**
     * Asks a node to be the initiator, for somebody who carries the messages.
     *
     * @param prove whether it shall prove that what it finds is all
     */
    record Drive(int width, boolean prove) implements Message {}

    /** Hands the initiator the answer to what it asked. */
    record DriveNext(long session, Opaque answer) implements Message {}

    /** Asks for a page of the differences that were found. */
    record DrivePage(long session, int page) implements Message {}

    /** What the initiator wants to ask the other side. */
    record Driven(long session, Opaque ask) implements Message {}

    /** A difference that a driven narrowing found. */
    sealed interface Finding {
        record OfRow(Uid uid, RowState mine, RowState theirs) implements Finding {}

        record OnlyMine(UidRange range, long count) implements Finding {}

        record OnlyTheirs(UidRange range, long count) implements Finding {}
    }

    /**
     * The end of a driven narrowing.
     *
     * @param ending 0 same, 1 different, 2 can't be compared, 3 to be done again with long hashes
     * @param proven whether the differences account for the other root to the last bit
     * @param pages how many pages of differences there are, this one included
     */
    record DriveEnd(int ending, boolean proven, boolean truncated, int pages, List<Finding> page, String detail)
            implements Message {
        public DriveEnd {
            page = List.copyOf(page);
        }
    }
}
