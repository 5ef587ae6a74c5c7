package io.twinroot.store;

import io.twinroot.log.ChangeLog;
import io.twinroot.log.Frame;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Changes what the tables have seen, in the log and in memory, and the incarnation that is written under. Only on the
 * committer's thread.
 */
final class Contexts {
    private final ChangeLog log;
    private final View view;
    private final Lives lives;
    private final OwnWrites own;
    private final Supplier<Incarnation> fresh;
    private final Consumer<List<Frame>> append;

    /**
     * @param fresh gives an incarnation that nobody had
     * @param append puts a batch into the log
     */
    Contexts(
            ChangeLog log,
            View view,
            Lives lives,
            OwnWrites own,
            Supplier<Incarnation> fresh,
            Consumer<List<Frame>> append) {
        this.log = log;
        this.view = view;
        this.lives = lives;
        this.own = own;
        this.fresh = fresh;
        this.append = append;
    }

    /** Says in the log what all tables have seen, so that nothing before is needed for that. */
    void write() {
        List<Frame> frames = new ArrayList<>();
        view.tables().forEach(table -> frames.add(new Frame.Known(table.id(), table.context())));
        if (!frames.isEmpty()) {
            append.accept(frames);
        }
    }

    /**
     * Damage may have taken rows of these tables: they have seen nothing that can be relied on. As new writes would say
     * that all earlier ones of this store are there, these are made under a new incarnation, which also tells those
     * that walk through the table just now.
     */
    void reset(Collection<TableWork> tables) {
        List<TableWork> claiming = tables.stream()
                .filter(table -> table.isDoubtful() || !table.context().isEmpty())
                .toList();
        if (claiming.isEmpty()) {
            return;
        }
        renew(fresh.get());
        append.accept(claiming.stream()
                .<Frame>map(table -> new Frame.Known(table.id(), Context.EMPTY))
                .toList());
        claiming.forEach(table -> {
            table.knows(Context.EMPTY);
            table.trust();
        });
    }

    /** What another copy has seen is here now. Its word on this store's writes of now is not needed. */
    boolean absorb(TableWork table, Context other, @Nullable Incarnation life) {
        if (life != null && !life.equals(view.own().incarnation())) {
            return false;
        }
        Context mine = table.context();
        Context both = mine.union(other.without(view.own().incarnation()));
        if (!both.equals(mine)) {
            append.accept(List.of(new Frame.Known(table.id(), both)));
            table.knows(both);
        }
        return true;
    }

    /** Later writes are made under another incarnation. */
    void renew(Incarnation next) {
        if (lives.list().contains(next)) {
            throw new IllegalArgumentException("incarnation " + next.hex() + " was used before");
        }
        lives.begin(next);
        log.renew(next);
        view.writes(next);
        own.renewed(next);
    }

    /** A tombstone that nobody needs any more, as far as could be seen. */
    record Cleanable(Uid uid, Stamp stamp) {}

    /**
     * Forgets tombstones that are as they were; says how many. The context covers them and all that their writers had
     * seen up to there, so that what they deleted is known again when it comes.
     */
    int forget(TableWork table, List<Cleanable> tombstones) {
        List<Frame> frames = new ArrayList<>();
        List<Uid> uids = new ArrayList<>();
        Context seen = table.context();
        for (Cleanable tombstone : tombstones) {
            IndexRow held = table.held(tombstone.uid());
            if (held != null
                    && held.isTombstone()
                    && held.stamp().equals(tombstone.stamp())
                    && seen.coversUpTo(held.stamp())
                    && held.past().seen().stream().allMatch(seen::coversUpTo)) {
                frames.add(new Frame.Forget(table.id(), tombstone.uid()));
                uids.add(tombstone.uid());
            }
        }
        if (!frames.isEmpty()) {
            append.accept(frames);
            uids.forEach(uid -> table.put(uid, table.held(uid), IndexRow.GONE));
            table.publish();
        }
        return uids.size();
    }
}
