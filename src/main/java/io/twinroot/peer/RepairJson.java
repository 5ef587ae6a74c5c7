package io.twinroot.peer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Mode;
import io.twinroot.table.TableName;
import io.twinroot.table.Value;
import io.twinroot.wire.JsonOut;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Repairs and links in JSON. */
final class RepairJson {
    private static final Set<String> NAMES =
            Set.of("table", "peer", "direction", "apply", "maxDeletes", "maxChanges", "mode", "since");

    private RepairJson() {}

    static byte[] encode(RepairView view) {
        return JsonOut.write(out -> write(out, view));
    }

    static byte[] encodeAll(List<RepairView> views) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("repairs");
            for (RepairView view : views) {
                write(out, view);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, RepairView view) throws IOException {
        out.writeStartObject();
        out.writeStringField("id", view.id());
        out.writeStringField("table", view.request().table().text());
        out.writeStringField("peer", view.request().peer());
        optional(out, "direction", view.request().direction());
        out.writeBooleanField("apply", view.request().apply());
        optional(out, "approves", view.approves());
        out.writeStringField("mode", view.request().mode().word());
        optional(out, "since", view.request().since());
        out.writeStringField("state", word(view.state()));
        out.writeStringField("step", view.step());
        out.writeStringField("started", view.started().toString());
        optional(out, "ended", view.ended());
        if (view.same() == null) {
            out.writeNullField("same");
        } else {
            out.writeBooleanField("same", view.same());
        }
        out.writeNumberField("differing", view.differing());
        out.writeNumberField("missingHere", view.missingHere());
        out.writeNumberField("missingThere", view.missingThere());
        out.writeNumberField("changedHere", view.changedHere());
        out.writeNumberField("changedThere", view.changedThere());
        out.writeNumberField("refused", view.refused());
        out.writeNumberField("sentBytes", view.sentBytes());
        out.writeNumberField("receivedBytes", view.receivedBytes());
        out.writeNumberField("roundTrips", view.roundTrips());
        optional(out, "trouble", view.trouble());
        out.writeEndObject();
    }

    static byte[] encodeLinks(List<LinkView> links) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("links");
            for (LinkView link : links) {
                write(out, link);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, LinkView link) throws IOException {
        out.writeStartObject();
        out.writeStringField("table", link.table().text());
        out.writeStringField("peer", link.peer());
        out.writeStringField("address", link.address());
        out.writeStringField("direction", word(link.direction()));
        if (link.every() == null) {
            out.writeNullField("everyMs");
        } else {
            out.writeNumberField("everyMs", link.every().toMillis());
        }
        out.writeStringField("mode", link.mode().word());
        optional(out, "lastSync", link.lastSync());
        optional(out, "verified", link.verified());
        optional(out, "tried", link.tried());
        optional(out, "next", link.next());
        out.writeNumberField("failures", link.failures());
        optional(out, "trouble", link.trouble());
        optional(out, "running", link.running());
        out.writeEndObject();
    }

    private static void optional(JsonGenerator out, String name, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeNullField(name);
        } else {
            out.writeStringField(name, value instanceof Enum<?> constant ? word(constant) : value.toString());
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** @throws ProblemException when it does not say what to repair */
    static RepairRequest decode(byte[] json) {
        if (!(ValueJson.decode(json) instanceof Value.Mapping(Map<String, Value> members))) {
            throw bad("body", "a repair is an object with table and peer");
        }
        members.keySet().stream()
                .filter(name -> !NAMES.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw bad(name, "the name '" + Exchange.clip(name) + "' is not known here; there are " + NAMES);
                });
        Mode mode = members.containsKey("mode") ? mode(text(members, "mode")) : Mode.TREE;
        Instant since = members.containsKey("since") ? time(text(members, "since")) : null;
        if (since != null && mode != Mode.INCREMENTAL) {
            throw bad("since", "since goes with the mode incremental only");
        }
        return new RepairRequest(
                table(text(members, "table")),
                text(members, "peer"),
                members.containsKey("direction") ? direction(text(members, "direction")) : null,
                flag(members, "apply"),
                number(members, "maxDeletes"),
                number(members, "maxChanges"),
                mode,
                since);
    }

    private static Mode mode(String word) {
        return Mode.of(word).orElseThrow(() -> bad("mode", "a mode is tree, full, partial or incremental"));
    }

    private static Instant time(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw bad("since", "since is a time as 2026-01-02T03:04:05Z");
        }
    }

    private static ProblemException bad(String name, String detail) {
        return ProblemException.parameter(name, detail);
    }

    private static TableName table(String name) {
        try {
            return new TableName(name);
        } catch (IllegalArgumentException e) {
            throw bad("table", String.valueOf(e.getMessage()));
        }
    }

    private static Direction direction(String word) {
        return switch (word) {
            case "pull" -> Direction.PULL;
            case "push" -> Direction.PUSH;
            case "both" -> Direction.BOTH;
            default -> throw bad("direction", "a direction is pull, push or both");
        };
    }

    private static String text(Map<String, Value> members, String name) {
        if (members.get(name) instanceof Value.Text(String text)) {
            return text;
        }
        throw bad(name, "a repair needs its " + name + ", a text");
    }

    private static boolean flag(Map<String, Value> members, String name) {
        return switch (members.get(name)) {
            case null -> false;
            case Value.Bool(boolean b) -> b;
            default -> throw bad(name, name + " is true or false");
        };
    }

    private static @Nullable Long number(Map<String, Value> members, String name) {
        return switch (members.get(name)) {
            case null -> null;
            case Value.Int(long n) when n >= 0 -> n;
            default -> throw bad(name, name + " is a number, 0 or more");
        };
    }
}
