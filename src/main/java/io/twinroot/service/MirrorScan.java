package io.twinroot.service;

import io.twinroot.index.Index;
import io.twinroot.index.IndexBuilder;
import io.twinroot.source.Pacing;
import io.twinroot.source.RowSink;
import io.twinroot.source.SourceTable;
import io.twinroot.store.Origin;
import io.twinroot.store.StoreTable;
import io.twinroot.store.TableSnapshot;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Change;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** Reads all rows of a database's table. Its memory does not grow with the table. */
final class MirrorScan {
    private static final int BATCH_ROWS = 5_000;
    private static final long BATCH_BYTES = 8 << 20;

    private final StoreTable mirror;
    private final LongConsumer progress;

    /** @param progress is told how many rows were read */
    MirrorScan(StoreTable mirror, LongConsumer progress) {
        this.mirror = mirror;
        this.progress = progress;
    }

    /** Compares all rows with the mirror, and changes nothing. */
    MirrorComparison compare(SourceTable database, Pacing pacing) {
        TableSnapshot before = mirror.snapshot();
        Index index;
        try (IndexBuilder builder = IndexBuilder.temporary(before.salt(), database.isOrdered())) {
            database.scan(null, pacing, new Counted() {
                @Override
                public void row(Uid uid, Digest digest, byte[] canonical, int length) {
                    builder.add(uid, digest);
                }
            });
            index = builder.finish();
        }
        return new MirrorComparison(index, before, mirror.snapshot());
    }

    /** Puts all rows into the mirror, which is empty. */
    MirrorIntake.Done build(SourceTable database, Pacing pacing) {
        Building building = new Building();
        database.scan(null, pacing, building);
        building.flush();
        return building.done;
    }

    private abstract class Counted implements RowSink {
        private long rows;

        @Override
        public void chunk(Uid last, long chunk, long bytes) {
            rows += chunk;
            progress.accept(rows);
        }
    }

    private final class Building extends Counted {
        private final List<Change> batch = new ArrayList<>();
        private long bytes;
        private MirrorIntake.Done done = MirrorIntake.Done.NOTHING;

        @Override
        public void row(Uid uid, Digest digest, byte[] canonical, int length) {
            Value fields = CanonicalCbor.decode(Arrays.copyOf(canonical, length));
            batch.add(new Change.Put(uid, new Body.Fields((Value.Mapping) fields), null, null));
            bytes += length;
            if (batch.size() == BATCH_ROWS || bytes >= BATCH_BYTES) {
                flush();
            }
        }

        private void flush() {
            List<Outcome> outcomes = mirror.applyHere(batch, Origin.USER);
            for (int i = 0; i < outcomes.size(); i++) {
                boolean refused = outcomes.get(i) instanceof Outcome.Refused;
                String why = outcomes.get(i) instanceof Outcome.Refused(String reason)
                        ? "row " + batch.get(i).uid() + ": " + reason
                        : "";
                done = done.and(new MirrorIntake.Done(refused ? 0 : 1, refused ? 1 : 0, why));
            }
            batch.clear();
            bytes = 0;
        }
    }
}
