package io.twinroot.peer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.reconcile.Intent;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.Met;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.wire.ContextJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.JsonIn;
import io.twinroot.wire.JsonOut;
import io.twinroot.wire.StateJson;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What two replicas say to each other before, and at the end of, a repair, in JSON. */
final class MeetingJson {
    /** The most bytes of what one replica says of itself. */
    static final int KNOWLEDGE_BYTES_MAX = 4 << 20;

    /** The most UIDs and ranges, together, in what a repair is about to do. */
    static final int INTENT_ITEMS_MAX = 1_000_000;

    /** The most characters of an identity's name, a ticket, and who repairs. */
    static final int NAME_MAX = 1_000;

    static final int NOTES_MAX = 100;
    static final int NOTE_LENGTH_MAX = 2_000;

    private MeetingJson() {}

    static byte[] encode(Knowledge knowledge) {
        return JsonOut.write(out -> write(out, knowledge));
    }

    private static void write(JsonGenerator out, Knowledge knowledge) throws IOException {
        out.writeStartObject();
        out.writeStringField("node", knowledge.node());
        Incarnation incarnation = knowledge.incarnation();
        out.writeStringField("incarnation", incarnation == null ? null : incarnation.hex());
        out.writeArrayFieldStart("lives");
        for (Incarnation life : knowledge.lives()) {
            out.writeString(life.hex());
        }
        out.writeEndArray();
        ContextJson.write(out, knowledge.context());
        out.writeStringField("clock", HexFormat.of().toHexDigits(knowledge.clock()));
        out.writeArrayFieldStart("latest");
        for (Stamp stamp : knowledge.latest()) {
            out.writeString(stamp.text());
        }
        out.writeEndArray();
        out.writeBooleanField("damaged", knowledge.damaged());
        out.writeEndObject();
    }

    /** @throws JsonException when it is not what docs/protocol.md has */
    static Knowledge decodeKnowledge(byte[] json) {
        return JsonIn.read(json, MeetingJson::readKnowledge);
    }

    private static Knowledge readKnowledge(JsonIn in) {
        JsonIn.Members members = in.object("what a replica knows");
        String node = null;
        Incarnation incarnation = null;
        List<Incarnation> lives = null;
        Context context = null;
        Long clock = null;
        List<Stamp> latest = null;
        boolean damaged = false;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "node" -> node = text(in, "the name of an identity", NAME_MAX);
                case "incarnation" -> incarnation = in.token() == JsonToken.VALUE_NULL ? null : incarnation(in);
                case "lives" -> lives = list(in, "lives", Knowledge.LIVES_MAX, () -> incarnation(in));
                case "context" -> context = ContextJson.read(in);
                case "clock" -> clock = clock(in);
                case "latest" -> latest = list(in, "latest", Knowledge.LIVES_MAX, () -> StateJson.readStamp(in));
                case "damaged" -> damaged = in.bool(name);
                default -> throw members.unknown(name, "node, incarnation, lives, context, clock, latest, damaged");
            }
        }
        if (node == null
                || !members.has("incarnation")
                || lives == null
                || context == null
                || clock == null
                || latest == null
                || !members.has("damaged")) {
            throw in.error("a replica's knowledge has node, incarnation, lives, context, clock, latest and damaged");
        }
        return new Knowledge(node, incarnation, lives, context, clock, latest, damaged);
    }

    private static Incarnation incarnation(JsonIn in) {
        String hex = in.text("an incarnation");
        Incarnation read = in.check(() -> Incarnation.ofHex(hex));
        if (!read.hex().equals(hex)) {
            throw in.error("an incarnation is 32 hexadecimal digits in lower case");
        }
        return read;
    }

    private static long clock(JsonIn in) {
        String hex = in.text("a clock");
        if (!hex.matches("[0-9a-f]{16}")) {
            throw in.error("a clock is 16 hexadecimal digits in lower case");
        }
        return HexFormat.fromHexDigitsToLong(hex);
    }

    private static String text(JsonIn in, String what, int max) {
        String text = in.text(what);
        if (text.length() > max || text.chars().anyMatch(Character::isISOControl)) {
            throw in.error(what + " has at most " + max + " characters, none of them a control character");
        }
        return text;
    }

    private static <T> List<T> list(JsonIn in, String name, int max, Supplier<T> reading) {
        in.array("the array of " + name);
        List<T> all = new ArrayList<>();
        while (in.item()) {
            if (all.size() >= max) {
                throw in.error("there are more than " + max + " " + name);
            }
            all.add(reading.get());
        }
        return all;
    }

    /**
     * The end of a whole walk, as one of the two hears it.
     *
     * @param context that the other had before it began
     * @param life the incarnation that this one had then; null for none
     */
    record Walked(Context context, @Nullable Incarnation life) {}

    static byte[] encode(Walked walk) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            ContextJson.write(out, walk.context);
            Incarnation life = walk.life;
            if (life != null) {
                out.writeStringField("incarnation", life.hex());
            }
            out.writeEndObject();
        });
    }

    /** @throws JsonException when it is not what docs/protocol.md has */
    static Walked decodeWalked(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("the end of a walk");
            Context context = null;
            Incarnation life = null;
            for (String name = members.next(); name != null; name = members.next()) {
                switch (name) {
                    case "context" -> context = ContextJson.read(in);
                    case "incarnation" -> life = incarnation(in);
                    default -> throw members.unknown(name, "context, incarnation");
                }
            }
            if (context == null) {
                throw in.error("there is no context");
            }
            return new Walked(context, life);
        });
    }

    /** Notes beyond what an answer takes are left out or cut. */
    static byte[] encode(Met met) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField(
                    "standing",
                    switch (met.standing()) {
                        case CURRENT -> "current";
                        case BEHIND -> "behind";
                        case DAMAGED -> "damaged";
                    });
            out.writeArrayFieldStart("notes");
            for (String note :
                    met.notes().subList(0, Math.min(NOTES_MAX, met.notes().size()))) {
                out.writeString(plain(note, NOTE_LENGTH_MAX));
            }
            out.writeEndArray();
            out.writeFieldName("knowledge");
            write(out, met.knowledge());
            out.writeEndObject();
        });
    }

    /** A text that a person may see on a terminal. */
    private static String plain(String text, int max) {
        return text.codePoints()
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .limit(max / 2)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** @throws JsonException when it is not what docs/protocol.md has */
    static Met decodeMet(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("an answer to a meeting");
            Met.Standing standing = null;
            List<String> notes = null;
            Knowledge knowledge = null;
            for (String name = members.next(); name != null; name = members.next()) {
                switch (name) {
                    case "standing" ->
                        standing = switch (in.text(name)) {
                            case "current" -> Met.Standing.CURRENT;
                            case "behind" -> Met.Standing.BEHIND;
                            case "damaged" -> Met.Standing.DAMAGED;
                            default -> throw in.error("a standing is current, behind or damaged");
                        };
                    case "notes" -> notes = list(in, name, NOTES_MAX, () -> text(in, "a note", NOTE_LENGTH_MAX));
                    case "knowledge" -> knowledge = readKnowledge(in);
                    default -> throw members.unknown(name, "standing, notes, knowledge");
                }
            }
            if (standing == null || notes == null || knowledge == null) {
                throw in.error("an answer to a meeting has standing, notes and knowledge");
            }
            return new Met(standing, notes, knowledge);
        });
    }

    static byte[] encode(Intent intent) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("from", plain(intent.from(), NAME_MAX));
            writeUids(out, "changed", intent.changed());
            writeUids(out, "deleted", intent.deleted());
            out.writeNumberField("added", intent.added());
            out.writeArrayFieldStart("ranges");
            for (UidRange range : intent.ranges()) {
                out.writeStartObject();
                writeBound(out, "start", range.start());
                writeBound(out, "stop", range.stop());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void writeUids(JsonGenerator out, String name, List<Uid> uids) throws IOException {
        out.writeArrayFieldStart(name);
        for (Uid uid : uids) {
            ValueJson.writeUid(out, uid);
        }
        out.writeEndArray();
    }

    private static void writeBound(JsonGenerator out, String name, @Nullable Uid bound) throws IOException {
        if (bound != null) {
            out.writeFieldName(name);
            ValueJson.writeUid(out, bound);
        }
    }

    /** @throws JsonException when it is not what docs/protocol.md has */
    static Intent decodeIntent(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("what a repair is about to do");
            String from = null;
            List<Uid> changed = List.of();
            List<Uid> deleted = List.of();
            long added = 0;
            List<UidRange> ranges = List.of();
            for (String name = members.next(); name != null; name = members.next()) {
                int left = INTENT_ITEMS_MAX - changed.size() - deleted.size() - ranges.size();
                switch (name) {
                    case "from" -> from = text(in, "who repairs", NAME_MAX);
                    case "changed" -> changed = list(in, "UIDs and ranges", left, () -> ValueJson.readUid(in));
                    case "deleted" -> deleted = list(in, "UIDs and ranges", left, () -> ValueJson.readUid(in));
                    case "added" -> added = in.count("a number of rows");
                    case "ranges" -> ranges = list(in, "UIDs and ranges", left, () -> range(in));
                    default -> throw members.unknown(name, "from, changed, deleted, added, ranges");
                }
            }
            if (from == null) {
                throw in.error("what a repair is about to do has from: who repairs, and against what");
            }
            return new Intent(from, changed, deleted, added, ranges);
        });
    }

    private static UidRange range(JsonIn in) {
        JsonIn.Members members = in.object("a range");
        Uid start = null;
        Uid stop = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "start" -> start = ValueJson.readBound(in);
                case "stop" -> stop = ValueJson.readBound(in);
                default -> throw members.unknown(name, "start, stop");
            }
        }
        Uid from = start;
        Uid to = stop;
        return in.check(() -> new UidRange(from, to));
    }

    /** {@code {"ticket": …}} */
    static byte[] encodeTicket(String ticket) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("ticket", ticket);
            out.writeEndObject();
        });
    }

    /** @throws JsonException when it is not what docs/protocol.md has */
    static String decodeTicket(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("an object with a ticket");
            String ticket = null;
            for (String name = members.next(); name != null; name = members.next()) {
                if (!name.equals("ticket")) {
                    throw members.unknown(name, "ticket");
                }
                ticket = text(in, "a ticket", NAME_MAX);
            }
            if (ticket == null) {
                throw in.error("there is no ticket");
            }
            return ticket;
        });
    }
}
