package io.twinroot.wire;

import io.twinroot.table.Outcome;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed, as a problem document (RFC 9457, {@code application/problem+json}).
 *
 * @param type what went wrong, in a way that programs can tell apart
 * @param detail what went wrong this time and what can be done
 * @param uid the row it was about
 * @param line of JSON lines where the error was seen, from 1
 * @param offset of the byte in the document, or in the line, from 0
 * @param parameter the part of the path or query, or the header, that is wrong
 * @param done how many changes of this request are applied and durable
 * @param outcome what became of the one change that the request made
 */
public record Problem(
        Type type,
        String detail,
        @Nullable Uid uid,
        @Nullable Long line,
        @Nullable Long offset,
        @Nullable String parameter,
        @Nullable Long done,
        @Nullable Outcome outcome) {

    /** Each kind of problem with its status. */
    public enum Type {
        BAD_REQUEST(400, "The request is wrong"),
        FOREIGN_ORIGIN(403, "A page of elsewhere must not call this node"),
        UNKNOWN_PATH(404, "There is nothing at this path"),
        UNKNOWN_TABLE(404, "There is no such table"),
        UNKNOWN_ROW(404, "There is no such row"),
        UNKNOWN_REPAIR(404, "There is no such repair"),
        UNKNOWN_PROBLEM(404, "There is no such problem"),
        UNKNOWN_TRASH(404, "There is no such row in the trash"),
        WRONG_METHOD(405, "The path does not know this method"),
        NOT_ACCEPTABLE(406, "There is no answer of the wanted type"),
        TOO_SLOW(408, "The request took too long"),
        INCOMPATIBLE(409, "The copies can't be compared"),
        OLDER(409, "What is held is newer"),
        LINGERING(409, "This version was deleted here"),
        IDENTITY_CONFLICT(409, "Two nodes pass for one"),
        GUARD(409, "It would change more than is allowed"),
        SESSION_GONE(410, "The narrowing session is over"),
        CURSOR_GONE(410, "The log does not reach back to the cursor"),
        CHANGED(412, "The row is not in the expected state"),
        TOO_LARGE(413, "The request is too large"),
        URI_TOO_LONG(414, "The address is too long"),
        WRONG_TYPE(415, "The body has another type than is taken here"),
        WRONG_HOST(421, "The request was meant for another host"),
        PARKED(422, "The change waits among the problems"),
        REFUSED(422, "The change is not acceptable"),
        HEADERS_TOO_LARGE(431, "The headers are too large"),
        INTERNAL(500, "The node has an error"),
        UNKNOWN_OUTCOME(500, "It is not known whether the changes were applied"),
        UNREACHABLE(502, "Another node could not be reached"),
        BAD_ANSWER(502, "Another node broke the protocol"),
        BUSY(503, "Too much is going on"),
        NOT_READY(503, "The node is not ready"),
        STORAGE(507, "The storage refuses");

        private static final String PREFIX = "urn:twinroot:problem:";

        private final int status;
        private final String title;

        Type(int status, String title) {
            this.status = status;
            this.title = title;
        }

        public int status() {
            return status;
        }

        /** The type's URI. */
        public String uri() {
            return PREFIX + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static @Nullable Type of(String uri) {
            for (Type type : values()) {
                if (type.uri().equals(uri)) {
                    return type;
                }
            }
            return null;
        }
    }

    public static Problem of(Type type, String detail) {
        return new Problem(type, detail, null, null, null, null, null, null);
    }

    public Problem withUid(Uid of) {
        return new Problem(type, detail, of, line, offset, parameter, done, outcome);
    }

    /** At this byte, and in this line where it is not 0. */
    public Problem at(long atLine, long atOffset) {
        return new Problem(type, detail, uid, atLine > 0 ? atLine : null, atOffset, parameter, done, outcome);
    }

    public Problem withParameter(String name) {
        return new Problem(type, detail, uid, line, offset, name, done, outcome);
    }

    public Problem withDone(long changes) {
        return new Problem(type, detail, uid, line, offset, parameter, changes, outcome);
    }

    public Problem withOutcome(Outcome became) {
        return new Problem(type, detail, uid, line, offset, parameter, done, became);
    }

    public byte[] encode() {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("type", type.uri());
            out.writeStringField("title", type.title);
            out.writeNumberField("status", type.status);
            out.writeStringField("detail", wellFormed(detail));
            if (uid != null) {
                out.writeFieldName("uid");
                ValueJson.writeUid(out, uid);
            }
            if (line != null) {
                out.writeNumberField("line", line);
            }
            if (offset != null) {
                out.writeNumberField("offset", offset);
            }
            if (parameter != null) {
                out.writeStringField("parameter", parameter);
            }
            if (done != null) {
                out.writeNumberField("done", done);
            }
            if (outcome != null) {
                out.writeFieldName("outcome");
                OutcomeJson.write(out, outcome);
            }
            out.writeEndObject();
        });
    }

    /** Foreign text may be quoted in a detail, also broken text. */
    static String wellFormed(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /**
     * Reads type, detail, done and outcome, and ignores the rest.
     *
     * @throws JsonException when it is no problem document, or of an unknown type
     */
    public static Problem decode(byte[] json) {
        if (!(ValueJson.decode(json) instanceof Value.Mapping(var members))
                || !(members.get("type") instanceof Value.Text(String uri))) {
            throw new JsonException(0, "this is no problem document");
        }
        String detail = members.get("detail") instanceof Value.Text(String text) ? text : "";
        Problem problem = of(known(uri), detail);
        if (members.get("done") instanceof Value.Int(long done)) {
            problem = problem.withDone(done);
        }
        if (members.get("outcome") instanceof Value.Mapping outcome) {
            problem = problem.withOutcome(OutcomeJson.decode(ValueJson.encode(outcome)));
        }
        return problem;
    }

    private static Type known(String uri) {
        Type type = Type.of(uri);
        if (type == null) {
            throw new JsonException(0, "this is no problem document of a known type");
        }
        return type;
    }
}
