package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.SipHash;
import io.twinroot.tree.TreeFormat;
import io.twinroot.tree.TreeView;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Opaque;
import io.twinroot.wire.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The asking side of one narrowing: from two roots to the rows that differ. It does no I/O: it says what to
 * ask, takes the answer, and knows when it is done.
 *
 * <p>The two sides take turns. Each lines the other's short hashes up with its own ({@link Alignment}); for
 * what found no equal it sends its own hashes of the level below, so that every message goes down one level:
 *
 * <pre>
 * initiator                     responder
 *   root                   →
 *                          ←    root, hashes of level 4
 *   level 3, where they differ →
 *                          ←    level 2
 *   level 1 (leaves)       →
 *                          ←    level 0 (entries)
 *   which entries          →
 *                          ←    UIDs, stamps and digests
 * </pre>
 *
 * <p>No UIDs and no bounds are sent on the way down. Short hashes only choose where to look: at the end the
 * differences are applied to a copy of my tree, and only if its root is then the other's root, all 32 bytes,
 * are they <em>proven</em>: all of them, and no others. If not, two short hashes were equal by chance, and the
 * narrowing is done again with another nonce and hashes of 8 bytes.
 *
 * <p>Not for use by two threads.
 */
public final class Narrowing {
    /** Bytes of a short hash, first and after a collision. */
    public static final int SHORT = 3;

    public static final int LONG = 8;

    /** So many hashes of mine go into one question at most, but for those of a single block. */
    private static final int QUESTION_HASHES = 150_000;

    /**
     * Of a block of which one side has far more than the other, no more items than this are gone down into: two levels
     * below they are some 130,000.
     */
    private static final int GO_DOWN_MAX = 512;

    /** What comes next. */
    public sealed interface Step {
        /** Send this, and give me the answer. */
        record Ask(Opaque message) implements Step {}

        record Done(Result result) implements Step {}
    }

    /** How it ended. */
    public sealed interface Result {
        /** The roots are equal. */
        record Same() implements Result {}

        /**
         * @param differences in the order of their UIDs
         * @param proven whether they account for the other root to the last bit. They can't where whole ranges
         *     are not listed, or the list was ended.
         * @param truncated whether there are more than were wanted
         */
        record Different(List<Difference> differences, boolean proven, boolean truncated) implements Result {
            public Different {
                differences = List.copyOf(differences);
            }
        }

        /** Another salt, format or rule: equal rows would have other digests. */
        record Incompatible(String reason) implements Result {}

        /** A chance equality of short hashes hid something: narrow again with {@link #LONG} hashes. */
        record Collision() implements Result {}
    }

    /** A block that differs: items of the responder against a range of mine. */
    private record Pending(Span theirs, UidRange mine) {}

    /** One answer's blocks on their way down. */
    private static final class Frame {
        final int round;
        final int level;
        final boolean exact;
        final boolean exactBelow;
        final Deque<Pending> pending = new ArrayDeque<>();
        final Deque<Join> joins = new ArrayDeque<>();
        List<Span> fetch = new ArrayList<>();
        List<Integer> fetchOnly = new ArrayList<>();

        @Nullable
        Uid after;

        Frame(int round, int level, boolean exact, boolean exactBelow) {
            this.round = round;
            this.level = level;
            this.exact = exact;
            this.exactBelow = exactBelow;
        }
    }

    /** What I asked last about: blocks, and my items for each. */
    private record Asked(Frame frame, int level, List<Pending> blocks, List<Items> items) {}

    private final Snapshot snapshot;
    private final TreeView tree;
    private final int width;
    private final long nonce;
    private final boolean prove;
    private final Findings findings;

    private final Deque<Frame> frames = new ArrayDeque<>();
    private long session;
    private SipHash key = new SipHash(0, 0);
    private Digest theirRoot = new Digest(0, 0, 0, 0);
    private @Nullable Asked asked;
    private boolean truncated;

    /**
     * @param width {@link #SHORT}, or {@link #LONG} after a collision
     * @param nonce random, new for each narrowing
     * @param mostDifferences end the list after about so many rows
     * @param prove whether to prove that the differences are all there are
     */
    public Narrowing(Snapshot mine, int width, long nonce, int mostDifferences, boolean prove) {
        this.snapshot = mine;
        this.tree = mine.tree();
        this.width = width;
        this.nonce = nonce;
        this.prove = prove;
        this.findings = new Findings(mine, mostDifferences);
    }

    /** The first question. */
    public byte[] start() {
        return MessageCodec.encode(
                new Message.Open(TreeFormat.FORMAT, width, nonce, tree.root().root()), width);
    }

    /**
     * Takes the answer to the last question.
     *
     * @throws MessageException when it is no answer to it
     */
    public Step next(byte[] answer) {
        Message message = MessageCodec.decode(answer, width);
        Result early = null;
        Asked question = asked;
        switch (message) {
            case Message.Same() when session == 0 -> early = new Result.Same();
            case Message.Opened opened when session == 0 -> early = open(opened);
            case Message.Compared compared when question != null && question.level > 0 -> compared(question, compared);
            case Message.Matched matched when question != null && question.level == 0 -> matched(question, matched);
            case Message.Fetched fetched when session != 0 && question == null -> fetched(fetched);
            default ->
                throw new MessageException("this is no answer to what was asked: "
                        + message.getClass().getSimpleName());
        }
        if (early != null) {
            return new Step.Done(early);
        }
        truncated |= findings.isFull();
        return truncated ? new Step.Done(finish()) : ask();
    }

    private @Nullable Result open(Message.Opened opened) {
        if (opened.format() != TreeFormat.FORMAT) {
            return new Result.Incompatible("the trees have format " + TreeFormat.FORMAT + " here and " + opened.format()
                    + " there; run the same version on both sides");
        }
        if (opened.saltId() != tree.salt().id()) {
            return new Result.Incompatible(String.format(
                    "the salt here is %016x and there %016x; give both sides the same salt",
                    tree.salt().id(), opened.saltId()));
        }
        if (opened.rules() != snapshot.rules().fingerprint()) {
            return new Result.Incompatible("the two tables leave other fields out of their digests (digestExcludes);"
                    + " here: " + snapshot.rules().digestExcludes());
        }
        if (opened.session() == 0 || opened.root().equals(tree.root().root())) {
            throw new MessageException("the answer says that equal roots differ, or names no session");
        }
        session = opened.session();
        theirRoot = opened.root();
        key = Items.key(nonce, session);
        if (opened.count() == 0) {
            findings.onlyMine(UidRange.ALL, true);
            return finish();
        }
        int theirs = opened.hashes().size();
        if (theirs == 0) {
            throw new MessageException("the answer has " + opened.count() + " rows but no hashes");
        }
        Span all = new Span(0, theirs);
        if (opened.level() > tree.root().height()) {
            Frame frame = new Frame(0, opened.level(), true, true);
            frames.push(frame);
            if (tree.root().height() == 0) {
                frame.fetch.add(all);
            } else {
                frame.joins.add(new Join.FewMine(0, all, UidRange.ALL, snapshot));
            }
            return null;
        }
        Optional<Items> mine = Items.readIfFew(tree, opened.level(), UidRange.ALL, key, width);
        if (mine.isEmpty()) {
            Frame frame = new Frame(0, opened.level(), true, true);
            frames.push(frame);
            frame.joins.add(new Join.FewTheirs(0, all, UidRange.ALL));
            return null;
        }
        Alignment.Result aligned = Alignment.of(mine.get().hashes(), opened.hashes());
        Frame frame = new Frame(0, opened.level(), true, !aligned.cut());
        frames.push(frame);
        settle(frame, mine.get(), aligned, 0);
        return null;
    }

    /** Sorts the gaps of one aligned block into what is known, what to fetch, and what to narrow down. */
    private void settle(Frame frame, Items mine, Alignment.Result aligned, int base) {
        for (Alignment.Gap gap : aligned.gaps()) {
            Span span = new Span(base + gap.j1(), gap.theirs());
            if (gap.mine() == 0) {
                frame.fetch.add(span);
            } else {
                UidRange range = mine.range(gap.i1(), gap.i2());
                if (gap.theirs() == 0) {
                    findings.onlyMine(range, frame.exact);
                } else {
                    settle(frame, gap, range, span);
                }
            }
        }
    }

    private void settle(Frame frame, Alignment.Gap gap, UidRange range, Span span) {
        boolean apart = gap.isLopsided() && (frame.level <= 1 || gap.longer() > GO_DOWN_MAX);
        if (apart && frame.exact) {
            frame.joins.add(
                    gap.mine() > gap.theirs()
                            ? new Join.FewTheirs(frame.round, span, range)
                            : new Join.FewMine(frame.round, span, range, snapshot));
        } else if (apart || frame.level == 0) {
            findings.listMine(range);
            frame.fetch.add(span);
        } else {
            frame.pending.add(new Pending(span, range));
        }
    }

    /** The next question, from the innermost answer that still has something open; or the end. */
    private Step ask() {
        while (!frames.isEmpty()) {
            Frame frame = frames.peek();
            if (!frame.fetch.isEmpty() || !frame.fetchOnly.isEmpty()) {
                asked = null;
                return new Step.Ask(encoded(
                        new Message.Fetch(session, frame.round, frame.exact, frame.fetch, frame.fetchOnly, frame.after),
                        width));
            }
            Join join = frame.joins.peek();
            if (join != null) {
                asked = null;
                return new Step.Ask(encoded(join.question(session, findings), width));
            }
            if (!frame.pending.isEmpty()) {
                return compare(frame);
            }
            frames.pop();
        }
        return new Step.Done(finish());
    }

    private static Opaque encoded(Message message, int width) {
        return new Opaque(MessageCodec.encode(message, width));
    }

    private Step compare(Frame frame) {
        int level = frame.level - 1;
        List<Pending> blocks = new ArrayList<>();
        List<Items> items = new ArrayList<>();
        List<Message.Block> sent = new ArrayList<>();
        int hashes = 0;
        while (!frame.pending.isEmpty() && hashes < QUESTION_HASHES) {
            Pending block = frame.pending.remove();
            Items mine = Items.read(tree, level, block.mine, key, width);
            blocks.add(block);
            items.add(mine);
            sent.add(new Message.Block(block.theirs, 0, mine.hashes()));
            hashes += mine.size();
        }
        asked = new Asked(frame, level, blocks, items);
        return new Step.Ask(encoded(new Message.Compare(session, frame.round, level, sent), width));
    }

    /** Blocks that were not answered wait in front of the others. */
    private static void putBack(Asked question, int answered) {
        if (answered < 1 || answered > question.blocks.size()) {
            throw new MessageException(
                    answered + " blocks are answered of " + question.blocks.size() + " that were asked");
        }
        for (int i = question.blocks.size() - 1; i >= answered; i--) {
            question.frame.pending.addFirst(question.blocks.get(i));
        }
    }

    /** Turns positions that count through all blocks of a question into the block and the place in it. */
    private static final class Places {
        private final Asked question;
        private final int answered;
        private int block;
        private int base;

        Places(Asked question, int answered) {
            this.question = question;
            this.answered = answered;
        }

        UidRange range(Span span) {
            while (block < answered
                    && span.position() >= base + question.items.get(block).size()) {
                base += question.items.get(block++).size();
            }
            if (block >= answered
                    || span.end() > base + question.items.get(block).size()) {
                throw new MessageException("the answer names items from " + span.position() + " to " + span.end()
                        + ", which are not in one of the blocks that it answers");
            }
            return question.items.get(block).range(span.position() - base, span.end() - base);
        }
    }

    private void compared(Asked question, Message.Compared answer) {
        putBack(question, answer.answered());
        if (answer.level() != question.level - 1) {
            throw new MessageException(
                    "hashes of level " + answer.level() + " answer hashes of level " + question.level);
        }
        boolean exact = question.frame.exactBelow && !answer.cut();
        List<Items> mine = new ArrayList<>();
        List<Alignment.Result> aligned = new ArrayList<>();
        Places places = new Places(question, answer.answered());
        boolean cut = false;
        int only = 0;
        List<Integer> fetchOnly = new ArrayList<>();
        for (Message.Block block : answer.blocks()) {
            if (block.span().length() == 0) {
                fetchOnly.add(only++);
                continue;
            }
            UidRange range = places.range(block.span());
            if (block.hashes().size() == 0) {
                findings.onlyMine(range, exact);
                continue;
            }
            Items items = Items.read(tree, answer.level(), range, key, width);
            Alignment.Result result = Alignment.of(items.hashes(), block.hashes());
            mine.add(items);
            aligned.add(result);
            cut |= result.cut();
        }
        Frame frame = new Frame(question.frame.round + 1, answer.level(), exact, exact && !cut);
        frame.fetchOnly = fetchOnly;
        frames.push(frame);
        int base = 0;
        int at = 0;
        for (Message.Block block : answer.blocks()) {
            if (block.hashes().size() > 0) {
                settle(frame, mine.get(at), aligned.get(at), base);
                at++;
                base += block.hashes().size();
            }
        }
    }

    private void matched(Asked question, Message.Matched answer) {
        putBack(question, answer.answered());
        Places places = new Places(question, answer.answered());
        for (Message.Match match : answer.matches()) {
            if (match.span().length() > 0) {
                findings.listMine(places.range(match.span()));
            }
            findings.theirs(match.entries());
        }
    }

    private void fetched(Message.Fetched answer) {
        Frame frame = frames.element();
        int wanted = frame.fetch.size() + frame.fetchOnly.size();
        if (wanted == 0) {
            if (frame.joins.element().take(answer, findings)) {
                frame.joins.remove();
            }
            return;
        }
        int found = answer.found().size();
        if (found > wanted || (answer.complete() ? found < wanted : found == 0)) {
            throw new MessageException(found + " of " + wanted + " findings, complete: " + answer.complete());
        }
        Uid last = frame.after;
        for (int i = 0; i < found; i++) {
            Uid before = i == 0 ? frame.after : null;
            switch (answer.found().get(i)) {
                case Message.Found.Listed(List<Entry> entries) -> {
                    last = checkAscending(before, entries);
                    findings.theirs(entries);
                }
                case Message.Found.Ranged(UidRange range, long count) -> {
                    last = before;
                    findings.onlyTheirs(range, count);
                }
            }
        }
        int done = answer.complete() ? wanted : found - 1;
        if (done == 0 && Objects.equals(last, frame.after)) {
            throw new MessageException("an answer goes on without having begun");
        }
        int spans = Math.min(done, frame.fetch.size());
        frame.fetch = frame.fetch.subList(spans, frame.fetch.size());
        frame.fetchOnly = frame.fetchOnly.subList(done - spans, frame.fetchOnly.size());
        frame.after = answer.complete() ? null : last;
    }

    /** The last UID; so a run that is asked for in pieces comes to its end. */
    private static @Nullable Uid checkAscending(@Nullable Uid before, List<Entry> entries) {
        Uid last = before;
        for (Entry entry : entries) {
            if (last != null && last.compareTo(entry.uid()) >= 0) {
                throw new MessageException("the entry " + entry.uid() + " comes after " + last);
            }
            last = entry.uid();
        }
        return last;
    }

    private Result finish() {
        List<Difference> differences = findings.differences();
        boolean whole = prove && !findings.hasRanges() && !truncated;
        boolean proven = whole
                && PatchedTree.root(tree, Findings.changes(differences)).root().equals(theirRoot);
        if ((whole && !proven) || differences.isEmpty()) {
            if (width == LONG) {
                throw new MessageException("the entries that were answered do not make up the root that was answered");
            }
            return new Result.Collision();
        }
        return new Result.Different(differences, proven, truncated);
    }
}
