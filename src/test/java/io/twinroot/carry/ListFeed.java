package io.twinroot.carry;

import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A log in a list, with a cursor for each place in it. Stricter than a real feed: pages are small, each names
 * its tables again, some are empty, and a cursor that was not given out is a bug of the caller.
 */
final class ListFeed implements ChangeFeed {
    private final List<Logged> log = new ArrayList<>();
    private final Map<TableName, TableRules> tables = new TreeMap<>();
    private final Set<String> given = new HashSet<>();
    private final List<String> gaps = new ArrayList<>();
    private final int pageItems;
    private int oldest;
    private Runnable whenRead = () -> {};

    ListFeed(int pageItems) {
        this.pageItems = pageItems;
    }

    ListFeed table(TableName table, TableRules rules) {
        tables.put(table, rules);
        log.add(new Logged.Table(table, rules));
        return this;
    }

    ListFeed row(TableName table, RowData data) {
        if (!tables.containsKey(table)) {
            throw new IllegalStateException("no table " + table);
        }
        log.add(new Logged.OfRow(table, data));
        return this;
    }

    /** Forgets what was logged before now. */
    void compact() {
        oldest = log.size();
    }

    void damage(String gap) {
        gaps.add(gap);
    }

    /** What happens while a page is being read. */
    void whenRead(Runnable action) {
        whenRead = action;
    }

    /** Everything as it is now, as the port says: tables, then rows by table and UID. */
    private List<Logged> everything(int length) {
        List<Logged> items = new ArrayList<>();
        Map<TableName, TreeMap<Uid, Logged>> rows = new TreeMap<>();
        for (Logged item : log.subList(0, length)) {
            TreeMap<Uid, Logged> of = rows.computeIfAbsent(item.table(), t -> new TreeMap<>());
            if (item instanceof Logged.OfRow(var table, RowData data)) {
                of.put(data.row().uid(), item);
            }
        }
        rows.forEach((table, of) -> {
            items.add(new Logged.Table(table, tables.get(table)));
            items.addAll(of.values());
        });
        return items;
    }

    @Override
    public ChangePage changes(Query query) {
        String since = query.since();
        if (END.equals(since)) {
            return new ChangePage(List.of(), give("log:" + log.size()), false, List.of());
        }
        if (since != null && !given.contains(since)) {
            throw new IllegalArgumentException("the cursor " + since + " was never given out");
        }
        String[] at = since == null ? new String[] {"all", "" + log.size(), "0"} : since.split(":");
        ChangePage page;
        if (at[0].equals("all")) {
            int length = Integer.parseInt(at[1]);
            List<Logged> all = everything(length);
            int from = Integer.parseInt(at[2]);
            int to = Math.min(all.size(), from + Math.min(pageItems, query.limit()));
            String next = to == all.size() ? "log:" + length : "all:" + length + ":" + to;
            page = page(query, all.subList(from, to), next, to < all.size() || length < log.size());
        } else {
            int from = Integer.parseInt(at[1]);
            if (from < oldest) {
                throw new ReplicaException(
                        ReplicaException.Kind.CURSOR_GONE,
                        "the log of memory:feed has no longer what follows " + since);
            }
            int to = Math.min(log.size(), from + Math.min(pageItems, query.limit()));
            page = page(query, log.subList(from, to), "log:" + to, to < log.size());
        }
        whenRead.run();
        return page;
    }

    private ChangePage page(Query query, List<Logged> items, String next, boolean more) {
        List<Logged> wanted = new ArrayList<>();
        Set<TableName> named = new HashSet<>();
        for (Logged item : items) {
            if (query.tables().isEmpty() || query.tables().contains(item.table())) {
                if (named.add(item.table())) {
                    wanted.add(new Logged.Table(item.table(), tables.get(item.table())));
                }
                if (item instanceof Logged.OfRow) {
                    wanted.add(item);
                }
            }
        }
        List<String> told = List.copyOf(gaps);
        gaps.clear();
        return new ChangePage(wanted, give(next), more, told);
    }

    private String give(String cursor) {
        given.add(cursor);
        return cursor;
    }

    @Override
    public String cursorAt(long sinceMs) {
        for (int i = oldest; i < log.size(); i++) {
            if (log.get(i) instanceof Logged.OfRow(var table, RowData data)
                    && data.row().stamp().millis() >= sinceMs) {
                return give("log:" + i);
            }
        }
        return give("log:" + log.size());
    }
}
