package io.twinroot.service;

import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tables whose rows have another schema version here than at a peer, as problems with the ids {@code s1}, {@code s2} and
 * so on. They are over when a repair finds the versions alike, and found again after a restart where they last. May be
 * used by many threads.
 */
final class SchemaProblems implements ProblemControl {
    private static final int OVER_MAX = 100;

    private final InstantSource clock;

    // guarded by this
    private final Map<Link.Key, Found> open = new LinkedHashMap<>();
    private final List<ProblemView> over = new ArrayList<>();
    private long count;

    private record Found(String id, Link.Key link, int here, int there, Instant since, ProblemView.State state) {
        private ProblemView view(ProblemView.State now) {
            TableName table = link.table();
            return new ProblemView(
                    id,
                    ProblemView.Kind.SCHEMA,
                    table,
                    null,
                    since,
                    now,
                    "the rows of table " + table + " have schema version " + here + " here and " + there + " at "
                            + link.peer() + ", so they are not compared",
                    now == ProblemView.State.OPEN
                            ? "bring both to one version of the application, and tables[].schema with it; then the next"
                                    + " repair goes on"
                            : "");
        }
    }

    SchemaProblems(InstantSource clock) {
        this.clock = clock;
    }

    /** A repair read the schema versions of both copies. */
    synchronized void compared(Link.Key link, int here, int there) {
        Found known = open.get(link);
        if (known != null && known.here == here && known.there == there) {
            return;
        }
        if (known != null) {
            open.remove(link);
            over.add(known.view(ProblemView.State.RESOLVED));
            if (over.size() > OVER_MAX) {
                over.removeFirst();
            }
        }
        if (here != there) {
            open.put(link, new Found("s" + ++count, link, here, there, clock.instant(), ProblemView.State.OPEN));
        }
    }

    @Override
    public synchronized List<ProblemView> list(boolean all) {
        List<ProblemView> views = new ArrayList<>(all ? over : List.of());
        for (Found found : open.values()) {
            if (all || found.state == ProblemView.State.OPEN) {
                views.add(found.view(found.state));
            }
        }
        return views;
    }

    @Override
    public synchronized Optional<ProblemView> accept(String id) {
        for (Map.Entry<Link.Key, Found> one : open.entrySet()) {
            Found found = one.getValue();
            if (found.id.equals(id) && found.state == ProblemView.State.OPEN) {
                Found accepted =
                        new Found(id, found.link, found.here, found.there, found.since, ProblemView.State.ACCEPTED);
                one.setValue(accepted);
                return Optional.of(accepted.view(accepted.state));
            }
        }
        return Optional.empty();
    }
}
