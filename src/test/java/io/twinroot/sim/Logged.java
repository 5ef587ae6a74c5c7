package io.twinroot.sim;

import io.twinroot.log.Frame;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a node of the simulation writes to its log, each in a frame. */
sealed interface Logged {
    /** A row got this version. */
    record Is(Row row) implements Logged {}

    /** Nothing is known of a row any more: it lingered, or the mark of its delete was cleaned up. */
    record Gone(Uid uid) implements Logged {}

    /** A version that lost is kept for a person. */
    record Kept(Row.Live row) implements Logged {}

    /** A version that was offered and not taken. */
    record Seen(Stamp stamp) implements Logged {}

    /** All that this copy has seen. */
    record Known(Context context) implements Logged {}

    /** The largest clock that was seen, and whether rows may be missing. */
    record Condition(long clock, boolean damaged) implements Logged {}

    /** A process began. */
    record Life(Incarnation incarnation, String name) implements Logged {}

    /** The numbers of tables in the frames: the rows, those that are kept, and what a node notes of itself. */
    int ROWS = 1;

    int KEPT = 2;
    int NOTES = 3;

    Uid CONDITION = Uid.ofText("condition");
    Uid LIFE = Uid.ofText("life");

    default Frame frame() {
        return switch (this) {
            case Is(Row.Live row) -> put(ROWS, row);
            case Is(Row.Tombstone row) -> new Frame.Delete(ROWS, row.uid(), row.stamp(), row.past());
            case Gone(Uid uid) -> new Frame.Forget(ROWS, uid);
            case Kept(Row.Live row) -> put(KEPT, row);
            case Seen(Stamp stamp) -> new Frame.Seen(ROWS, stamp);
            case Known(Context context) -> new Frame.Known(ROWS, context);
            case Condition(long clock, boolean damaged) ->
                note(
                        CONDITION,
                        ByteBuffer.allocate(9)
                                .putLong(clock)
                                .put((byte) (damaged ? 1 : 0))
                                .array());
            case Life(Incarnation incarnation, String name) -> {
                byte[] text = name.getBytes(StandardCharsets.UTF_8);
                yield note(
                        LIFE,
                        ByteBuffer.allocate(16 + text.length)
                                .putLong(incarnation.high())
                                .putLong(incarnation.low())
                                .put(text)
                                .array());
            }
        };
    }

    private static Frame put(int table, Row.Live row) {
        return new Frame.Put(
                table, row.uid(), row.stamp(), row.past(), row.body().encoded(), null);
    }

    private static Frame note(Uid what, byte[] bytes) {
        return new Frame.Put(NOTES, what, new Stamp(0, new Incarnation(0, 0), 1), Past.NONE, bytes, null);
    }

    static Logged of(Frame frame) {
        return switch (frame) {
            case Frame.Put(int table, Uid uid, Stamp stamp, Past past, byte[] body, var blob) -> {
                if (table == NOTES) {
                    yield noted(uid, body);
                }
                Row.Live row = new Row.Live(uid, stamp, CanonicalCbor.decodeBody(body), past);
                yield table == KEPT ? new Kept(row) : new Is(row);
            }
            case Frame.Delete(int table, Uid uid, Stamp stamp, Past past) ->
                new Is(new Row.Tombstone(uid, stamp, past));
            case Frame.Forget(int table, Uid uid) -> new Gone(uid);
            case Frame.Seen(int table, Stamp stamp) -> new Seen(stamp);
            case Frame.Known(int table, Context context) -> new Known(context);
            default -> throw new IllegalStateException("a node writes no such frame: " + frame);
        };
    }

    private static Logged noted(Uid what, byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body);
        return what.equals(CONDITION)
                ? new Condition(in.getLong(), in.get() == 1)
                : new Life(
                        new Incarnation(in.getLong(), in.getLong()),
                        new String(Arrays.copyOfRange(body, 16, body.length), StandardCharsets.UTF_8));
    }
}
