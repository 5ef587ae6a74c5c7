package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Opaque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Carries the messages of one narrowing between two replicas. A side that is at hand is the initiator; where
 * both are far away the first one plays it there, and the messages pass through here.
 */
final class Exchange {
    private final Replica mine;
    private final Replica theirs;
    private final LongSupplier random;
    private final int mostDifferences;
    private final boolean prove;
    private int roundTrips;
    private long bytes;

    Exchange(Replica mine, Replica theirs, LongSupplier random, int mostDifferences, boolean prove) {
        this.mine = mine;
        this.theirs = theirs;
        this.random = random;
        this.mostDifferences = mostDifferences;
        this.prove = prove;
    }

    Comparison.Cost cost() {
        return new Comparison.Cost(roundTrips, bytes, 0);
    }

    /** Narrows; once more with long hashes after a collision, and anew where a session was lost. */
    Narrowing.Result run() {
        int width = Narrowing.SHORT;
        for (int attempt = 1; ; attempt++) {
            try {
                Narrowing.Result result = narrow(width);
                if (!(result instanceof Narrowing.Result.Collision)) {
                    return result;
                }
                width = Narrowing.LONG;
            } catch (ReplicaException e) {
                if (e.kind() != Kind.SESSION_GONE || attempt >= 3) {
                    throw e;
                }
            }
        }
    }

    private Narrowing.Result narrow(int width) {
        Optional<Snapshot> here = mine.snapshot();
        if (here.isPresent()) {
            return local(here.get(), theirs, width);
        }
        Optional<Snapshot> there = theirs.snapshot();
        return there.isPresent() ? flipped(local(there.get(), mine, width)) : driven(width);
    }

    private Narrowing.Result local(Snapshot snapshot, Replica responder, int width) {
        try {
            Narrowing narrowing = new Narrowing(snapshot, width, random.getAsLong(), mostDifferences, prove);
            Opaque question = new Opaque(narrowing.start());
            while (true) {
                switch (narrowing.next(ask(responder, question.toBytes()))) {
                    case Narrowing.Step.Ask(Opaque next) -> question = next;
                    case Narrowing.Step.Done(Narrowing.Result result) -> {
                        return result;
                    }
                }
            }
        } catch (MessageException e) {
            throw badAnswer(responder, e);
        }
    }

    private byte[] ask(Replica responder, byte[] question) {
        byte[] answer = responder.narrow(question);
        roundTrips++;
        bytes += question.length + answer.length;
        return answer;
    }

    private static ReplicaException badAnswer(Replica replica, MessageException cause) {
        return new ReplicaException(Kind.BAD_ANSWER, replica.address() + ": " + cause.getMessage(), cause);
    }

    private Narrowing.Result driven(int width) {
        try {
            Message step = MessageCodec.decode(
                    mine.narrow(MessageCodec.encode(new Message.Drive(width, prove), width)), width);
            while (step instanceof Message.Driven(long session, Opaque question)) {
                byte[] answer = ask(theirs, question.toBytes());
                step = MessageCodec.decode(
                        mine.narrow(MessageCodec.encode(new Message.DriveNext(session, new Opaque(answer)), width)),
                        width);
                if (step instanceof Message.DriveEnd end) {
                    return ended(session, end);
                }
            }
            throw new MessageException(
                    "this is no step of a narrowing: " + step.getClass().getSimpleName());
        } catch (MessageException e) {
            throw badAnswer(mine, e);
        }
    }

    private Narrowing.Result ended(long session, Message.DriveEnd end) {
        return switch (end.ending()) {
            case 0 -> new Narrowing.Result.Same();
            case 2 -> new Narrowing.Result.Incompatible(end.detail());
            case 3 -> new Narrowing.Result.Collision();
            default -> new Narrowing.Result.Different(pages(session, end), end.proven(), end.truncated());
        };
    }

    private List<Difference> pages(long session, Message.DriveEnd first) {
        List<Difference> differences = new ArrayList<>();
        first.page().forEach(finding -> differences.add(difference(finding)));
        for (int page = 1; page < first.pages() && differences.size() < mostDifferences; page++) {
            byte[] answer = mine.narrow(MessageCodec.encode(new Message.DrivePage(session, page), Narrowing.SHORT));
            if (!(MessageCodec.decode(answer, Narrowing.SHORT) instanceof Message.DriveEnd next)) {
                throw new MessageException("this is no page of differences");
            }
            next.page().forEach(finding -> differences.add(difference(finding)));
        }
        return differences;
    }

    private static Difference difference(Message.Finding finding) {
        return switch (finding) {
            case Message.Finding.OfRow(var uid, var mine, var theirs) -> new Difference.OfRow(uid, mine, theirs);
            case Message.Finding.OnlyMine(var range, long count) -> new Difference.OnlyMine(range, count);
            case Message.Finding.OnlyTheirs(var range, long count) -> new Difference.OnlyTheirs(range, count);
        };
    }

    private static Narrowing.Result flipped(Narrowing.Result result) {
        return result instanceof Narrowing.Result.Different(List<Difference> all, boolean proven, boolean truncated)
                ? new Narrowing.Result.Different(
                        all.stream().map(Difference::flipped).toList(), proven, truncated)
                : result;
    }
}
