package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.store.ScrubPart;
import io.twinroot.store.ScrubReport;
import io.twinroot.store.Store;
import io.twinroot.tree.Salt;
import java.nio.file.Path;
import java.util.List;

/** Scrubs a store that no node has open. */
public final class StoreScrub {
    /** As fast as the disk gives it. */
    private static final long UNBOUNDED = 1L << 40;

    private StoreScrub() {}

    /**
     * What was found.
     *
     * @param rows that were read
     * @param bytes that were read
     * @param damaged how many places were not as they should be
     * @param findings what was not as it should be, on opening and then; for people
     * @param open the texts of all open problems
     */
    public record Result(long rows, long bytes, long damaged, List<String> findings, List<String> open) {
        public Result {
            findings = List.copyOf(findings);
            open = List.copyOf(open);
        }
    }

    /**
     * Opens a store, reads all of it, and closes it.
     *
     * @param progress in bytes
     * @throws ReplicaException where it is not there, or cannot be opened or read
     */
    public static Result run(Path directory, Progress progress) {
        return guarded(() -> {
            try (Store store =
                    Store.open(directory, StoreReplicas.options(Salt.PUBLISHED).create(false))) {
                ScrubReport report = store.scrub(
                        ScrubPart.ALL, UNBOUNDED, now -> progress.at(now.step(), now.doneBytes(), now.totalBytes()));
                List<String> findings =
                        new java.util.ArrayList<>(store.recovery().findings());
                findings.addAll(report.findings());
                return new Result(
                        report.rows(),
                        report.bytes(),
                        report.damaged() + store.recovery().findings().size(),
                        findings,
                        new DamageProblems(store)
                                .list(false).stream().map(ProblemView::text).toList());
            }
        });
    }
}
