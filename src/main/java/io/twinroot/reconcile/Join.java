package io.twinroot.reconcile;

import io.twinroot.table.Entry;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Span;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of which one side has far more than the other. Going down would send hashes of all that the larger one has, to
 * find that hardly any is on both sides; so what the smaller one has is sent by its UIDs, and what the larger one has
 * between them is a few long runs.
 *
 * <p>Not for use by two threads.
 */
abstract sealed class Join {
    /** UIDs in one question, and bytes of them: with their bounds an answer stays within a message. */
    static final int UIDS_MAX = 1_000;

    private static final int UID_BYTES_MAX = 256 << 10;

    final int round;
    final Span span;
    final UidRange range;

    /** Up to where it is done; null at first. */
    @Nullable
    Uid after;

    /**
     * @param round the answer whose items the span names
     * @param span of the responder's items
     * @param range of mine that stands against it
     */
    private Join(int round, Span span, UidRange range) {
        this.round = round;
        this.span = span;
        this.range = range;
    }

    /** What to ask next. */
    abstract Message question(long session, Findings findings);

    /**
     * Takes the answer.
     *
     * @return whether the block is done
     * @throws MessageException when it is no answer to what was asked
     */
    abstract boolean take(Message.Fetched answer, Findings findings);

    /** Takes entries that must come after all before them. */
    final void list(List<Entry> entries, Findings findings) {
        for (Entry entry : entries) {
            Uid before = after;
            if (before != null && before.compareTo(entry.uid()) >= 0) {
                throw new MessageException("the entry " + entry.uid() + " comes after " + before);
            }
            after = entry.uid();
        }
        findings.theirs(entries);
    }

    /** The responder has few: they are listed, then looked up here. */
    static final class FewTheirs extends Join {
        FewTheirs(int round, Span span, UidRange range) {
            super(round, span, range);
        }

        @Override
        Message question(long session, Findings findings) {
            return new Message.Fetch(session, round, false, List.of(span), List.of(), after);
        }

        @Override
        boolean take(Message.Fetched answer, Findings findings) {
            if (answer.found().size() != 1
                    || !(answer.found().getFirst() instanceof Message.Found.Listed(List<Entry> entries))
                    || (entries.isEmpty() && !answer.complete())) {
                throw new MessageException("entries were asked for one by one, and the answer is another");
            }
            list(entries, findings);
            if (answer.complete()) {
                findings.join(range);
            }
            return answer.complete();
        }
    }

    /** I have few: the responder says what it has under their UIDs and between. */
    static final class FewMine extends Join {
        private final Snapshot mine;
        private List<Uid> asked = List.of();
        private boolean rest;

        FewMine(int round, Span span, UidRange range, Snapshot mine) {
            super(round, span, range);
            this.mine = mine;
        }

        @Override
        Message question(long session, Findings findings) {
            Uid from = after;
            Iterator<Entry> entries = mine.entries(from == null ? range : range.after(from));
            List<Uid> uids = new ArrayList<>();
            int bytes = 0;
            while (entries.hasNext() && uids.size() < UIDS_MAX && bytes < UID_BYTES_MAX) {
                Entry entry = entries.next();
                uids.add(entry.uid());
                bytes += entry.uid().length();
                findings.mine(entry);
            }
            asked = uids;
            rest = !entries.hasNext();
            return new Message.Among(session, round, span, after, asked, rest);
        }

        @Override
        boolean take(Message.Fetched answer, Findings findings) {
            if (answer.found().size() > 2 * asked.size() + 2) {
                throw new MessageException(answer.found().size() + " findings among " + asked.size() + " UIDs");
            }
            for (Message.Found one : answer.found()) {
                switch (one) {
                    case Message.Found.Listed(List<Entry> entries) -> list(entries, findings);
                    case Message.Found.Ranged(UidRange run, long count) -> {
                        if (asked.stream().anyMatch(run::contains)) {
                            throw new MessageException("a run " + run + " goes over a UID that was asked for");
                        }
                        findings.onlyTheirs(run, count);
                    }
                }
            }
            if (!answer.complete()) {
                boolean hasBegun = !answer.found().isEmpty()
                        && answer.found().getLast() instanceof Message.Found.Listed(List<Entry> last)
                        && !last.isEmpty();
                if (!hasBegun) {
                    throw new MessageException("an answer goes on without having begun");
                }
                return false;
            }
            if (!rest) {
                after = asked.getLast();
            }
            return rest;
        }
    }
}
