package io.twinroot.service;

import io.twinroot.log.BlobFiles;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Context;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Versions;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies pages of a feed to the tables here, each row under its stamp, so that one that comes twice, or comes
 * back from where it went, changes nothing. For one thread.
 */
final class PageWriter {
    private static final Logger LOG = LoggerFactory.getLogger(PageWriter.class);

    private final Replicas local;
    private final FeedProgress progress;
    private final InstantSource clock;

    /** What the origin has seen of each table, as far as it said. */
    private final Map<TableName, Context> seenThere = new HashMap<>();

    PageWriter(Replicas local, FeedProgress progress, InstantSource clock) {
        this.local = local;
        this.progress = progress;
        this.clock = clock;
    }

    /** The rows of a page that are of one table. */
    private record Batch(Replica table, TableRules rules, List<Change> changes, List<RowData> largeBlobs) {}

    /**
     * Applies the rows of those tables that are followed, and makes tables that are not here.
     *
     * @throws ReplicaException when it could not be done whole; the page must be written again
     */
    Written write(ChangePage page, Replicas origin, Predicate<TableName> follows) {
        Map<TableName, Batch> batches = new LinkedHashMap<>();
        Set<TableName> seen = new HashSet<>();
        page.contexts().forEach((table, context) -> seenThere.merge(table, context, Context::union));
        for (Logged item : page.items()) {
            if (!follows.test(item.table())) {
                continue;
            }
            switch (item) {
                case Logged.Table(var name, var rules) -> {
                    seen.add(name);
                    open(name, rules, batches);
                }
                case Logged.OfRow(var name, var data) -> {
                    Batch batch = batches.get(name);
                    if (batch != null) {
                        add(batch, data);
                    }
                }
            }
        }
        Set<TableName> incomplete = new HashSet<>();
        batches.forEach((table, batch) -> {
            if (!apply(table, batch)) {
                incomplete.add(table);
            }
        });
        return new Written(seen, incomplete);
    }

    /**
     * What a page was.
     *
     * @param tables of it that are followed
     * @param incomplete those of which a row could not be applied
     */
    record Written(Set<TableName> tables, Set<TableName> incomplete) {}

    private void open(TableName name, TableRules rules, Map<TableName, Batch> batches) {
        try {
            batches.computeIfAbsent(
                    name, table -> new Batch(local.create(table, rules), rules, new ArrayList<>(), new ArrayList<>()));
        } catch (ReplicaException e) {
            if (e.kind() != Kind.INCOMPATIBLE) {
                throw e;
            }
            unusable(name, e);
        } catch (IllegalArgumentException e) { // the peer's rules are beyond what a table may have here
            unusable(name, e);
        }
    }

    private void unusable(TableName name, RuntimeException why) {
        progress.unusable(name, String.valueOf(why.getMessage()));
        LOG.warn("feed of {}: {}", name, why.getMessage());
    }

    private static void add(Batch batch, RowData data) {
        if (data.row() instanceof Row.Live(var uid, var stamp, Body.Blob(long size, var content), var past)
                && size > BlobFiles.INLINE_MAX) {
            batch.largeBlobs.add(data);
        } else {
            batch.changes.add(new Change.Replicate(data, null));
        }
    }

    /** Says whether all rows were applied, or something newer is here. */
    private boolean apply(TableName name, Batch batch) {
        Sender sender = Sender.feed(seenThere.getOrDefault(name, Context.EMPTY));
        boolean all = true;
        try (Replica table = batch.table) {
            if (!batch.changes.isEmpty()) {
                all = taken(name, table.apply(batch.changes, sender));
            }
            for (RowData data : batch.largeBlobs) {
                if (data.row() instanceof Row.Live row && isNews(table, batch.rules, row)) {
                    Change change = new Change.Replicate(new RowData(row, whileItIsThere(data)), null);
                    all &= taken(name, table.apply(List.of(change), sender));
                }
            }
        }
        return all;
    }

    private boolean taken(TableName name, List<Outcome> outcomes) {
        progress.outcomes(name, outcomes, clock.instant());
        return outcomes.stream()
                .noneMatch(outcome -> outcome instanceof Outcome.Refused || outcome instanceof Outcome.Parked);
    }

    /** Whether the bytes are worth fetching. */
    private static boolean isNews(Replica table, TableRules rules, Row.Live row) {
        RowState offered = new RowState.Live(row.stamp(), row.digest(rules));
        RowState held = table.states(List.of(row.uid())).getFirst();
        return !offered.equals(held) && Versions.supersedes(offered, held);
    }

    /** A blob that was replaced at its origin since is refused by itself: its newer version follows. */
    private static BlobSource whileItIsThere(RowData data) {
        BlobSource source = data.blob();
        return () -> {
            try {
                if (source == null) {
                    throw new IOException("a blob came without its bytes");
                }
                return source.open();
            } catch (ReplicaException e) {
                if (e.kind() == Kind.BAD_REQUEST || e.kind() == Kind.UNKNOWN_TABLE) {
                    throw new IOException(e.getMessage(), e);
                }
                throw e;
            }
        };
    }
}
