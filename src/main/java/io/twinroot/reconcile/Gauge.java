package io.twinroot.reconcile;

import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Versions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How rows are read by their UIDs, and which of them are alike. */
enum Gauge {
    /** A reader gets the same. */
    DIGESTS {
        @Override
        boolean alike(Sight one, Sight other) {
            return Versions.sameContent(one.read(), other.read());
        }
    },
    /** They are of one write, whatever is in them. */
    STAMPS {
        @Override
        boolean alike(Sight one, Sight other) {
            return one.isLive() && other.isLive()
                    ? Versions.stamp(one.read()).equals(Versions.stamp(other.read()))
                    : one.isLive() == other.isLive();
        }
    },
    /** All fields are equal, also those that digests leave out. */
    FIELDS {
        @Override
        boolean alike(Sight one, Sight other) {
            return Objects.equals(one.whole(), other.whole());
        }

        @Override
        List<Sight> look(Replica side, TableRules rules, List<Uid> uids) {
            List<RowState> listed = states(side, uids);
            Map<Uid, Row> rows = new HashMap<>();
            try (RowCursor cursor = side.fetch(uids)) {
                while (cursor.hasNext()) {
                    RowData data = cursor.next();
                    if (rows.put(data.row().uid(), data.row()) != null || rows.size() > uids.size()) {
                        throw Walk.bad(side, "sent more rows than were asked for");
                    }
                }
            }
            List<Sight> sights = new ArrayList<>();
            for (int i = 0; i < uids.size(); i++) {
                sights.add(of(listed.get(i), rows.get(uids.get(i)), rules));
            }
            return sights;
        }
    };

    abstract boolean alike(Sight one, Sight other);

    /** Reads rows, at most {@value Replica#MAX_BATCH}; in the order of the list. */
    List<Sight> look(Replica side, TableRules rules, List<Uid> uids) {
        return states(side, uids).stream().map(Sight::of).toList();
    }

    /** What is seen of a row that was read, null where there is none. */
    static Sight of(RowState listed, @Nullable Row row, TableRules rules) {
        return switch (row) {
            case null -> new Sight(listed, new RowState.Absent(), null);
            case Row.Tombstone gone -> new Sight(listed, new RowState.Deleted(gone.stamp()), null);
            case Row.Live live ->
                new Sight(listed, new RowState.Live(live.stamp(), live.digest(rules)), live.digest(TableRules.DEFAULT));
        };
    }

    private static List<RowState> states(Replica side, List<Uid> uids) {
        List<RowState> states = side.states(uids);
        if (states.size() != uids.size()) {
            throw Walk.bad(side, "gave " + states.size() + " states for " + uids.size() + " rows");
        }
        return states;
    }
}
