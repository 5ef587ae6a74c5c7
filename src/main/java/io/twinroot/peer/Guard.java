package io.twinroot.peer;

import io.twinroot.reconcile.Replica;
import io.twinroot.table.Digest;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.Uid;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.Problem;
import io.twinroot.wire.StateJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The headers that say in which state a row must be for a request to be done. */
final class Guard {
    static final String STATE = "Twinroot-If";

    private Guard() {}

    /**
     * The state that a change of this row is to expect; null for any.
     *
     * @throws ProblemException when the row is not in the state that If-Match or If-None-Match asks for
     */
    static @Nullable RowState expected(Exchange exchange, Replica replica, Uid uid) {
        Optional<String> match = exchange.header("If-Match");
        Optional<String> noneMatch = exchange.header("If-None-Match");
        Optional<String> state = exchange.header(STATE);
        if ((match.isPresent() ? 1 : 0) + (noneMatch.isPresent() ? 1 : 0) + (state.isPresent() ? 1 : 0) > 1) {
            throw ProblemException.parameter("If-Match", "give one of If-Match, If-None-Match and " + STATE);
        }
        if (state.isPresent()) {
            return state(state.get());
        }
        if (noneMatch.isPresent() && !noneMatch.get().equals("*")) {
            throw ProblemException.parameter("If-None-Match", "If-None-Match is taken as * only: there is no live row");
        }
        if (match.isEmpty() && noneMatch.isEmpty()) {
            return null;
        }
        RowState held = replica.states(List.of(uid)).getFirst();
        boolean holds = match.isPresent() ? matches(match.get(), held) : !(held instanceof RowState.Live);
        if (!holds) {
            throw new ProblemException(
                    Problem.of(Problem.Type.CHANGED, "the row is not in the state that the request expects")
                            .withUid(uid)
                            .withOutcome(new Outcome.ChangedMeanwhile(held)));
        }
        return held;
    }

    private static RowState state(String json) {
        try {
            return StateJson.decode(json.getBytes(StandardCharsets.UTF_8));
        } catch (JsonException e) {
            throw ProblemException.parameter(STATE, String.valueOf(e.getMessage()));
        }
    }

    /** Whether an If-Match ({@code "digest"} or {@code *}) holds for this state. */
    static boolean matches(String match, RowState held) {
        if (match.equals("*")) {
            return held instanceof RowState.Live;
        }
        if (!match.matches("\"[0-9a-f]{64}\"")) {
            throw ProblemException.parameter("If-Match", "If-Match is a row's digest in quotes, 64 hexadecimal digits");
        }
        return held instanceof RowState.Live(var stamp, Digest digest)
                && tag(digest).equals(match);
    }

    /** The entity tag of a row. */
    static String tag(Digest digest) {
        return "\"" + digest.hex() + "\"";
    }
}
