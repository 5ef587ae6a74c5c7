package io.twinroot.wire;

import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of the messages (docs/protocol.md, "Narrowing messages"). Numbers are variable-length unless the
 * page says otherwise; a UID is written as what it does not share with the one before it.
 */
public final class MessageCodec {
    /** The version of the narrowing, the second byte of {@link Message.Open}. */
    public static final int VERSION = 1;

    /** The most bytes of a message. */
    public static final int MAX_BYTES = 4 << 20;

    private static final int OPEN = 0x01;
    private static final int COMPARE = 0x02;
    private static final int FETCH = 0x03;
    private static final int AMONG = 0x04;
    private static final int DRIVE = 0x11;
    private static final int DRIVE_NEXT = 0x12;
    private static final int DRIVE_PAGE = 0x13;
    private static final int SAME = 0x81;
    private static final int OPENED = 0x82;
    private static final int COMPARED = 0x83;
    private static final int MATCHED = 0x84;
    private static final int FETCHED = 0x85;
    private static final int DRIVEN = 0x91;
    private static final int DRIVE_END = 0x92;

    private static final byte[] NONE = {};

    private MessageCodec() {}

    /** @param width of the session's hashes, 3 or 8 */
    public static byte[] encode(Message message, int width) {
        MessageWriter out = new MessageWriter();
        switch (message) {
            case Message.Open(int format, int hashes, long nonce, var root) ->
                out.u8(OPEN).u8(VERSION).u8(format).u8(hashes).u64(nonce).digest(root);
            case Message.Same() -> out.u8(SAME);
            case Message.Opened m ->
                out.u8(OPENED)
                        .u64(m.session())
                        .u8(m.format())
                        .u64(m.saltId())
                        .u32(m.rules())
                        .varint(m.count())
                        .digest(m.root())
                        .u8(m.level())
                        .hashes(m.hashes(), width);
            case Message.Compare(long session, int round, int level, List<Message.Block> blocks) -> {
                out.u8(COMPARE).u64(session).varint(round).u8(level);
                writeBlocks(out, blocks, width);
            }
            case Message.Compared(int answered, boolean cut, int level, List<Message.Block> blocks) -> {
                out.u8(COMPARED).varint(answered).flag(cut).u8(level);
                writeBlocks(out, blocks, width);
            }
            case Message.Matched(int answered, List<Message.Match> matches) -> {
                out.u8(MATCHED).varint(answered).varint(matches.size());
                EntryWriter entries = new EntryWriter(out);
                int end = 0;
                for (Message.Match match : matches) {
                    end = writeSpan(out, match.span(), end);
                    entries.write(match.entries());
                }
            }
            case Message.Fetch m -> {
                out.u8(FETCH).u64(m.session()).varint(m.round()).flag(m.ranges());
                writeOptional(out, m.after());
                out.varint(m.spans().size());
                int end = 0;
                for (Span span : m.spans()) {
                    end = writeSpan(out, span, end);
                }
                out.varint(m.only().size());
                m.only().forEach(out::varint);
            }
            case Message.Among(
                    long session,
                    int round,
                    Span span,
                    @Nullable Uid after,
                    List<Uid> uids,
                    boolean rest) -> {
                out.u8(AMONG).u64(session).varint(round);
                writeSpan(out, span, 0);
                writeOptional(out, after);
                out.flag(rest).varint(uids.size());
                byte[] before = NONE;
                for (Uid uid : uids) {
                    out.uid(uid, before);
                    before = uid.toBytes();
                }
            }
            case Message.Fetched(boolean complete, List<Message.Found> found) -> {
                out.u8(FETCHED).flag(complete).varint(found.size());
                EntryWriter entries = new EntryWriter(out);
                for (Message.Found one : found) {
                    switch (one) {
                        case Message.Found.Listed(List<Entry> listed) -> {
                            out.u8(0);
                            entries.write(listed);
                        }
                        case Message.Found.Ranged(UidRange range, long count) -> {
                            out.u8(1);
                            writeRange(out, range);
                            out.varint(count);
                        }
                    }
                }
            }
            case Message.Drive(int hashes, boolean prove) ->
                out.u8(DRIVE).u8(hashes).flag(prove);
            case Message.DriveNext(long session, Opaque answer) ->
                out.u8(DRIVE_NEXT).u64(session).bytes(answer.toBytes());
            case Message.DrivePage(long session, int page) ->
                out.u8(DRIVE_PAGE).u64(session).varint(page);
            case Message.Driven(long session, Opaque ask) ->
                out.u8(DRIVEN).u64(session).bytes(ask.toBytes());
            case Message.DriveEnd m -> {
                byte[] detail = m.detail().getBytes(StandardCharsets.UTF_8);
                out.u8(DRIVE_END)
                        .u8(m.ending())
                        .flag(m.proven())
                        .flag(m.truncated())
                        .varint(m.pages())
                        .varint(detail.length)
                        .bytes(detail)
                        .varint(m.page().size());
                m.page().forEach(finding -> writeFinding(out, finding));
            }
        }
        return out.finish();
    }

    /**
     * The session that a question belongs to, by which its receiver finds the width of its hashes; 0 for a
     * question that belongs to none, or has not got that far.
     */
    public static long sessionOf(byte[] question) {
        if (question.length < 9 || question[0] == OPEN || question[0] == DRIVE) {
            return 0;
        }
        return java.nio.ByteBuffer.wrap(question, 1, 8).getLong();
    }

    /** @throws MessageException when these bytes are no message */
    public static Message decode(byte[] bytes, int width) {
        if (bytes.length > MAX_BYTES) {
            throw new MessageException("a narrowing message has " + bytes.length + " bytes, the most is " + MAX_BYTES);
        }
        MessageReader in = new MessageReader(bytes);
        Message message = read(in, width);
        in.end();
        return message;
    }

    private static Message read(MessageReader in, int width) {
        int type = in.u8();
        return switch (type) {
            case OPEN -> readOpen(in);
            case SAME -> new Message.Same();
            case OPENED ->
                new Message.Opened(
                        in.u64(),
                        in.u8(),
                        in.u64(),
                        in.u32(),
                        in.varint(),
                        in.digest(),
                        readLevel(in),
                        in.hashes(width));
            case COMPARE ->
                new Message.Compare(in.u64(), in.count("rounds", 1000), readLevel(in), readBlocks(in, width));
            case COMPARED ->
                new Message.Compared(
                        in.count("blocks", Integer.MAX_VALUE), in.flag(), readLevel(in), readBlocks(in, width));
            case MATCHED -> readMatched(in);
            case FETCH -> readFetch(in);
            case AMONG -> readAmong(in);
            case FETCHED -> readFetched(in);
            case DRIVE -> new Message.Drive(readWidth(in), in.flag());
            case DRIVE_NEXT -> new Message.DriveNext(in.u64(), new Opaque(in.bytes(in.remaining())));
            case DRIVE_PAGE -> new Message.DrivePage(in.u64(), in.count("pages", Integer.MAX_VALUE));
            case DRIVEN -> new Message.Driven(in.u64(), new Opaque(in.bytes(in.remaining())));
            case DRIVE_END -> readDriveEnd(in);
            default -> throw in.error(String.format("unknown type 0x%02x", type));
        };
    }

    private static Message readOpen(MessageReader in) {
        int version = in.u8();
        if (version != VERSION) {
            throw in.error("narrowing version " + version + "; this node speaks " + VERSION);
        }
        return new Message.Open(in.u8(), readWidth(in), in.u64(), in.digest());
    }

    private static int readWidth(MessageReader in) {
        int width = in.u8();
        if (width != 3 && width != 8) {
            throw in.error("hashes of " + width + " bytes; they have 3 or 8");
        }
        return width;
    }

    private static int readLevel(MessageReader in) {
        return in.count("levels", 32);
    }

    /** Positions are written as their distance from the end of the one before. */
    private static int writeSpan(MessageWriter out, Span span, int end) {
        out.varint(span.position() - end).varint(span.length());
        return span.end();
    }

    private static Span readSpan(MessageReader in, int end) {
        int position = end + in.count("items", Integer.MAX_VALUE - end);
        return new Span(position, in.count("items", Integer.MAX_VALUE - position));
    }

    private static void writeBlocks(MessageWriter out, List<Message.Block> blocks, int width) {
        out.varint(blocks.size());
        int end = 0;
        for (Message.Block block : blocks) {
            end = writeSpan(out, block.span(), end);
            if (block.span().length() == 0) {
                out.varint(block.count());
            } else {
                out.hashes(block.hashes(), width);
            }
        }
    }

    private static List<Message.Block> readBlocks(MessageReader in, int width) {
        int size = in.items("blocks", 3);
        List<Message.Block> blocks = new ArrayList<>(size);
        int end = 0;
        for (int i = 0; i < size; i++) {
            Span span = readSpan(in, end);
            end = span.end();
            blocks.add(
                    span.length() == 0
                            ? new Message.Block(span, in.varint(), Hashes.of())
                            : new Message.Block(span, 0, in.hashes(width)));
        }
        return blocks;
    }

    private static Message readMatched(MessageReader in) {
        int answered = in.count("blocks", Integer.MAX_VALUE);
        int size = in.items("matches", 3);
        List<Message.Match> matches = new ArrayList<>(size);
        EntryReader entries = new EntryReader(in);
        int end = 0;
        for (int i = 0; i < size; i++) {
            Span span = readSpan(in, end);
            end = span.end();
            matches.add(new Message.Match(span, entries.read()));
        }
        return new Message.Matched(answered, matches);
    }

    private static Message readFetch(MessageReader in) {
        long session = in.u64();
        int round = in.count("rounds", 1000);
        boolean ranges = in.flag();
        Uid after = readOptional(in);
        int size = in.items("spans", 2);
        List<Span> spans = new ArrayList<>(size);
        int end = 0;
        for (int i = 0; i < size; i++) {
            Span span = readSpan(in, end);
            end = span.end();
            spans.add(span);
        }
        int onlySize = in.items("blocks", 1);
        List<Integer> only = new ArrayList<>(onlySize);
        for (int i = 0; i < onlySize; i++) {
            only.add(in.count("blocks", Integer.MAX_VALUE));
        }
        return new Message.Fetch(session, round, ranges, spans, only, after);
    }

    private static Message readAmong(MessageReader in) {
        long session = in.u64();
        int round = in.count("rounds", 1000);
        Span span = readSpan(in, 0);
        Uid after = readOptional(in);
        boolean rest = in.flag();
        int size = in.items("UIDs", 2);
        List<Uid> uids = new ArrayList<>(size);
        byte[] before = NONE;
        for (int i = 0; i < size; i++) {
            Uid uid = in.uid(before);
            before = uid.toBytes();
            uids.add(uid);
        }
        return new Message.Among(session, round, span, after, uids, rest);
    }

    private static Message readFetched(MessageReader in) {
        boolean complete = in.flag();
        int size = in.items("findings", 2);
        List<Message.Found> found = new ArrayList<>(size);
        EntryReader entries = new EntryReader(in);
        for (int i = 0; i < size; i++) {
            found.add(
                    in.flag()
                            ? new Message.Found.Ranged(readRange(in), in.varint())
                            : new Message.Found.Listed(entries.read()));
        }
        return new Message.Fetched(complete, found);
    }

    private static Message readDriveEnd(MessageReader in) {
        int ending = in.count("endings", 3);
        boolean proven = in.flag();
        boolean truncated = in.flag();
        int pages = in.count("pages", Integer.MAX_VALUE);
        String detail = new String(in.bytes(in.count("bytes of detail", 10_000)), StandardCharsets.UTF_8);
        int size = in.items("findings", 4);
        List<Message.Finding> page = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            page.add(readFinding(in));
        }
        return new Message.DriveEnd(ending, proven, truncated, pages, page, detail);
    }

    private static void writeFinding(MessageWriter out, Message.Finding finding) {
        switch (finding) {
            case Message.Finding.OfRow(Uid uid, RowState mine, RowState theirs) -> {
                out.u8(0).uid(uid, NONE);
                writeState(out, mine);
                writeState(out, theirs);
            }
            case Message.Finding.OnlyMine(UidRange range, long count) -> {
                writeRange(out.u8(1), range);
                out.varint(count);
            }
            case Message.Finding.OnlyTheirs(UidRange range, long count) -> {
                writeRange(out.u8(2), range);
                out.varint(count);
            }
        }
    }

    private static Message.Finding readFinding(MessageReader in) {
        int kind = in.u8();
        return switch (kind) {
            case 0 -> new Message.Finding.OfRow(in.uid(NONE), readState(in), readState(in));
            case 1 -> new Message.Finding.OnlyMine(readRange(in), in.varint());
            case 2 -> new Message.Finding.OnlyTheirs(readRange(in), in.varint());
            default -> throw in.error("unknown difference " + kind);
        };
    }

    private static void writeState(MessageWriter out, RowState state) {
        switch (state) {
            case RowState.Absent() -> out.u8(0);
            case RowState.Live(Stamp stamp, var digest) ->
                writeStamp(out.u8(1), stamp).digest(digest);
            case RowState.Deleted(Stamp stamp) -> writeStamp(out.u8(2), stamp);
        }
    }

    private static RowState readState(MessageReader in) {
        int kind = in.u8();
        return switch (kind) {
            case 0 -> new RowState.Absent();
            case 1 -> new RowState.Live(readStamp(in), in.digest());
            case 2 -> new RowState.Deleted(readStamp(in));
            default -> throw in.error("unknown state " + kind);
        };
    }

    private static MessageWriter writeStamp(MessageWriter out, Stamp stamp) {
        return out.u64(stamp.clock())
                .u64(stamp.incarnation().high())
                .u64(stamp.incarnation().low())
                .varint(stamp.seq());
    }

    private static Stamp readStamp(MessageReader in) {
        return new Stamp(in.u64(), new Incarnation(in.u64(), in.u64()), readSeq(in));
    }

    private static long readSeq(MessageReader in) {
        long seq = in.varint();
        if (seq < 1) {
            throw in.error("a stamp's seq is 0");
        }
        return seq;
    }

    private static void writeRange(MessageWriter out, UidRange range) {
        writeOptional(out, range.start());
        writeOptional(out, range.stop());
    }

    private static UidRange readRange(MessageReader in) {
        Uid start = readOptional(in);
        Uid stop = readOptional(in);
        if (start != null && stop != null && start.compareTo(stop) > 0) {
            throw in.error("START is after STOP");
        }
        return new UidRange(start, stop);
    }

    private static void writeOptional(MessageWriter out, @Nullable Uid uid) {
        out.flag(uid != null);
        if (uid != null) {
            out.uid(uid, NONE);
        }
    }

    private static @Nullable Uid readOptional(MessageReader in) {
        return in.flag() ? in.uid(NONE) : null;
    }

    /** Entries in a row: UIDs less what they share, incarnations by their number after their first time. */
    private static final class EntryWriter {
        private final MessageWriter out;
        private final Map<Incarnation, Integer> known = new LinkedHashMap<>();
        private byte[] before = NONE;

        EntryWriter(MessageWriter out) {
            this.out = out;
        }

        void write(List<Entry> entries) {
            out.varint(entries.size());
            for (Entry entry : entries) {
                out.uid(entry.uid(), before).digest(entry.digest());
                before = entry.uid().toBytes();
                Stamp stamp = entry.stamp();
                Integer number = known.putIfAbsent(stamp.incarnation(), known.size());
                out.varint(number == null ? known.size() - 1 : number);
                if (number == null) {
                    out.u64(stamp.incarnation().high()).u64(stamp.incarnation().low());
                }
                out.u64(stamp.clock()).varint(stamp.seq());
            }
        }
    }

    /** The other way round. */
    private static final class EntryReader {
        private final MessageReader in;
        private final List<Incarnation> known = new ArrayList<>();
        private byte[] before = NONE;

        EntryReader(MessageReader in) {
            this.in = in;
        }

        List<Entry> read() {
            int size = in.items("entries", 44);
            List<Entry> entries = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                Uid uid = in.uid(before);
                before = uid.toBytes();
                if (before.length > Uid.MAX_LENGTH) {
                    throw in.error("a UID has " + before.length + " bytes");
                }
                var digest = in.digest();
                int number = in.count("incarnations", known.size());
                if (number == known.size()) {
                    known.add(new Incarnation(in.u64(), in.u64()));
                }
                entries.add(new Entry(uid, new Stamp(in.u64(), known.get(number), readSeq(in)), digest));
            }
            return entries;
        }
    }
}
