package io.twinroot.service;

import io.twinroot.index.Index;
import io.twinroot.store.TableSnapshot;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.LeafEntry;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a scan of a database's table found, beside its mirror as that was before the scan and after it. A row differs where
 * it is neither as it was before nor as it was after: what was brought to the database during the scan is no difference.
 * It can be gone through more than once, with the same result.
 */
final class MirrorComparison {
    /** How a row differs. */
    enum Kind {
        CHANGED,
        /** The mirror knows nothing of it. */
        ADDED,
        /** In the mirror it was deleted. */
        RETURNED,
        VANISHED
    }

    /** @param content that the database has; null for none */
    record Found(Uid uid, Kind kind, @Nullable Digest content) {}

    private final Index there;
    private final TableSnapshot before;
    private final TableSnapshot after;

    MirrorComparison(Index there, TableSnapshot before, TableSnapshot after) {
        this.there = there;
        this.before = before;
        this.after = after;
    }

    /** Goes through the rows that differ, in UID order. */
    void forEach(Consumer<Found> action) {
        Heads now = new Heads(there.entries(UidRange.ALL));
        Heads then = new Heads(before.entries(UidRange.ALL));
        Heads since = new Heads(after.entries(UidRange.ALL));
        while (true) {
            Uid uid = first(now.uid, first(then.uid, since.uid));
            if (uid == null) {
                return;
            }
            Digest content = now.take(uid);
            Digest mirroredThen = then.take(uid);
            Digest mirroredSince = since.take(uid);
            if (!Objects.equals(content, mirroredThen) && !Objects.equals(content, mirroredSince)) {
                action.accept(new Found(uid, kind(uid, content, mirroredSince), content));
            }
        }
    }

    private static @Nullable Uid first(@Nullable Uid one, @Nullable Uid other) {
        return other == null || (one != null && one.compareTo(other) <= 0) ? one : other;
    }

    private Kind kind(Uid uid, @Nullable Digest content, @Nullable Digest mirrored) {
        if (content == null) {
            return Kind.VANISHED;
        }
        if (mirrored != null) {
            return Kind.CHANGED;
        }
        return after.state(uid) instanceof RowState.Deleted ? Kind.RETURNED : Kind.ADDED;
    }

    MirrorCounts counts(EarlierContents earlier) {
        Map<Kind, Long> counts = new EnumMap<>(Kind.class);
        long[] back = new long[1];
        forEach(found -> {
            counts.merge(found.kind, 1L, Long::sum);
            if (found.kind == Kind.CHANGED && earlier.had(found.uid, Objects.requireNonNull(found.content))) {
                back[0]++;
            }
        });
        return new MirrorCounts(
                after.info().count(),
                counts.getOrDefault(Kind.CHANGED, 0L),
                counts.getOrDefault(Kind.ADDED, 0L),
                counts.getOrDefault(Kind.RETURNED, 0L),
                counts.getOrDefault(Kind.VANISHED, 0L),
                back[0]);
    }

    /** Entries, of which the first is looked at. */
    private static final class Heads {
        private final Iterator<LeafEntry> entries;
        private @Nullable Uid uid;
        private @Nullable Digest digest;

        Heads(Iterator<LeafEntry> entries) {
            this.entries = entries;
            advance();
        }

        private void advance() {
            LeafEntry entry = entries.hasNext() ? entries.next() : null;
            uid = entry == null ? null : entry.uid();
            digest = entry == null ? null : entry.digest();
        }

        /** The digest of a row, which is passed then; null where this has none of it. */
        @Nullable
        Digest take(Uid wanted) {
            if (!wanted.equals(uid)) {
                return null;
            }
            Digest taken = digest;
            advance();
            return taken;
        }
    }
}
