package io.twinroot.sim;

import io.twinroot.log.Frame;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What a node of the simulation writes to its log, each in a frame. */
sealed interface Logged {
    /** A row got this version. */
    record Is(Row row) implements Logged {}

    /** Nothing is known of a row any more: it lingered, or the mark of its delete was cleaned up. */
    record Gone(Uid uid) implements Logged {}

    /** A version that lost is kept for a person. */
    record Kept(Row row) implements Logged {}

    /** Versions that were offered and not taken. */
    record Seen(List<Stamp> stamps) implements Logged {}

    /** All that this copy has seen. */
    record Known(Context context, long clock, boolean damaged) implements Logged {}

    /** A process began. */
    record Life(Incarnation incarnation, String name) implements Logged {}

    Stamp NO_STAMP = new Stamp(0, new Incarnation(0, 0), 1);
    Uid NO_UID = Uid.ofText("-");

    default Frame frame() {
        return switch (this) {
            case Is(Row row) ->
                put(row.uid(), row.stamp(), new Bytes().number(0).row(row));
            case Gone(Uid uid) -> new Frame.Forget(1, uid);
            case Kept(Row row) ->
                put(row.uid(), row.stamp(), new Bytes().number(1).row(row));
            case Seen(List<Stamp> stamps) ->
                put(NO_UID, NO_STAMP, new Bytes().number(2).stamps(stamps));
            case Known(Context context, long clock, boolean damaged) ->
                put(
                        NO_UID,
                        NO_STAMP,
                        new Bytes()
                                .number(3)
                                .number(clock)
                                .number(damaged ? 1 : 0)
                                .bytes(context.encoded()));
            case Life(Incarnation incarnation, String name) ->
                put(
                        NO_UID,
                        NO_STAMP,
                        new Bytes()
                                .number(4)
                                .number(incarnation.high())
                                .number(incarnation.low())
                                .text(name));
        };
    }

    private static Frame put(Uid uid, Stamp stamp, Bytes bytes) {
        return new Frame.Put(1, uid, stamp, bytes.toArray(), null);
    }

    static Logged of(Frame frame) {
        return switch (frame) {
            case Frame.Forget(int table, Uid uid) -> new Gone(uid);
            case Frame.Put put -> {
                ByteBuffer in = ByteBuffer.wrap(put.body());
                yield switch ((int) in.getLong()) {
                    case 0 -> new Is(row(in, put.uid(), put.stamp()));
                    case 1 -> new Kept(row(in, put.uid(), put.stamp()));
                    case 2 -> new Seen(stamps(in));
                    case 3 -> {
                        long clock = in.getLong();
                        boolean damaged = in.getLong() == 1;
                        yield new Known(Context.decode(bytes(in)), clock, damaged);
                    }
                    case 4 -> new Life(new Incarnation(in.getLong(), in.getLong()), text(in));
                    default -> throw new IllegalStateException("an unknown frame");
                };
            }
            default -> throw new IllegalStateException("a node writes no such frame: " + frame);
        };
    }

    private static Row row(ByteBuffer in, Uid uid, Stamp stamp) {
        List<Stamp> seen = stamps(in);
        if (in.getLong() == 0) {
            return new Row.Tombstone(uid, stamp, new Past(seen, Marks.NONE));
        }
        Body body = CanonicalCbor.decodeBody(bytes(in));
        List<Stamp> base = stamps(in);
        TreeMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        for (long left = in.getLong(); left > 0; left--) {
            String set = text(in);
            String name = text(in);
            List<Stamp> of = stamps(in);
            parts.put(
                    set.isEmpty() ? Marks.Part.field(name) : Marks.Part.flag(set, name),
                    new Marks.Mark(of.getFirst(), in.getLong() == 1));
        }
        Marks marks = base.isEmpty() ? Marks.NONE : new Marks(base.getFirst(), parts);
        return new Row.Live(uid, stamp, body, new Past(seen, marks));
    }

    private static List<Stamp> stamps(ByteBuffer in) {
        List<Stamp> stamps = new ArrayList<>();
        for (long left = in.getLong(); left > 0; left--) {
            stamps.add(new Stamp(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong()));
        }
        return stamps;
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[(int) in.getLong()];
        in.get(bytes);
        return bytes;
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Bytes that grow. */
    final class Bytes {
        private ByteBuffer out = ByteBuffer.allocate(256);

        private ByteBuffer room(int more) {
            if (out.remaining() < more) {
                ByteBuffer larger = ByteBuffer.allocate(2 * (out.position() + more));
                larger.put(out.flip());
                out = larger;
            }
            return out;
        }

        Bytes number(long number) {
            room(8).putLong(number);
            return this;
        }

        Bytes bytes(byte[] bytes) {
            number(bytes.length);
            room(bytes.length).put(bytes);
            return this;
        }

        Bytes text(String text) {
            return bytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }

        Bytes stamps(List<Stamp> stamps) {
            number(stamps.size());
            for (Stamp stamp : stamps) {
                number(stamp.clock());
                number(stamp.incarnation().high());
                number(stamp.incarnation().low());
                number(stamp.seq());
            }
            return this;
        }

        Bytes row(Row row) {
            stamps(row.past().seen());
            if (!(row instanceof Row.Live live)) {
                return number(0);
            }
            number(1).bytes(live.body().encoded());
            Stamp base = live.marks().body();
            stamps(base == null ? List.of() : List.of(base));
            number(live.marks().parts().size());
            live.marks()
                    .parts()
                    .forEach((part, mark) -> text(part.set())
                            .text(part.name())
                            .stamps(List.of(mark.stamp()))
                            .number(mark.on() ? 1 : 0));
            return this;
        }

        byte[] toArray() {
            return java.util.Arrays.copyOf(out.array(), out.position());
        }
    }
}
