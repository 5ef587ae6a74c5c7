package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.SipHash;
import io.twinroot.tree.TreeFormat;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import io.twinroot.tree.TreeView;
import io.twinroot.wire.Hashes;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Span;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answering side of one narrowing. It keeps a snapshot, and of each answer the ranges that its items were
 * read from; what the initiator names by position is read again. Not for use by two threads at once.
 */
final class Responder {
    /** An answer ends with the block that takes it above this many bytes, by estimate. */
    static final int ANSWER_BYTES = 1 << 20;

    /** A run of more entries than this may be answered with its bounds. */
    static final int RANGE_MIN = 4096;

    /** The level whose hashes go out first is the highest with this many nodes. */
    private static final int TOP_MIN = 8;

    private static final int MOST_ROUNDS = 40;

    /** A stretch of items that were sent: those of a range, the first at a position. */
    private record Run(UidRange range, int position, int size) {}

    /** What was sent in one answer. */
    private record Round(int level, List<Run> runs, List<UidRange> only) {}

    private final Snapshot snapshot;
    private final TreeView tree;
    private final int width;
    private final long session;
    private final SipHash key;
    private final List<Round> rounds = new ArrayList<>();

    Responder(Snapshot snapshot, Message.Open open, long session) {
        this.snapshot = snapshot;
        this.tree = snapshot.tree();
        this.width = open.width();
        this.session = session;
        this.key = Items.key(open.nonce(), session);
    }

    int width() {
        return width;
    }

    Message.Opened opened() {
        TreeRoot root = tree.root();
        int level = firstLevel(root.height());
        Items items = Items.read(tree, level, UidRange.ALL, key, width);
        rounds.add(new Round(level, List.of(new Run(UidRange.ALL, 0, items.size())), List.of()));
        return new Message.Opened(
                session,
                TreeFormat.FORMAT,
                tree.salt().id(),
                snapshot.rules().fingerprint(),
                root.count(),
                root.root(),
                level,
                items.hashes());
    }

    private int firstLevel(int height) {
        for (int level = height; level >= 1; level--) {
            Iterator<TreeNode> nodes = tree.nodes(level, UidRange.ALL);
            int seen = 0;
            while (seen < TOP_MIN && nodes.hasNext()) {
                nodes.next();
                seen++;
            }
            if (seen == TOP_MIN) {
                return level;
            }
        }
        return 0;
    }

    /** @throws MessageException when the question does not fit what was sent before */
    Message answer(Message.Compare question) {
        Round asked = round(question.round());
        if (question.level() >= asked.level) {
            throw new MessageException("hashes of level " + question.level() + " answer hashes of level " + asked.level
                    + "; they must be below");
        }
        rounds.subList(question.round() + 1, rounds.size()).clear();
        if (rounds.size() >= MOST_ROUNDS) {
            throw new MessageException("more than " + MOST_ROUNDS + " rounds deep");
        }
        return question.level() == 0 ? matchEntries(asked, question) : compareNodes(asked, question);
    }

    private Message compareNodes(Round asked, Message.Compare question) {
        Locator locator = new Locator(asked);
        List<Message.Block> blocks = new ArrayList<>();
        List<Run> runs = new ArrayList<>();
        List<UidRange> only = new ArrayList<>();
        boolean cut = false;
        long bytes = 0;
        int answered = 0;
        int sent = 0;
        int base = 0;
        for (Message.Block block : question.blocks()) {
            if (bytes > ANSWER_BYTES) {
                break;
            }
            Items mine = Items.read(tree, question.level(), locator.range(block.span()), key, width);
            Alignment.Result aligned = Alignment.of(mine.hashes(), block.hashes());
            cut |= aligned.cut();
            for (Alignment.Gap gap : aligned.gaps()) {
                Span span = new Span(base + gap.j1(), gap.theirs());
                Items below = null;
                long count = 0;
                if (gap.mine() > 0) {
                    UidRange range = mine.range(gap.i1(), gap.i2());
                    if (gap.theirs() == 0) {
                        only.add(range);
                        count = RowCount.of(tree, range);
                    } else {
                        below = Items.read(tree, question.level() - 1, range, key, width);
                        runs.add(new Run(range, sent, below.size()));
                        sent += below.size();
                        bytes += (long) below.size() * width;
                    }
                }
                blocks.add(new Message.Block(span, count, below == null ? Hashes.of() : below.hashes()));
                bytes += 6;
            }
            base += block.hashes().size();
            answered++;
        }
        rounds.add(new Round(question.level() - 1, runs, only));
        return new Message.Compared(answered, cut, question.level() - 1, blocks);
    }

    private Message matchEntries(Round asked, Message.Compare question) {
        Locator locator = new Locator(asked);
        List<Message.Match> matches = new ArrayList<>();
        long bytes = 0;
        int answered = 0;
        int base = 0;
        for (Message.Block block : question.blocks()) {
            if (bytes > ANSWER_BYTES) {
                break;
            }
            Items mine = Items.read(tree, 0, locator.range(block.span()), key, width);
            for (Alignment.Gap gap : Alignment.of(mine.hashes(), block.hashes()).gaps()) {
                List<Entry> entries = new ArrayList<>();
                if (gap.mine() > 0) {
                    snapshot.entries(mine.range(gap.i1(), gap.i2())).forEachRemaining(entries::add);
                }
                matches.add(new Message.Match(new Span(base + gap.j1(), gap.theirs()), entries));
                bytes += 4 + entries.stream().mapToLong(Responder::size).sum();
            }
            base += block.hashes().size();
            answered++;
        }
        return new Message.Matched(answered, matches);
    }

    Message answer(Message.Fetch question) {
        Round asked = round(question.round());
        Locator locator = new Locator(asked);
        List<UidRange> ranges = new ArrayList<>();
        question.spans().forEach(span -> ranges.add(locator.range(span)));
        for (int number : question.only()) {
            if (number >= asked.only.size()) {
                throw new MessageException("block " + number + " of round " + question.round() + " was never sent");
            }
            ranges.add(asked.only.get(number));
        }
        if (!ranges.isEmpty() && question.after() != null) {
            ranges.set(0, ranges.getFirst().after(question.after()));
        }
        List<Message.Found> found = new ArrayList<>();
        long bytes = 0;
        for (UidRange range : ranges) {
            long count = question.ranges() ? RowCount.of(tree, range) : 0;
            if (count > RANGE_MIN) {
                found.add(new Message.Found.Ranged(range, count));
                bytes += 100;
                continue;
            }
            List<Entry> entries = new ArrayList<>();
            Iterator<Entry> all = snapshot.entries(range);
            while (all.hasNext() && bytes <= ANSWER_BYTES) {
                Entry entry = all.next();
                entries.add(entry);
                bytes += size(entry);
            }
            found.add(new Message.Found.Listed(entries));
            if (all.hasNext() || (bytes > ANSWER_BYTES && found.size() < ranges.size())) {
                return new Message.Fetched(false, found);
            }
        }
        return new Message.Fetched(true, found);
    }

    /** What is here under UIDs and between them, in order. */
    Message answer(Message.Among question) {
        if (question.uids().size() > Join.UIDS_MAX) {
            throw new MessageException(question.uids().size() + " UIDs, the most is " + Join.UIDS_MAX);
        }
        UidRange rest = new Locator(round(question.round())).range(question.span());
        if (question.after() != null) {
            rest = rest.after(question.after());
        }
        Held held = new Held();
        for (Uid uid : question.uids()) {
            boolean below = rest.start() != null && uid.compareTo(rest.start()) < 0;
            if (rest.contains(uid)) {
                if (!held.add(new UidRange(rest.start(), uid)) || !held.add(UidRange.only(uid))) {
                    return held.answer(false);
                }
                rest = rest.after(uid);
            } else if (!below) {
                break; // above all that was asked about
            }
        }
        boolean isRestWanted = question.rest() || isAfter(question.uids(), rest);
        return held.answer(!isRestWanted || held.add(rest));
    }

    /** Whether the last of some UIDs is above a range. */
    private static boolean isAfter(List<Uid> uids, UidRange range) {
        Uid stop = range.stop();
        return stop != null && !uids.isEmpty() && uids.getLast().compareTo(stop) >= 0;
    }

    /** What is here in some ranges, one after the other: listed, or long runs with their bounds. */
    private final class Held {
        private final List<Message.Found> found = new ArrayList<>();
        private List<Entry> listed = new ArrayList<>();
        private long bytes;

        /** @return false where the answer ends with an entry in the middle of it, as it would be too long */
        boolean add(UidRange range) {
            long count = RowCount.of(tree, range);
            if (count > RANGE_MIN) {
                flush();
                found.add(new Message.Found.Ranged(range, count));
                bytes += 10 + length(range.start()) + length(range.stop());
                return true;
            }
            for (Iterator<Entry> entries = snapshot.entries(range); entries.hasNext(); ) {
                Entry entry = entries.next();
                listed.add(entry);
                bytes += size(entry);
                if (bytes > ANSWER_BYTES) {
                    return false;
                }
            }
            return true;
        }

        private void flush() {
            if (!listed.isEmpty()) {
                found.add(new Message.Found.Listed(listed));
                listed = new ArrayList<>();
            }
        }

        Message.Fetched answer(boolean complete) {
            flush();
            return new Message.Fetched(complete, found);
        }
    }

    private static int length(@Nullable Uid uid) {
        return uid == null ? 0 : uid.length();
    }

    private static long size(Entry entry) {
        return entry.uid().length() + 20L + Digest.LENGTH;
    }

    private Round round(int number) {
        if (number >= rounds.size()) {
            throw new MessageException("round " + number + " was never answered, or is over");
        }
        return rounds.get(number);
    }

    /** Finds the ranges of ascending spans in a round. */
    private final class Locator {
        private final Round round;
        private int at;
        private @Nullable Items items;

        Locator(Round round) {
            this.round = round;
        }

        UidRange range(Span span) {
            while (at < round.runs.size() && span.position() >= round.runs.get(at).position + round.runs.get(at).size) {
                at++;
                items = null;
            }
            Run run = at < round.runs.size() ? round.runs.get(at) : null;
            if (run == null
                    || span.length() == 0
                    || span.position() < run.position
                    || span.end() > run.position + run.size) {
                throw new MessageException("no one run of the items that were sent holds those from " + span.position()
                        + " to " + span.end());
            }
            Items read = items;
            if (read == null) {
                read = Items.read(tree, round.level, run.range, key, width);
                items = read;
            }
            return read.range(span.position() - run.position, span.end() - run.position);
        }
    }
}
