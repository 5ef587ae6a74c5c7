package io.twinroot.store;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is written about kept rows, in canonical CBOR: mappings, of which the names are below. */
final class KeptCodec {
    private static final int STAMP = 32;

    private KeptCodec() {}

    /** A record of a file. */
    sealed interface Line {
        long number();

        /**
         * A row was kept.
         *
         * @param blob the bytes of a small blob; null for a large one, and for none
         */
        @SuppressWarnings("ArrayRecordComponent")
        record Kept(KeptRow what, Row row, byte @Nullable [] blob) implements Line {
            @Override
            public long number() {
                return what.number();
            }

            /** The large blob of the row, whose bytes are in a file of their own. */
            Body.@Nullable Blob largeBlob() {
                return blob == null && row instanceof Row.Live live && live.body() instanceof Body.Blob large
                        ? large
                        : null;
            }

            /** @param large gives the bytes of a large blob */
            @Nullable
            BlobSource source(java.util.function.Function<Body.Blob, BlobSource> large) {
                Body.Blob outside = largeBlob();
                return blob != null ? BlobSource.of(blob) : outside == null ? null : large.apply(outside);
            }
        }

        /** A kept row came to its end. */
        record Ended(long number, KeptRow.State state, long endedMs, String how) implements Line {}
    }

    static byte[] encode(Line line) {
        TreeMap<String, Value> names = new TreeMap<>(CanonicalCbor::compareText);
        switch (line) {
            case Line.Kept(KeptRow what, Row row, byte[] blob) -> {
                names.put("kind", new Value.Text(what.kind().name()));
                names.put("table", new Value.Text(what.table().text()));
                names.put("uid", new Value.Bytes(what.uid().toBytes()));
                names.put("row", row(row));
                if (blob != null) {
                    names.put("blob", new Value.Bytes(blob));
                }
                names.put("there", state(what.there()));
                names.put("keptMs", new Value.Int(what.keptMs()));
                names.put("why", new Value.Text(what.why()));
                ending(names, what.number(), what.state(), what.endedMs(), what.how());
            }
            case Line.Ended(long number, KeptRow.State state, long endedMs, String how) ->
                ending(names, number, state, endedMs, how);
        }
        return CanonicalCbor.encode(new Value.Mapping(names));
    }

    private static void ending(
            SortedMap<String, Value> names, long number, KeptRow.State state, long endedMs, String how) {
        names.put("number", new Value.Int(number));
        names.put("state", new Value.Text(state.name()));
        names.put("endedMs", new Value.Int(endedMs));
        names.put("how", new Value.Text(how));
    }

    /** @throws IllegalArgumentException when it is not what {@link #encode} makes */
    static Line decode(byte[] payload) {
        if (!(CanonicalCbor.decode(payload) instanceof Value.Mapping(var names))) {
            throw new IllegalArgumentException("it is no mapping");
        }
        long number = number(names, "number");
        KeptRow.State state = KeptRow.State.valueOf(text(names, "state"));
        long endedMs = number(names, "endedMs");
        String how = text(names, "how");
        if (!names.containsKey("row")) {
            return new Line.Ended(number, state, endedMs, how);
        }
        Uid uid = Uid.of(bytes(get(names, "uid")));
        Row row = row(uid, get(names, "row"));
        Value blob = names.get("blob");
        KeptRow what = new KeptRow(
                number,
                KeptRow.Kind.valueOf(text(names, "kind")),
                new TableName(text(names, "table")),
                uid,
                row.stamp(),
                state(get(names, "there")),
                number(names, "keptMs"),
                text(names, "why"),
                state,
                endedMs,
                how);
        return new Line.Kept(what, row, blob == null ? null : bytes(blob));
    }

    private static Value row(Row row) {
        TreeMap<String, Value> names = new TreeMap<>(CanonicalCbor::compareText);
        names.put("stamp", stamp(row.stamp()));
        names.put(
                "seen",
                new Value.Sequence(
                        row.past().seen().stream().<Value>map(KeptCodec::stamp).toList()));
        if (row instanceof Row.Live live) {
            names.put("body", new Value.Bytes(live.body().encoded()));
            Stamp base = live.marks().body();
            if (base != null) {
                names.put("base", stamp(base));
                List<Value> parts = new ArrayList<>();
                live.marks()
                        .parts()
                        .forEach((part, mark) -> parts.add(new Value.Sequence(List.of(
                                new Value.Text(part.set()),
                                new Value.Text(part.name()),
                                stamp(mark.stamp()),
                                new Value.Bool(mark.on())))));
                names.put("parts", new Value.Sequence(parts));
            }
        }
        return new Value.Mapping(names);
    }

    private static Row row(Uid uid, Value value) {
        if (!(value instanceof Value.Mapping(var names))) {
            throw new IllegalArgumentException("a row is no mapping");
        }
        Stamp stamp = stamp(get(names, "stamp"));
        List<Stamp> seen =
                items(get(names, "seen")).stream().map(KeptCodec::stamp).toList();
        Value body = names.get("body");
        if (body == null) {
            return new Row.Tombstone(uid, stamp, new Past(seen, Marks.NONE));
        }
        return new Row.Live(uid, stamp, CanonicalCbor.decodeBody(bytes(body)), new Past(seen, marks(names)));
    }

    private static Marks marks(SortedMap<String, Value> names) {
        Value base = names.get("base");
        if (base == null) {
            return Marks.NONE;
        }
        SortedMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
        for (Value item : items(get(names, "parts"))) {
            List<Value> part = items(item);
            if (part.size() == 4
                    && part.get(0) instanceof Value.Text(String set)
                    && part.get(1) instanceof Value.Text(String name)
                    && part.get(3) instanceof Value.Bool(boolean on)) {
                parts.put(new Marks.Part(set, name), new Marks.Mark(stamp(part.get(2)), on));
            } else {
                throw new IllegalArgumentException("a mark is not a set, a name, a stamp and a truth");
            }
        }
        return Marks.of(stamp(base), parts);
    }

    private static Value state(RowState state) {
        return switch (state) {
            case RowState.Absent() -> new Value.Sequence(List.of());
            case RowState.Deleted(Stamp stamp) -> new Value.Sequence(List.of(stamp(stamp)));
            case RowState.Live(Stamp stamp, Digest digest) ->
                new Value.Sequence(List.of(stamp(stamp), new Value.Bytes(digest.toBytes())));
        };
    }

    private static RowState state(Value value) {
        List<Value> parts = items(value);
        return switch (parts.size()) {
            case 0 -> new RowState.Absent();
            case 1 -> new RowState.Deleted(stamp(parts.get(0)));
            case 2 -> new RowState.Live(stamp(parts.get(0)), Digest.of(bytes(parts.get(1))));
            default -> throw new IllegalArgumentException("a state has " + parts.size() + " parts");
        };
    }

    private static Value stamp(Stamp stamp) {
        return new Value.Bytes(ByteBuffer.allocate(STAMP)
                .putLong(stamp.clock())
                .putLong(stamp.incarnation().high())
                .putLong(stamp.incarnation().low())
                .putLong(stamp.seq())
                .array());
    }

    private static Stamp stamp(Value value) {
        byte[] bytes = bytes(value);
        if (bytes.length != STAMP) {
            throw new IllegalArgumentException("a stamp has " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new Stamp(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong());
    }

    private static Value get(SortedMap<String, Value> names, String name) {
        Value value = names.get(name);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + name);
        }
        return value;
    }

    private static String text(SortedMap<String, Value> names, String name) {
        if (get(names, name) instanceof Value.Text(String text)) {
            return text;
        }
        throw new IllegalArgumentException(name + " is no text");
    }

    private static long number(SortedMap<String, Value> names, String name) {
        if (get(names, name) instanceof Value.Int(long number)) {
            return number;
        }
        throw new IllegalArgumentException(name + " is no number");
    }

    private static byte[] bytes(Value value) {
        if (value instanceof Value.Bytes bytes) {
            return bytes.toBytes();
        }
        throw new IllegalArgumentException("bytes are expected");
    }

    private static List<Value> items(Value value) {
        if (value instanceof Value.Sequence(List<Value> items)) {
            return items;
        }
        throw new IllegalArgumentException("a sequence is expected");
    }
}
