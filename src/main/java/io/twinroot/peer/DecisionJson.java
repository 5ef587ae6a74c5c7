package io.twinroot.peer;

import io.twinroot.table.Body;
import io.twinroot.table.Stamp;
import io.twinroot.table.Value;
import io.twinroot.wire.ValueJson;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Decisions in JSON: {@code {"decision": …}}, with {@code "seen"} and {@code "body"} where they take that. */
final class DecisionJson {
    private static final String KNOWN = "a decision is {\"decision\":…} with accept, keep-mine, keep-theirs, put (with"
            + " \"body\":{…}), retry, approve, reject, trust-database or trust-mirror, and, for those of a conflict, \"seen\": the stamp of the row that was looked at";

    private DecisionJson() {}

    /** @throws ProblemException when it is no decision */
    static Decision decode(byte[] json) {
        Map<String, Value> members = members(json);
        return switch (word(members)) {
            case "accept" -> {
                only(members, Set.of("decision"));
                yield new Decision.Accept();
            }
            case "retry" -> {
                only(members, Set.of("decision"));
                yield new Decision.Retry();
            }
            case "approve" -> {
                only(members, Set.of("decision"));
                yield new Decision.Approve();
            }
            case "reject" -> {
                only(members, Set.of("decision"));
                yield new Decision.Reject();
            }
            case "trust-database", "trust-mirror" -> {
                only(members, Set.of("decision"));
                yield new Decision.Trust(word(members).equals("trust-database"));
            }
            case "keep-mine" -> {
                only(members, Set.of("decision", "seen"));
                yield new Decision.Keep(true, seen(members));
            }
            case "keep-theirs" -> {
                only(members, Set.of("decision", "seen"));
                yield new Decision.Keep(false, seen(members));
            }
            case "put" -> {
                only(members, Set.of("decision", "seen", "body"));
                if (members.get("body") instanceof Value.Mapping fields) {
                    yield new Decision.Put(new Body.Fields(fields), seen(members));
                }
                throw ProblemException.parameter("body", "put has a body, the fields of the row: {\"body\":{…}}");
            }
            default -> throw ProblemException.parameter("decision", KNOWN);
        };
    }

    /**
     * The one decision about a row in the trash; gives what was seen.
     *
     * @throws ProblemException when it is another
     */
    static Optional<Stamp> decodeRestore(byte[] json) {
        Map<String, Value> members = members(json);
        if (!word(members).equals("restore")) {
            throw ProblemException.parameter(
                    "decision", "what is in the trash is put back with {\"decision\":\"restore\"}");
        }
        only(members, Set.of("decision", "seen"));
        return seen(members);
    }

    private static Map<String, Value> members(byte[] json) {
        return ValueJson.decode(json) instanceof Value.Mapping(Map<String, Value> members) ? members : Map.of();
    }

    private static String word(Map<String, Value> members) {
        return members.get("decision") instanceof Value.Text(String word) ? word : "";
    }

    private static void only(Map<String, Value> members, Set<String> known) {
        if (!known.containsAll(members.keySet())) {
            throw ProblemException.parameter("decision", "this decision has no other members than " + known);
        }
    }

    private static Optional<Stamp> seen(Map<String, Value> members) {
        Value seen = members.get("seen");
        if (seen == null) {
            return Optional.empty();
        }
        try {
            if (seen instanceof Value.Text(String text)) {
                return Optional.of(Stamp.parse(text));
            }
        } catch (IllegalArgumentException e) {
            throw ProblemException.parameter("seen", String.valueOf(e.getMessage()));
        }
        throw ProblemException.parameter("seen", "seen is a stamp");
    }
}
