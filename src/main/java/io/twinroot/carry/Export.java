package io.twinroot.carry;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.CarryLine;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a feed has into a file of changes: all up to the moment when the feed has no more. For one thread
 * and one use.
 *
 * <p>A row whose blob cannot be read is left out. Where a newer version of it follows, as of a row that is
 * written meanwhile, nothing is missing; otherwise it is one of the {@link #gaps}.
 */
public final class Export {
    /** The most gaps; a place with more of them has to be repaired first. */
    static final int GAPS_MAX = 1_000;

    private static final int GAP_LENGTH_MAX = 1_000;
    private static final int PAGE_ROWS = 2_000;

    private final ChangeFeed feed;
    private final String from;
    private final @Nullable String since;
    private final Set<TableName> wanted;
    private final List<String> gaps = new ArrayList<>();
    private final Map<TableName, TableRules> known = new HashMap<>();
    private final Map<Unread, String> unread = new LinkedHashMap<>();
    private ChangePage page;
    private long changes;
    private Reached reached;

    /** A row that could not be read. */
    private record Unread(TableName table, Uid uid) {}

    private Export(ChangeFeed feed, String from, @Nullable String since, Set<TableName> wanted, ChangePage page) {
        this.feed = feed;
        this.from = from;
        this.since = since;
        this.wanted = wanted;
        this.page = page;
        this.reached = new Reached(0, since);
    }

    /**
     * Asks for the first changes, so that what cannot be exported is known before there is a file.
     *
     * @param from the feed's address, for people
     * @param since a cursor; null for all rows and tombstones
     * @param wanted the tables; none for all
     * @throws ReplicaException of kind {@link ReplicaException.Kind#CURSOR_GONE} when only an export of
     *     everything has what follows the cursor
     */
    public static Export begin(ChangeFeed feed, String from, @Nullable String since, Set<TableName> wanted) {
        return new Export(feed, from, since, wanted, page(feed, since, wanted));
    }

    private static ChangePage page(ChangeFeed feed, @Nullable String since, Set<TableName> wanted) {
        return feed.changes(new ChangeFeed.Query(since, wanted, null, PAGE_ROWS, 0));
    }

    /**
     * Writes the file. When it throws, what was written up to the last flush point is of use.
     *
     * @param file its {@code flush} returns when all is on the disk
     * @throws IOException when the file does not take it
     * @throws ReplicaException when the feed does not go on
     * @throws CarryException when there is no room for a large blob, or too much cannot be read
     */
    public void write(OutputStream file, Instant made, Progress progress) throws IOException {
        CarryLine.Head head =
                new CarryLine.Head(from, made, since, wanted.stream().sorted().toList());
        try (SpoolFolder spools = new SpoolFolder();
                ChangesWriter writer = new ChangesWriter(file, head)) {
            try {
                writeAll(writer, spools, progress);
            } finally {
                reached = writer.flushed();
            }
        }
    }

    private void writeAll(ChangesWriter writer, SpoolFolder spools, Progress progress) throws IOException {
        write(page, writer, spools);
        boolean settled = false; // a row that was written while its blob was read is on the next page, if not before
        while (page.more() || (!unread.isEmpty() && !settled)) {
            settled = !page.more();
            progress.at("export", changes, -1);
            turn();
            write(page, writer, spools);
        }
        for (String missing : unread.values()) {
            gap(writer, missing);
        }
        writer.end();
    }

    private void turn() {
        String reached = page.next();
        page = page(feed, reached, wanted);
        if (page.more() && page.next().equals(reached)) {
            throw new ReplicaException(
                    ReplicaException.Kind.BAD_ANSWER,
                    from + " says that it has more changes after " + reached + ", and gives none");
        }
    }

    private void write(ChangePage read, ChangesWriter writer, SpoolFolder spools) throws IOException {
        for (String gap : read.gaps()) {
            gap(writer, gap);
        }
        for (Logged item : read.items()) {
            switch (item) {
                case Logged.Table(TableName table, TableRules rules) -> {
                    check(known.getOrDefault(table, rules).equals(rules), table, "comes with other rules than before");
                    known.put(table, rules);
                    writer.table(table, rules);
                }
                case Logged.OfRow(TableName table, RowData data) -> {
                    check(known.containsKey(table), table, "is not named before its first row");
                    if (write(table, data, writer, spools)) {
                        changes++;
                        unread.remove(new Unread(table, data.row().uid()));
                    }
                }
            }
        }
        writer.reached(read.next());
    }

    private void check(boolean holds, TableName table, String otherwise) {
        if (!holds) {
            throw new ReplicaException(
                    ReplicaException.Kind.BAD_ANSWER,
                    "the changes of " + from + " are not as they should be: table " + table + " " + otherwise);
        }
    }

    private void gap(ChangesWriter writer, String what) throws IOException {
        if (gaps.size() == GAPS_MAX) {
            throw tooMuch();
        }
        String told = what.length() > GAP_LENGTH_MAX ? what.substring(0, GAP_LENGTH_MAX) + "…" : what;
        gaps.add(told);
        writer.gap(told);
    }

    private CarryException tooMuch() {
        return new CarryException(
                "more than " + GAPS_MAX + " changes of " + from + " cannot be read; repair it from another copy first");
    }

    /** Writes a row; false where its blob cannot be read. */
    private boolean write(TableName table, RowData data, ChangesWriter writer, SpoolFolder spools) throws IOException {
        BlobSource source = data.blob();
        if (source == null || !(data.row() instanceof Row.Live(var uid, var stamp, Body.Blob blob, var past))) {
            writer.row(table, data.row(), null);
            return true;
        }
        if (blob.size() <= WireRow.INLINE_MAX) {
            Value.Bytes content = small(table, data.row(), source);
            if (content != null) {
                writer.row(table, data.row(), content);
            }
            return content != null;
        }
        try (BlobSpool spool = spools.open()) {
            boolean read = copy(table, data.row(), source, blob, spool);
            if (read) {
                try (InputStream bytes = spool.source().open()) {
                    writer.row(table, data.row(), blob, bytes);
                }
            }
            return read;
        }
    }

    private Value.@Nullable Bytes small(TableName table, Row row, BlobSource source) {
        byte[] bytes;
        try (InputStream in = source.open()) {
            bytes = in.readNBytes(WireRow.INLINE_MAX + 1);
        } catch (IOException e) {
            miss(table, row, e);
            return null;
        } catch (ReplicaException e) {
            miss(table, row, e);
            return null;
        }
        Value.Bytes content = new Value.Bytes(bytes);
        try {
            return new WireRow(row, content).content();
        } catch (IllegalArgumentException e) {
            miss(table, row, e);
            return null;
        }
    }

    private boolean copy(TableName table, Row row, BlobSource source, Body.Blob blob, BlobSpool spool) {
        byte[] buffer = new byte[Section.PIECE_BYTES];
        try (InputStream in = source.open()) {
            for (int n = in.read(buffer); n >= 0 && spool.size() <= blob.size(); n = in.read(buffer)) {
                spool.add(buffer, n);
            }
        } catch (IOException e) {
            miss(table, row, e);
            return false;
        } catch (ReplicaException e) {
            miss(table, row, e);
            return false;
        }
        if (!spool.has(blob)) {
            miss(table, row, new IOException("its bytes are not those of its SHA-256"));
            return false;
        }
        return true;
    }

    /** Remembers a blob that cannot be read; what is no fault of the blob ends the export. */
    private void miss(TableName table, Row row, Exception why) {
        if (why instanceof ReplicaException refused) {
            switch (refused.kind()) {
                case BAD_REQUEST, BAD_ANSWER, STORAGE, UNKNOWN_TABLE -> {}
                case INCOMPATIBLE, SESSION_GONE, CURSOR_GONE, IDENTITY_CONFLICT, BUSY, UNREACHABLE, UNKNOWN_OUTCOME ->
                    throw refused;
            }
        }
        if (unread.size() == GAPS_MAX) {
            throw tooMuch();
        }
        unread.put(
                new Unread(table, row.uid()),
                "the blob of " + row.uid() + " in " + table + " cannot be read: " + why.getMessage());
    }

    /** How far the file is of use. When the writing failed, that is its last flush point. */
    public Reached reached() {
        return reached;
    }

    /** What should be in the file and is not, for people; comparing the tables brings it. */
    public List<String> gaps() {
        return List.copyOf(gaps);
    }
}
