package io.twinroot.peer;

import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Sender;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.Uid;
import io.twinroot.wire.BulkSummary;
import io.twinroot.wire.ChangeJson;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.OutcomeJson;
import io.twinroot.wire.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream of changes as JSON lines, applied in batches while it comes. When it fails, the problem says how
 * many lines from the start are applied; the rest is not.
 */
final class BulkPut {
    private final Replica replica;
    private final Limits limits;
    private final boolean summarized;
    private Sender sender;
    private final List<Change> batch = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final BulkSummary.Counts counts = new BulkSummary.Counts();
    private int batchBytes;

    /** 1 where the first line was the sender's context. */
    private int headLines;

    private long done;

    /**
     * @param summarized whether only counts are kept, for any number of lines
     * @param sender from where the changes come; a first line may add its context
     */
    BulkPut(Replica replica, Limits limits, boolean summarized, Sender sender) {
        this.replica = replica;
        this.limits = limits;
        this.summarized = summarized;
        this.sender = sender;
    }

    void run(StreamInput in) throws IOException {
        LineSplitter lines = new LineSplitter(limits.lineMax());
        try {
            for (byte[] piece = in.nextPiece(); piece != null; piece = in.nextPiece()) {
                lines.add(piece, 0, piece.length);
                takeAll(lines);
            }
            lines.finish();
            takeAll(lines);
            applyBatch();
        } catch (JsonException e) {
            throw ProblemException.of(e).withDone(done);
        } catch (GuardException e) {
            throw new ProblemException(Problem.of(Problem.Type.GUARD, String.valueOf(e.getMessage()))
                    .withDone(done));
        } catch (ProblemException e) {
            throw e.withDone(done);
        } catch (ReplicaException e) {
            throw ProblemException.of(e).withDone(done);
        } catch (BrokenStream e) {
            throw broken(e);
        }
    }

    private IOException broken(BrokenStream e) {
        Problem.Type type = switch (e.why()) {
            case SLOW, LATE -> Problem.Type.TOO_SLOW;
            case TOO_LARGE -> Problem.Type.TOO_LARGE;
            case CLOSED, ANSWERED -> null;
        };
        if (type != null) {
            throw new ProblemException(
                    Problem.of(type, String.valueOf(e.getMessage())).withDone(done));
        }
        return e;
    }

    private void takeAll(LineSplitter lines) {
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            take(line, lines.line());
        }
    }

    private void take(byte[] line, long number) {
        if (number == 1 && sender.way() != Sender.Way.USER && ContextJson.isContext(line)) {
            try {
                sender = new Sender(sender.way(), ContextJson.decode(line), sender.ticket());
            } catch (JsonException e) {
                throw e.atLine(number);
            }
            headLines = 1;
            return;
        }
        if (!summarized && number - headLines > Replica.MAX_BATCH) {
            throw new ProblemException(Problem.of(
                            Problem.Type.TOO_LARGE,
                            "there are more than " + Replica.MAX_BATCH + " lines; send fewer, or ask for ?summary")
                    .at(number, 0));
        }
        try {
            batch.add(ChangeJson.decode(line));
        } catch (JsonException e) {
            throw e.atLine(number);
        }
        batchBytes += line.length;
        if (batch.size() == Replica.MAX_BATCH || batchBytes >= limits.batchBytes()) {
            applyBatch();
        }
    }

    private void applyBatch() {
        if (batch.isEmpty()) {
            return;
        }
        List<Outcome> became = replica.apply(List.copyOf(batch), sender);
        if (became.size() != batch.size()) {
            throw new ReplicaException(
                    ReplicaException.Kind.UNKNOWN_OUTCOME,
                    batch.size() + " changes of " + replica.address() + " gave " + became.size() + " outcomes");
        }
        for (int i = 0; i < batch.size(); i++) {
            Uid uid = batch.get(i).uid();
            done++;
            if (summarized) {
                counts.add(done + headLines, uid, became.get(i));
            } else {
                outcomes.add(became.get(i));
            }
        }
        batch.clear();
        batchBytes = 0;
    }

    void answer(Exchange exchange) throws IOException {
        if (summarized) {
            exchange.json(counts.summary().encode());
            return;
        }
        StreamOutput out = exchange.stream(200, Exchange.JSON_LINES);
        for (Outcome outcome : outcomes) {
            out.write(OutcomeJson.encode(outcome));
            out.write('\n');
        }
        out.finish();
    }
}
