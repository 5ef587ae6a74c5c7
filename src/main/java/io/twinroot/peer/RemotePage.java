package io.twinroot.peer;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Context;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.ChangesJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.WireRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A page of a feed that comes as JSON lines; it counts only whole, and is checked against what was asked. */
final class RemotePage {
    /** Opens a blob that did not come with its row. */
    interface Blobs {
        BlobSource of(TableName table, Uid uid, Body.Blob blob);
    }

    private final Answer answer;
    private final ChangeFeed.Query query;
    private final Blobs blobs;
    private final List<Logged> items = new ArrayList<>();
    private final Set<TableName> named = new HashSet<>();
    private final Map<TableName, Context> contexts = new HashMap<>();
    private int rows;
    private ChangesJson.@Nullable End end;

    private RemotePage(Answer answer, ChangeFeed.Query query, Blobs blobs) {
        this.answer = answer;
        this.query = query;
        this.blobs = blobs;
    }

    static ChangePage read(Answer answer, ChangeFeed.Query query, Blobs blobs) {
        RemotePage page = new RemotePage(answer, query, blobs);
        page.lines(new LineSplitter(ChangesJson.LINE_MAX));
        ChangesJson.End end = page.end;
        if (end == null) {
            throw answer.bad("has no last line with next, so it is not whole", null);
        }
        return new ChangePage(page.items, end.next(), end.more(), end.gaps(), page.contexts);
    }

    private void lines(LineSplitter lines) {
        try {
            byte[] piece;
            do {
                piece = answer.nextPiece();
                if (piece == null) {
                    lines.finish();
                } else {
                    lines.add(piece, 0, piece.length);
                }
                for (byte[] line = lines.next(); line != null; line = lines.next()) {
                    line(line, lines.line());
                }
            } while (piece != null);
        } catch (JsonException e) {
            throw answer.bad("is not what the protocol says, " + e.getMessage(), e);
        }
    }

    private void line(byte[] bytes, long number) {
        if (end != null) {
            throw answer.bad("goes on after its last line", null);
        }
        ChangesJson.Line line;
        try {
            line = ChangesJson.decode(bytes);
        } catch (JsonException e) {
            throw e.atLine(number);
        }
        switch (line) {
            case ChangesJson.OfTable(var table, var rules) -> {
                wanted(table);
                if (named.add(table)) {
                    items.add(new Logged.Table(table, rules));
                } else {
                    throw answer.bad("names table " + table + " twice", null);
                }
            }
            case ChangesJson.OfRow(var table, var row) -> {
                wanted(table);
                if (!named.contains(table)) {
                    throw answer.bad("has a row of table " + table + " before it names the table", null);
                }
                rows++;
                items.add(new Logged.OfRow(table, new RowData(row.row(), blob(table, row))));
            }
            case ChangesJson.OfContext(var table, var context) -> {
                wanted(table);
                if (!query.contexts()) {
                    throw answer.bad("has a context, which was not asked for", null);
                }
                if (contexts.put(table, context) != null) {
                    throw answer.bad("has two contexts of table " + table, null);
                }
                if (contexts.size() > ChangeFeed.PAGE_MAX) {
                    throw answer.bad("has more than " + ChangeFeed.PAGE_MAX + " contexts", null);
                }
            }
            case ChangesJson.End last -> {
                if (last.items() != items.size() + contexts.size()) {
                    throw answer.bad(
                            "has " + (items.size() + contexts.size()) + " items and says " + last.items(), null);
                }
                end = last;
            }
        }
        if (rows > query.limit() || named.size() > ChangeFeed.PAGE_MAX) {
            throw answer.bad("has more than the " + query.limit() + " rows that were asked for", null);
        }
    }

    private void wanted(TableName table) {
        if (!query.tables().isEmpty() && !query.tables().contains(table)) {
            throw answer.bad("has table " + table + ", which was not asked for", null);
        }
    }

    private @Nullable BlobSource blob(TableName table, WireRow wire) {
        if (!(wire.row() instanceof Row.Live(Uid uid, var stamp, Body.Blob blob, var past))) {
            return null;
        }
        Value.Bytes content = wire.content();
        return content != null ? BlobSource.of(content.toBytes()) : blobs.of(table, uid, blob);
    }
}
