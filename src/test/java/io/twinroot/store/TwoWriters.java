package io.twinroot.store;

import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Outcome;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes of another copy, as they come to a table. */
final class TwoWriters {
    static final Incarnation OTHER = new Incarnation(77, 1);

    private TwoWriters() {}

    static Body body(String field, long number) {
        return new Body.Fields(Value.Mapping.of(Map.of(field, new Value.Int(number))));
    }

    /** Its write with this seq, so many milliseconds after the start of the clock. */
    static Stamp stamp(long seq, long ms) {
        return new Stamp((StoreFixture.START_MS + ms) << 16, OTHER, seq);
    }

    static Row.Live row(long i, Stamp stamp, long number, Stamp... seen) {
        return new Row.Live(StoreFixture.uid(i), stamp, StoreFixture.body(number), new Past(List.of(seen), Marks.NONE));
    }

    static Row.Tombstone gone(long i, Stamp stamp, Stamp... seen) {
        return new Row.Tombstone(StoreFixture.uid(i), stamp, new Past(List.of(seen), Marks.NONE));
    }

    /** A row of which the last write turned a flag on or off. */
    static Row.Live flagged(long i, Stamp bodyStamp, long number, Stamp stamp, String flag, boolean on) {
        Marks marks =
                Marks.of(bodyStamp, new TreeMap<>(Map.of(Marks.Part.flag("flags", flag), new Marks.Mark(stamp, on))));
        return new Row.Live(StoreFixture.uid(i), stamp, StoreFixture.body(number), Past.NONE.with(marks));
    }

    static Change replicate(Row row) {
        return new Change.Replicate(new RowData(row, null), null);
    }

    static Outcome offer(StoreTable table, Row row) {
        return offer(table, row, Origin.Way.FEED, Context.EMPTY);
    }

    static Outcome offer(StoreTable table, Row row, Origin.Way way, Context theirs) {
        return table.apply(List.of(replicate(row)), new Origin(way, theirs)).getFirst();
    }

    static Stamp stamp(Outcome outcome) {
        return ((Outcome.Applied) outcome).stamp();
    }

    static Row held(StoreTable table, Uid uid) {
        RowData data = table.snapshot().row(uid);
        return java.util.Objects.requireNonNull(data).row();
    }
}
