package io.twinroot.sim;

import io.twinroot.log.Frame;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

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

    /** The tables under which rows, kept rows and the rest are in the log. */
    int ROWS = 1;

    int KEPT = 2;
    int NOTES = 3;

    default Frame frame() {
        return switch (this) {
            case Is(Row row) -> frame(ROWS, row);
            case Gone(Uid uid) -> new Frame.Forget(1, uid);
            case Kept(Row row) -> frame(KEPT, row);
            case Seen(List<Stamp> stamps) -> put(NO_UID, NO_STAMP, new Bytes().number(2).stamps(stamps));
            case Known(Context context, long clock, boolean damaged) ->
                put(
                        NO_UID,
                        NO_STAMP,
                        new Bytes().number(3).number(clock).number(damaged ? 1 : 0).bytes(context.encoded()));
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

    private static Frame frame(int table, Row row) {
        return switch (row) {
            case Row.Live live ->
                new Frame.Put(table, row.uid(), row.stamp(), row.past(), live.body().encoded(), null);
            case Row.Tombstone gone -> new Frame.Delete(table, row.uid(), row.stamp(), row.past());
        };
    }

    private static Frame put(Uid uid, Stamp stamp, Bytes bytes) {
        return new Frame.Put(NOTES, uid, stamp, Past.NONE, bytes.toArray(), null);
    }

    private static Logged of(int table, Row row) {
        return table == ROWS ? new Is(row) : new Kept(row);
    }

    static Logged of(Frame frame) {
        return switch (frame) {
            case Frame.Forget(int table, Uid uid) -> new Gone(uid);
            case Frame.Delete(int table, Uid uid, Stamp stamp, Past past) ->
                of(table, new Row.Tombstone(uid, stamp, past));
            case Frame.Put(int table, Uid uid, Stamp stamp, Past past, var body, var blob) when table != NOTES ->
                of(table, new Row.Live(uid, stamp, CanonicalCbor.decodeBody(body), past));
            case Frame.Put put -> {
                ByteBuffer in = ByteBuffer.wrap(put.body());
                yield switch ((int) in.getLong()) {
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

        byte[] toArray() {
            return java.util.Arrays.copyOf(out.array(), out.position());
        }
    }
}
