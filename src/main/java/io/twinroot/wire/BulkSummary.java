package io.twinroot.wire;

import io.twinroot.table.Outcome;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of many changes, in numbers.
 *
 * @param refusals the first refused changes, at most {@value #REFUSALS_MAX}
 */
public record BulkSummary(
        long changes,
        long applied,
        long same,
        long older,
        long changed,
        long lingering,
        long parked,
        long refused,
        List<Refusal> refusals) {
    public static final int REFUSALS_MAX = 100;

    public BulkSummary {
        refusals = List.copyOf(refusals);
    }

    /** One refused change. */
    public record Refusal(long line, Uid uid, String reason) {}

    /** Counts outcomes one by one. */
    public static final class Counts {
        private final List<Refusal> refusals = new ArrayList<>();
        private long applied;
        private long same;
        private long older;
        private long changed;
        private long lingering;
        private long parked;
        private long refused;

        public void add(long line, Uid uid, Outcome outcome) {
            switch (outcome) {
                case Outcome.Applied a -> applied++;
                case Outcome.Same s -> same++;
                case Outcome.Older o -> older++;
                case Outcome.ChangedMeanwhile c -> changed++;
                case Outcome.Lingering l -> lingering++;
                case Outcome.Parked p -> parked++;
                case Outcome.Refused(String reason) -> refuse(line, uid, reason);
            }
        }

        private void refuse(long line, Uid uid, String reason) {
            refused++;
            if (refusals.size() < REFUSALS_MAX) {
                refusals.add(new Refusal(line, uid, reason));
            }
        }

        public BulkSummary summary() {
            return new BulkSummary(
                    applied + same + older + changed + lingering + parked + refused,
                    applied,
                    same,
                    older,
                    changed,
                    lingering,
                    parked,
                    refused,
                    refusals);
        }
    }

    public byte[] encode() {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeNumberField("changes", changes);
            out.writeNumberField("applied", applied);
            out.writeNumberField("same", same);
            out.writeNumberField("older", older);
            out.writeNumberField("changed", changed);
            out.writeNumberField("lingering", lingering);
            out.writeNumberField("parked", parked);
            out.writeNumberField("refused", refused);
            out.writeArrayFieldStart("refusals");
            for (Refusal refusal : refusals) {
                out.writeStartObject();
                out.writeNumberField("line", refusal.line());
                out.writeFieldName("uid");
                ValueJson.writeUid(out, refusal.uid());
                out.writeStringField("reason", refusal.reason());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }
}
