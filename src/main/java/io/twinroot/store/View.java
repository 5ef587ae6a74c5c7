package io.twinroot.store;

import io.twinroot.log.Frame;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.RowDigest;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeNode;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * All tables as the log makes them: what is in memory, and the stack of files below. One thread changes it;
 * the tables' published states are for all.
 *
 * <p>When the memory is full it is frozen, written to a new file together with those files above which it is
 * not small (so there are few of them, and each cell is written few times), and taken from there.
 */
final class View {
    /** What a cell takes in memory, with all that belongs to it; about, in bytes. */
    private static final int CELL_BYTES = 220;

    /** A file with more than this many times the cells above it is left as it is. */
    private static final int MERGE_RATIO = 4;

    private final ViewDirectory directory;
    private final Salt salt;
    private final long cellsMax;

    /** Finding one for each row would take as long as hashing a small body. */
    private final MessageDigest sha = Digest.newSha256();

    private final Map<Integer, TableWork> byNumber = new ConcurrentHashMap<>();
    private final NavigableMap<TableName, TableWork> byName = new ConcurrentSkipListMap<>();
    private List<LayerFile> layers = List.of();
    private LogPosition saved;
    private long maxClock;
    private OwnRun own = OwnRun.NONE;

    /** What is to be written: the state of all tables at a position of the log. */
    record Frozen(LogPosition position, long maxClock, OwnRun own, List<Part> parts, List<LayerFile> layers) {}

    /** A table of {@link Frozen}. */
    record Part(Manifest.Table table, Overlay overlay, List<UidMap<TreeNode>> upper) {}

    /** The files that have what was frozen, and the manifest says so. */
    record Written(LogPosition position, List<LayerFile> layers) {}

    View(ViewDirectory directory, StoreOptions options, LogPosition begin) {
        this.directory = directory;
        this.salt = options.salt();
        this.cellsMax = Math.max(16, options.overlayBytes() / CELL_BYTES);
        this.saved = begin;
    }

    ViewDirectory directory() {
        return directory;
    }

    Salt salt() {
        return salt;
    }

    /** The log position that the files reflect. */
    LogPosition saved() {
        return saved;
    }

    long maxClock() {
        return maxClock;
    }

    void sawClock(long clock) {
        if (Long.compareUnsigned(clock, maxClock) > 0) {
            maxClock = clock;
        }
    }

    /** The writes so far under the incarnation that writes the log now. */
    OwnRun own() {
        return own;
    }

    /** Another incarnation writes the log from here on, or the same as before. */
    void writes(Incarnation incarnation) {
        if (!own.incarnation().equals(incarnation)) {
            OwnRun ended = own;
            byNumber.values().forEach(table -> table.sawAll(ended));
            own = new OwnRun(incarnation, 0);
        }
    }

    /** The store wrote up to this under its incarnation. */
    void wroteUpTo(long seq) {
        own = new OwnRun(own.incarnation(), seq);
    }

    long cellsMax() {
        return cellsMax;
    }

    long cells() {
        long cells = 0;
        for (TableWork table : byNumber.values()) {
            cells += table.cells();
        }
        return cells;
    }

    Collection<TableWork> tables() {
        return byName.values();
    }

    @Nullable
    TableWork table(TableName name) {
        return byName.get(name);
    }

    /** The table that the frames of the log give this number. */
    @Nullable
    TableWork table(int number) {
        return byNumber.get(number);
    }

    int nextNumber() {
        return 1 + byNumber.keySet().stream().mapToInt(id -> id).max().orElse(0);
    }

    TableWork define(int number, TableName name, TableRules rules) {
        TableWork table = new TableWork(number, name, rules, salt, this::own);
        table.written(layers);
        table.publish();
        directory.name(number, name);
        byNumber.put(number, table);
        byName.put(name, table);
        return table;
    }

    /** Takes over what a manifest and its files say. */
    void restore(Manifest manifest, List<LayerFile> files) {
        layers = List.copyOf(files);
        saved = manifest.position();
        maxClock = manifest.maxClock();
        own = manifest.own();
        for (Manifest.Table listed : manifest.tables()) {
            TableWork table = byNumber.get(listed.id());
            if (table == null) {
                table = define(listed.id(), listed.name(), listed.rules());
            }
            table.restore(listed, files);
        }
        if (!files.isEmpty()) {
            files.getFirst().upperNodes((table, level, node) -> {
                TableWork work = byNumber.get(table);
                if (work == null) {
                    throw new IllegalArgumentException("there is no table " + table);
                }
                work.restoreUpper(level, node);
            });
        }
        publish();
    }

    void publish() {
        byNumber.values().forEach(TableWork::publish);
    }

    /** The table and row that a frame of the log speaks of. */
    interface FrameSink {
        void row(TableWork table, Uid uid, IndexRow row);
    }

    /**
     * Reads a frame of so many bytes; a definition, and what was seen, is done at once, a row is handed on. Base
     * segments say nothing of what was seen.
     */
    void read(LogPosition at, int bytes, Frame frame, FrameSink sink) {
        switch (frame) {
            case Frame.DefineTable(int number, TableName name, TableRules rules) -> {
                TableWork table = byNumber.get(number);
                if (table == null) {
                    define(number, name, rules);
                } else if (rules.isLaterThan(table.rules())) { // base segments say it again, perhaps as it was
                    table.raise(rules);
                }
            }
            case Frame.Put put -> {
                TableWork table = numbered(put.table());
                Marks marks = put.past().marks();
                Digest digest = RowDigest.of(digest(table.rules(), put.body()), marks);
                row(sink, table, put.uid(), IndexRow.of(put.stamp(), digest, put.past(), at.packed(), bytes));
                saw(at, table, put.stamp(), marks);
            }
            case Frame.Delete(int number, Uid uid, Stamp stamp, Past past) -> {
                TableWork table = numbered(number);
                row(sink, table, uid, IndexRow.of(stamp, null, past, at.packed(), bytes));
                saw(at, table, stamp, Marks.NONE);
            }
            case Frame.Lost(int number, Uid uid, Stamp stamp, var digest) ->
                row(sink, numbered(number), uid, IndexRow.lost(stamp, at.packed(), bytes));
            case Frame.Forget(int number, Uid uid) -> sink.row(numbered(number), uid, IndexRow.GONE);
            case Frame.Seen(int number, Stamp stamp) -> saw(at, numbered(number), stamp, Marks.NONE);
            case Frame.Known(int number, Context context) -> numbered(number).knows(context);
            case Frame.Mark mark -> {}
        }
    }

    private void saw(LogPosition at, TableWork table, Stamp stamp, Marks marks) {
        if (!at.isBase()) {
            own = own.with(stamp);
            table.saw(stamp, own.incarnation());
            table.saw(marks, own.incarnation());
        }
    }

    private void row(FrameSink sink, TableWork table, Uid uid, IndexRow row) {
        sawClock(row.stamp().clock());
        sink.row(table, uid, row);
    }

    /** A table of which damage took the definition gets a name of its own, so that its rows can be found. */
    private TableWork numbered(int number) {
        TableWork table = byNumber.get(number);
        return table == null ? define(number, new TableName("lost-and-found/" + number), TableRules.DEFAULT) : table;
    }

    @Nullable
    TableWork byNumber(int number) {
        return byNumber.get(number);
    }

    /** The bytes of the frames that all rows need. */
    long bytes() {
        return byNumber.values().stream()
                .mapToLong(table -> table.published().totals().bytes())
                .sum();
    }

    /** The digest of a body in its encoding. */
    private Digest digest(TableRules rules, byte[] body) {
        return rules.digestExcludes().isEmpty()
                ? Digest.of(sha.digest(body))
                : CanonicalCbor.decodeBody(body).digest(rules);
    }

    static Digest digest(TableRules rules, Body body, byte[] encoded) {
        return rules.digestExcludes().isEmpty() ? Digest.sha256(encoded) : body.digest(rules);
    }

    /** Sets aside all that is in memory. The log up to the position must have been applied. */
    Frozen freeze(LogPosition position) {
        byNumber.values().forEach(TableWork::refresh);
        List<Part> parts = new ArrayList<>();
        for (TableWork table : byNumber.values()) {
            Overlay overlay = table.freeze();
            table.publish();
            parts.add(new Part(table.listed(), overlay, table.published().upper()));
        }
        parts.sort(java.util.Comparator.comparingInt(part -> part.table().id()));
        return new Frozen(position, maxClock, own, parts, layers);
    }

    void install(Written written) {
        layers = written.layers();
        saved = written.position();
        for (TableWork table : byNumber.values()) {
            table.written(layers);
            table.publish();
        }
    }

    /** Takes what a view that was made anew has, in place of all that is here. */
    void takeOver(View made) {
        layers = made.layers;
        saved = made.saved;
        sawClock(made.maxClock);
        for (TableWork table : made.byNumber.values()) {
            TableWork mine = byNumber.get(table.id());
            if (mine == null) {
                mine = define(table.id(), table.name(), table.rules());
            }
            mine.takeOver(table);
            mine.publish();
        }
    }

    /** Writes what is frozen to files, and the manifest. By any one thread; after a failure it may be tried again. */
    Written write(Frozen frozen) {
        try {
            long cells = 0;
            for (Part part : frozen.parts()) {
                cells += part.overlay().cells();
            }
            List<LayerFile> merged = new ArrayList<>();
            List<LayerFile> kept = new ArrayList<>(frozen.layers());
            while (!kept.isEmpty()
                    && cells * MERGE_RATIO >= kept.getFirst().listed().cells()) {
                cells += kept.getFirst().listed().cells();
                merged.add(kept.removeFirst());
            }
            kept.addFirst(merge(frozen.parts(), merged, kept.isEmpty(), cells));
            save(frozen, kept);
            return new Written(frozen.position(), List.copyOf(kept));
        } catch (IOException e) {
            throw StoreException.of("writing the view to " + directory.path(), e);
        }
    }

    /** Writes a manifest of these files, and drops all others. */
    private void save(Frozen frozen, List<LayerFile> files) throws IOException {
        Manifest manifest = new Manifest(
                salt.id(),
                frozen.position(),
                frozen.maxClock(),
                frozen.own(),
                files.stream().map(LayerFile::listed).toList(),
                frozen.parts().stream().map(Part::table).toList());
        directory.writeManifest(manifest.encoded());
        directory.keepOnly(files);
    }

    private LayerFile merge(List<Part> parts, List<LayerFile> merged, boolean isBottom, long cellsMax)
            throws IOException {
        try (LayerBuilder builder = new LayerBuilder(directory, cellsMax)) {
            copy(Space.ROWS, builder.rows(), parts, merged, isBottom);
            copy(Space.TOMBSTONES, builder.tombstones(), parts, merged, isBottom);
            copy(Space.LEAVES, builder.leaves(), parts, merged, isBottom);
            for (Part part : parts) {
                writeUpper(builder, part.table().id(), part.upper());
            }
            return builder.finish();
        }
    }

    private static <V> void copy(
            Space<V> space, LayerBuilder.Sink<V> sink, List<Part> parts, List<LayerFile> merged, boolean isBottom) {
        for (Part part : parts) {
            List<Run<V>> runs = new ArrayList<>();
            runs.add(part.overlay().map(space).run(UidRange.ALL));
            for (LayerFile layer : merged) {
                runs.add(layer.run(space, part.table().id(), UidRange.ALL));
            }
            Run<V> run = MergedRun.of(runs);
            while (run.next()) {
                if (!isBottom || !space.isMarker(run.value())) {
                    sink.put(part.table().id(), run.uid(), run.value());
                }
            }
        }
    }

    private static void writeUpper(LayerBuilder builder, int table, List<UidMap<TreeNode>> upper) {
        int level = 2;
        for (UidMap<TreeNode> nodes : upper) {
            Run<TreeNode> run = nodes.run(UidRange.ALL);
            while (run.next()) {
                if (!ViewCodec.isGone(run.value())) {
                    builder.upper(table, level, run.value());
                }
            }
            level++;
        }
    }

    /**
     * Makes the one file of all tables, with trees and counts, and the manifest.
     *
     * @param rows of all tables, each UID's newest
     * @param second a thread for the writing
     */
    Manifest rebuild(TableRows rows, LogPosition position, OneAhead second, List<LayerFile> made) throws IOException {
        List<Manifest.Table> tables = new ArrayList<>();
        try (LayerBuilder builder = new LayerBuilder(directory, rows.max(), second)) {
            for (TableWork table : sorted()) {
                rows.table(table.id());
                tables.add(new TableRebuild(table, salt, builder).run(rows));
            }
            made.add(builder.finish());
        }
        Manifest manifest = new Manifest(
                salt.id(),
                position,
                maxClock,
                own,
                made.stream().map(LayerFile::listed).toList(),
                tables);
        directory.writeManifest(manifest.encoded());
        directory.keepOnly(made);
        return manifest;
    }

    private List<TableWork> sorted() {
        return byNumber.values().stream()
                .sorted(java.util.Comparator.comparingInt(TableWork::id))
                .toList();
    }
}
