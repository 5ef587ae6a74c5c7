package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Outcome;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What became of a change, in JSON: {@code {"outcome": "applied", "stamp": …}} and so on. */
public final class OutcomeJson {
    private OutcomeJson() {}

    public static byte[] encode(Outcome outcome) {
        return JsonOut.write(out -> write(out, outcome));
    }

    static void write(JsonGenerator out, Outcome outcome) throws IOException {
        out.writeStartObject();
        out.writeStringField("outcome", name(outcome));
        switch (outcome) {
            case Outcome.Applied(Stamp stamp) -> out.writeStringField("stamp", stamp.text());
            case Outcome.Same() -> {}
            case Outcome.Older(RowState held) -> {
                out.writeFieldName("held");
                StateJson.write(out, held);
            }
            case Outcome.ChangedMeanwhile(RowState held) -> {
                out.writeFieldName("held");
                StateJson.write(out, held);
            }
            case Outcome.Lingering() -> {}
            case Outcome.Parked(String reason) -> out.writeStringField("reason", reason);
            case Outcome.Refused(String reason) -> out.writeStringField("reason", reason);
        }
        out.writeEndObject();
    }

    /** The word for an outcome: applied, same, older, changed, lingering, parked, refused. */
    public static String name(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Applied applied -> "applied";
            case Outcome.Same same -> "same";
            case Outcome.Older older -> "older";
            case Outcome.ChangedMeanwhile changed -> "changed";
            case Outcome.Lingering lingering -> "lingering";
            case Outcome.Parked parked -> "parked";
            case Outcome.Refused refused -> "refused";
        };
    }

    /** @throws JsonException when it is not one outcome as docs/protocol.md has it */
    public static Outcome decode(byte[] json) {
        return JsonIn.read(json, OutcomeJson::read);
    }

    private static Outcome read(JsonIn in) {
        JsonIn.Members members = in.object("an outcome");
        String outcome = null;
        Stamp stamp = null;
        RowState held = null;
        String reason = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "outcome" -> outcome = in.text("an outcome's name");
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "held" -> held = StateJson.read(in);
                case "reason" -> reason = in.text("a reason");
                default -> throw members.unknown(name, "outcome, stamp, held, reason");
            }
        }
        Outcome made = outcome == null ? null : make(outcome, stamp, held, reason);
        if (made == null) {
            throw in.error(
                    "an outcome is applied with a stamp, same, lingering, older or changed with what is held, or parked"
                            + " or refused with a reason");
        }
        return made;
    }

    private static @Nullable Outcome make(
            String outcome, @Nullable Stamp stamp, @Nullable RowState held, @Nullable String reason) {
        return switch (outcome) {
            case "applied" -> stamp == null ? null : new Outcome.Applied(stamp);
            case "same" -> new Outcome.Same();
            case "older" -> held == null ? null : new Outcome.Older(held);
            case "changed" -> held == null ? null : new Outcome.ChangedMeanwhile(held);
            case "lingering" -> new Outcome.Lingering();
            case "parked" -> reason == null ? null : new Outcome.Parked(reason);
            case "refused" -> reason == null ? null : new Outcome.Refused(reason);
            default -> null;
        };
    }
}
