package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a plan in JSON. The first name in a line says what the line is:
 *
 * <pre>
 * {"twinroot":"plan","format":1,"a":…,"b":…,"direction":"both","policy":"newest","made":…}
 * {"table":{"a":{"name":…,"rows":2,"root":…},"b":{…}},"digestExcludes":[…],…}
 * {"step":"take","uid":…,"a":STATE,"b":STATE}
 * {"leave":{"uid":…,"a":STATE,"b":STATE},"why":…}
 * {"leave":{"start":…,"stop":…,"rows":3},"why":…}
 * {"end":true,"steps":1,"left":4,"sha256":…}
 * </pre>
 */
public final class PlanJson {
    /** The only format that there is. */
    public static final int FORMAT = 1;

    /** The most bytes of a line. */
    public static final int LINE_MAX = CarryJson.LINE_MAX;

    private static final String KINDS = "twinroot, table, step, leave, end";

    private PlanJson() {}

    public static byte[] encode(PlanLine line) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            switch (line) {
                case PlanLine.Head head -> writeHead(out, head);
                case PlanLine.Table table -> {
                    out.writeObjectFieldStart("table");
                    writeCopy(out, "a", table.a());
                    writeCopy(out, "b", table.b());
                    out.writeEndObject();
                    TableJson.writeRules(out, table.rules());
                }
                case PlanLine.Step(var action, Uid uid, RowState a, RowState b) -> {
                    out.writeStringField("step", action.word());
                    writeRow(out, uid, a, b);
                }
                case PlanLine.Leave(Uid uid, RowState a, RowState b, String why) -> {
                    out.writeObjectFieldStart("leave");
                    writeRow(out, uid, a, b);
                    out.writeEndObject();
                    out.writeStringField("why", CarryJson.plain(why));
                }
                case PlanLine.LeaveRange(UidRange range, long rows, String why) -> {
                    out.writeObjectFieldStart("leave");
                    writeBound(out, "start", range.start());
                    writeBound(out, "stop", range.stop());
                    out.writeNumberField("rows", rows);
                    out.writeEndObject();
                    out.writeStringField("why", CarryJson.plain(why));
                }
                case PlanLine.End(long steps, long left, Digest digest) -> {
                    out.writeBooleanField("end", true);
                    out.writeNumberField("steps", steps);
                    out.writeNumberField("left", left);
                    out.writeStringField("sha256", digest.hex());
                }
            }
            out.writeEndObject();
        });
    }

    private static void writeHead(JsonGenerator out, PlanLine.Head head) throws IOException {
        out.writeStringField("twinroot", "plan");
        out.writeNumberField("format", FORMAT);
        out.writeStringField("a", CarryJson.plain(head.a()));
        out.writeStringField("b", CarryJson.plain(head.b()));
        out.writeStringField("direction", head.way().word());
        out.writeStringField("policy", word(head.policy()));
        out.writeStringField("made", head.made().toString());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void writeCopy(JsonGenerator out, String side, PlanLine.Copy copy) throws IOException {
        out.writeObjectFieldStart(side);
        out.writeStringField("name", copy.name().text());
        out.writeNumberField("rows", copy.rows());
        out.writeStringField("root", copy.root().hex());
        out.writeEndObject();
    }

    private static void writeRow(JsonGenerator out, Uid uid, RowState a, RowState b) throws IOException {
        out.writeFieldName("uid");
        ValueJson.writeUid(out, uid);
        out.writeFieldName("a");
        StateJson.write(out, a);
        out.writeFieldName("b");
        StateJson.write(out, b);
    }

    private static void writeBound(JsonGenerator out, String name, @Nullable Uid bound) throws IOException {
        out.writeFieldName(name);
        if (bound == null) {
            out.writeNull();
        } else {
            ValueJson.writeUid(out, bound);
        }
    }

    /** @throws JsonException when it is not one line as docs/carry.md has it */
    public static PlanLine decode(byte[] json) {
        return JsonIn.read(json, PlanJson::read);
    }

    private static PlanLine read(JsonIn in) {
        JsonIn.Members members = in.object("a line of a plan");
        String kind = members.next();
        return switch (kind) {
            case "twinroot" -> readHead(in, members);
            case "table" -> readTable(in, members);
            case "step" -> readStep(in, members);
            case "leave" -> readLeave(in, members);
            case "end" -> readEnd(in, members);
            case null -> throw in.error("an empty object; a line starts with one of " + KINDS);
            default -> throw members.unknown(kind, KINDS + ", one of them first");
        };
    }

    private static PlanLine readHead(JsonIn in, JsonIn.Members members) {
        FileHead.read(in, members, "plan", FORMAT);
        String a = null;
        String b = null;
        PlanLine.Way way = null;
        ConflictPolicy policy = null;
        Instant made = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "a" -> a = CarryJson.readPlain(in, "an address");
                case "b" -> b = CarryJson.readPlain(in, "an address");
                case "direction" -> way = readWord(in, "a direction", PlanLine.Way.values());
                case "policy" -> policy = readWord(in, "a policy", ConflictPolicy.values());
                case "made" -> made = CarryJson.readTime(in);
                default -> throw members.unknown(name, "twinroot, format, a, b, direction, policy, made");
            }
        }
        if (a == null || b == null || way == null || policy == null || made == null) {
            throw in.error("the first line has a, b, direction, policy and made");
        }
        return new PlanLine.Head(a, b, way, policy, made);
    }

    private static <E extends Enum<E>> E readWord(JsonIn in, String what, E[] values) {
        String text = in.text(what);
        Optional<E> found =
                Arrays.stream(values).filter(value -> word(value).equals(text)).findFirst();
        return found.orElseThrow(() -> in.error(
                what + " is one of " + Arrays.stream(values).map(PlanJson::word).collect(Collectors.joining(", "))));
    }

    private static PlanLine readTable(JsonIn in, JsonIn.Members members) {
        JsonIn.Members sides = in.object("the two copies of a table");
        PlanLine.Copy a = null;
        PlanLine.Copy b = null;
        for (String name = sides.next(); name != null; name = sides.next()) {
            switch (name) {
                case "a" -> a = readCopy(in);
                case "b" -> b = readCopy(in);
                default -> throw sides.unknown(name, "a, b");
            }
        }
        if (a == null || b == null) {
            throw in.error("a table has its copies a and b");
        }
        return new PlanLine.Table(a, b, readRules(in, members));
    }

    private static PlanLine.Copy readCopy(JsonIn in) {
        JsonIn.Members members = in.object("a copy of a table");
        TableName table = null;
        long rows = -1;
        Digest root = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "name" -> table = TableJson.readName(in);
                case "rows" -> rows = in.count("a count of rows");
                case "root" -> root = StateJson.readDigest(in);
                default -> throw members.unknown(name, "name, rows, root");
            }
        }
        if (table == null || rows < 0 || root == null) {
            throw in.error("a copy has name, rows and root");
        }
        return new PlanLine.Copy(table, rows, root);
    }

    /** The rest of an object: a table's rules. */
    static TableRules readRules(JsonIn in, JsonIn.Members members) {
        TableJson.Rules rules = new TableJson.Rules();
        for (String name = members.next(); name != null; name = members.next()) {
            if (!rules.read(in, name)) {
                throw members.unknown(name, "table, " + TableJson.Rules.NAMES);
            }
        }
        if (!rules.isNamed()) {
            throw in.error("a table has digestExcludes");
        }
        return rules.rules();
    }

    private static PlanLine readStep(JsonIn in, JsonIn.Members members) {
        String word = in.text("a step");
        PlanLine.Action action = Arrays.stream(PlanLine.Action.values())
                .filter(known -> known.word().equals(word))
                .findFirst()
                .orElseThrow(() -> in.error("a step is one of "
                        + Arrays.stream(PlanLine.Action.values())
                                .map(PlanLine.Action::word)
                                .collect(Collectors.joining(", "))));
        Uid uid = null;
        RowState a = null;
        RowState b = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "uid" -> uid = ValueJson.readUid(in);
                case "a" -> a = StateJson.read(in);
                case "b" -> b = StateJson.read(in);
                default -> throw members.unknown(name, "step, uid, a, b");
            }
        }
        if (uid == null || a == null || b == null) {
            throw in.error("a step has a uid and the states a and b");
        }
        if (!fits(action, a, b)) {
            throw in.error("the step " + word + " does not fit the states of its row");
        }
        return new PlanLine.Step(action, uid, a, b);
    }

    /** Whether an action can be meant where two sides are in these states. */
    private static boolean fits(PlanLine.Action action, RowState a, RowState b) {
        return switch (action) {
            case TAKE -> b instanceof RowState.Live;
            case GIVE -> a instanceof RowState.Live;
            case DELETE_A -> b instanceof RowState.Deleted;
            case DELETE_B -> a instanceof RowState.Deleted;
            case DROP_A -> a instanceof RowState.Live && !(b instanceof RowState.Live);
            case DROP_B -> b instanceof RowState.Live && !(a instanceof RowState.Live);
            case MERGE -> a instanceof RowState.Live && b instanceof RowState.Live;
            case KEEP_A -> !(a instanceof RowState.Absent);
            case KEEP_B -> !(b instanceof RowState.Absent);
        };
    }

    private static PlanLine readLeave(JsonIn in, JsonIn.Members members) {
        JsonIn.Members parts = in.object("what is left");
        Uid uid = null;
        RowState a = null;
        RowState b = null;
        Uid start = null;
        Uid stop = null;
        long rows = -1;
        for (String name = parts.next(); name != null; name = parts.next()) {
            switch (name) {
                case "uid" -> uid = ValueJson.readUid(in);
                case "a" -> a = StateJson.read(in);
                case "b" -> b = StateJson.read(in);
                case "start" -> start = readBound(in);
                case "stop" -> stop = readBound(in);
                case "rows" -> rows = in.count("a count of rows");
                default -> throw parts.unknown(name, "uid, a, b, or start, stop, rows");
            }
        }
        String why = null;
        for (String name = members.next(); name != null; name = members.next()) {
            if (!name.equals("why")) {
                throw members.unknown(name, "leave, why");
            }
            why = CarryJson.readPlain(in, "a reason");
        }
        if (why != null && uid != null && a != null && b != null && rows < 0 && start == null && stop == null) {
            return new PlanLine.Leave(uid, a, b, why);
        }
        if (why == null || uid != null || a != null || b != null || rows < 0) {
            throw in.error("what is left is a row with uid, a and b, or a range with start, stop and rows, and why");
        }
        Uid from = start;
        Uid to = stop;
        return new PlanLine.LeaveRange(in.check(() -> new UidRange(from, to)), rows, why);
    }

    private static @Nullable Uid readBound(JsonIn in) {
        return in.token() == JsonToken.VALUE_NULL ? null : ValueJson.readBound(in);
    }

    private static PlanLine readEnd(JsonIn in, JsonIn.Members members) {
        in.isTrue("end");
        long steps = -1;
        long left = -1;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "steps" -> steps = in.count("a count of steps");
                case "left" -> left = in.count("a count of rows");
                case "sha256" -> digest = StateJson.readDigest(in);
                default -> throw members.unknown(name, "end, steps, left, sha256");
            }
        }
        if (steps < 0 || left < 0 || digest == null) {
            throw in.error("the end comes with steps, left and sha256");
        }
        return new PlanLine.End(steps, left, digest);
    }
}
