package io.twinroot.peer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a repair stands.
 *
 * @param approves the problem whose plan it carries out as it stands; null for one that compares
 * @param step what it is doing, for people
 * @param ended null while it runs
 * @param same whether the two copies were the same when it last looked; null while that is not known
 * @param differing rows found to differ so far, of them {@code missingHere} and {@code missingThere}
 * @param changedHere rows written or deleted here
 * @param changedThere rows written or deleted at the peer
 * @param refused changes that one side did not take
 * @param sentBytes payload to the peer; {@code receivedBytes} from it, in {@code roundTrips} requests
 * @param trouble why it failed or stopped; null where it did not
 */
public record RepairView(
        String id,
        RepairRequest request,
        @Nullable String approves,
        State state,
        String step,
        Instant started,
        @Nullable Instant ended,
        @Nullable Boolean same,
        long differing,
        long missingHere,
        long missingThere,
        long changedHere,
        long changedThere,
        long refused,
        long sentBytes,
        long receivedBytes,
        long roundTrips,
        @Nullable String trouble) {

    /** Whether a repair runs, and how it ended. */
    public enum State {
        RUNNING,
        DONE,
        STOPPED,
        FAILED
    }

    public boolean isOver() {
        return state != State.RUNNING;
    }
}
