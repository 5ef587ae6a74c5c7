package io.twinroot.peer;

import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the scrub of a node stands.
 *
 * @param running whether one goes on
 * @param step what it reads, for people
 * @param doneBytes read so far, of about {@code totalBytes}
 * @param next when the next is due; null for never
 * @param last the one that ended last since the node was started; null for none
 */
public record ScrubView(
        boolean running,
        String step,
        long doneBytes,
        long totalBytes,
        @Nullable Instant next,
        @Nullable Run last,
        List<Table> tables) {

    /**
     * A scrub that ended.
     *
     * @param complete whether it came to its end
     * @param rows that it read
     * @param damaged how many places were not as they should be
     * @param findings the first of them, for people
     */
    public record Run(
            Instant began,
            Instant ended,
            boolean complete,
            long rows,
            long bytes,
            long damaged,
            List<String> findings) {
        public Run {
            findings = List.copyOf(findings);
        }
    }

    /**
     * When a table was last found whole.
     *
     * @param readOnly whether damage keeps it from taking new writes
     * @param oldest of the range where that is longest ago; null where one never was
     * @param newest of the range that was read last; null for never
     * @param ranges that it is read in
     */
    public record Table(
            TableName name,
            boolean readOnly,
            @Nullable Instant oldest,
            @Nullable Instant newest,
            int ranges) {}

    public ScrubView {
        tables = List.copyOf(tables);
    }
}
