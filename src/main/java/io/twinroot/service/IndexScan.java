package io.twinroot.service;

import io.twinroot.index.Index;
import io.twinroot.index.IndexBuilder;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Reading;
import io.twinroot.source.RowSink;
import io.twinroot.source.SourceException;
import io.twinroot.source.sql.SqlTable;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.tree.Salt;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a table of a database whole, into an index; goes on with what was interrupted where it was asked to. Used once. */
final class IndexScan {
    private final SqlTable table;
    private final SqlOptions options;

    IndexScan(SqlTable table, SqlOptions options) {
        this.table = table;
        this.options = options;
    }

    /** An index, and what making it took. */
    record Scanned(Index index, Reading reading) {}

    Scanned run(Progress progress) {
        long started = System.nanoTime();
        String identity = table.description();
        Optional<Path> folder = options.resume()
                .map(place -> place.resolve(Digest.sha256(identity.getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 16)));
        Optional<IndexBuilder.Progress> known = folder.flatMap(place -> IndexBuilder.progress(place, identity));
        boolean ordered = table.isOrdered();
        try (IndexBuilder builder = folder.isEmpty()
                ? IndexBuilder.temporary(Salt.PUBLISHED, ordered)
                : known.isPresent()
                        ? IndexBuilder.resume(folder.get(), identity, Salt.PUBLISHED, ordered)
                        : IndexBuilder.begin(folder.get(), identity, Salt.PUBLISHED, ordered)) {
            @Nullable Uid after = known.map(IndexBuilder.Progress::last).orElse(null);
            Sink sink = new Sink(builder, known, progress);
            table.scan(after, options.pacing(table::strain), sink);
            Index index = builder.finish(table::numbered);
            return new Scanned(
                    index,
                    new Reading(
                            sink.rows,
                            sink.bytes,
                            System.nanoTime() - started,
                            known.map(IndexBuilder.Progress::rows).orElse(0L)));
        } catch (IndexBuilder.OutOfOrder e) {
            throw new SourceException(
                    SourceException.Kind.STATEMENT,
                    table.address() + " was not given in the order of its key: " + e.getMessage()
                            + "; an index of the table may be damaged (REINDEX TABLE, CHECK TABLE)",
                    e);
        }
    }

    private static final class Sink implements RowSink {
        private final IndexBuilder builder;
        private final Progress progress;
        private long rows;
        private long bytes;

        Sink(IndexBuilder builder, Optional<IndexBuilder.Progress> known, Progress progress) {
            this.builder = builder;
            this.progress = progress;
            this.rows = known.map(IndexBuilder.Progress::rows).orElse(0L);
            this.bytes = known.map(IndexBuilder.Progress::bytes).orElse(0L);
        }

        @Override
        public void row(Uid uid, Digest digest, byte[] canonical, int length) {
            builder.add(uid, digest);
        }

        @Override
        public void chunk(Uid last, long chunkRows, long chunkBytes) {
            rows += chunkRows;
            bytes += chunkBytes;
            builder.mark(new IndexBuilder.Progress(last, rows, bytes));
            progress.at("reading", rows, -1);
        }
    }
}
