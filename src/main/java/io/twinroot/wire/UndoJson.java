package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Digest;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The lines of an undo file in JSON. The first name in a line says what the line is:
 *
 * <pre>
 * {"twinroot":"undo","format":1,"a":…,"b":…,"made":…}
 * {"table":{"a":…,"b":…},"digestExcludes":[…],…}
 * {"on":"a","row":{…},"after":{"stamp":…,"digest":…}}
 * {"on":"b","absent":UID,"after":{"stamp":…,"digest":…}}
 * {"bytes":…}
 * {"end":true,"rows":2,"sha256":…}
 * </pre>
 *
 * <p>What comes after is a row, a delete ({@code "deleted":true}), or a row whose stamp is not known yet.
 */
public final class UndoJson {
    /** The only format that there is. */
    public static final int FORMAT = 1;

    /** The most bytes of a line. Each legal row fits. */
    public static final int LINE_MAX = CarryJson.LINE_MAX;

    private static final String KINDS = "twinroot, table, on, bytes, end";

    private UndoJson() {}

    public static byte[] encode(UndoLine line) {
        return BodyJson.writeLine((out, asCbor) -> {
            out.writeStartObject();
            switch (line) {
                case UndoLine.Head(String a, String b, Instant made) -> {
                    out.writeStringField("twinroot", "undo");
                    out.writeNumberField("format", FORMAT);
                    out.writeStringField("a", CarryJson.plain(a));
                    out.writeStringField("b", CarryJson.plain(b));
                    out.writeStringField("made", made.toString());
                }
                case UndoLine.Table(TableName a, TableName b, TableRules rules) -> {
                    out.writeObjectFieldStart("table");
                    out.writeStringField("a", a.text());
                    out.writeStringField("b", b.text());
                    out.writeEndObject();
                    TableJson.writeRules(out, rules);
                }
                case UndoLine.Before(var on, WireRow row, var after) -> {
                    out.writeStringField("on", word(on));
                    out.writeFieldName("row");
                    RowJson.write(out, row.row(), row.content(), asCbor);
                    writeAfter(out, after);
                }
                case UndoLine.Nothing(var on, Uid uid, var after) -> {
                    out.writeStringField("on", word(on));
                    out.writeFieldName("absent");
                    ValueJson.writeUid(out, uid);
                    writeAfter(out, after);
                }
                case UndoLine.Piece(Value.Bytes bytes) ->
                    out.writeStringField("bytes", Base64.getEncoder().encodeToString(bytes.toBytes()));
                case UndoLine.End(long rows, Digest digest) -> {
                    out.writeBooleanField("end", true);
                    out.writeNumberField("rows", rows);
                    out.writeStringField("sha256", digest.hex());
                }
            }
            out.writeEndObject();
        });
    }

    private static String word(UndoLine.Side side) {
        return side == UndoLine.Side.A ? "a" : "b";
    }

    private static void writeAfter(JsonGenerator out, UndoLine.After after) throws IOException {
        out.writeObjectFieldStart("after");
        if (after.stamp() != null) {
            out.writeStringField("stamp", after.stamp().text());
        }
        if (after.digest() != null) {
            out.writeStringField("digest", after.digest().hex());
        } else {
            out.writeBooleanField("deleted", true);
        }
        out.writeEndObject();
    }

    /** @throws JsonException when it is not one line as docs/carry.md has it */
    public static UndoLine decode(byte[] json) {
        return JsonIn.read(json, UndoJson::read);
    }

    private static UndoLine read(JsonIn in) {
        JsonIn.Members members = in.object("a line of an undo file");
        String kind = members.next();
        return switch (kind) {
            case "twinroot" -> readHead(in, members);
            case "table" -> readTable(in, members);
            case "on" -> readRow(in, members);
            case "bytes" -> {
                UndoLine piece = new UndoLine.Piece(new Value.Bytes(ValueJson.base64(in)));
                String more = members.next();
                if (more != null) {
                    throw members.unknown(more, "bytes");
                }
                yield piece;
            }
            case "end" -> readEnd(in, members);
            case null -> throw in.error("an empty object; a line starts with one of " + KINDS);
            default -> throw members.unknown(kind, KINDS + ", one of them first");
        };
    }

    private static UndoLine readHead(JsonIn in, JsonIn.Members members) {
        FileHead.read(in, members, "undo", FORMAT);
        String a = null;
        String b = null;
        Instant made = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "a" -> a = CarryJson.readPlain(in, "an address");
                case "b" -> b = CarryJson.readPlain(in, "an address");
                case "made" -> made = CarryJson.readTime(in);
                default -> throw members.unknown(name, "twinroot, format, a, b, made");
            }
        }
        if (a == null || b == null || made == null) {
            throw in.error("the first line has a, b and made");
        }
        return new UndoLine.Head(a, b, made);
    }

    private static UndoLine readTable(JsonIn in, JsonIn.Members members) {
        JsonIn.Members sides = in.object("the names of a table in A and B");
        TableName a = null;
        TableName b = null;
        for (String name = sides.next(); name != null; name = sides.next()) {
            switch (name) {
                case "a" -> a = TableJson.readName(in);
                case "b" -> b = TableJson.readName(in);
                default -> throw sides.unknown(name, "a, b");
            }
        }
        if (a == null || b == null) {
            throw in.error("a table has its names a and b");
        }
        return new UndoLine.Table(a, b, PlanJson.readRules(in, members));
    }

    private static UndoLine readRow(JsonIn in, JsonIn.Members members) {
        UndoLine.Side on = switch (in.text("a side")) {
            case "a" -> UndoLine.Side.A;
            case "b" -> UndoLine.Side.B;
            default -> throw in.error("a side is a or b");
        };
        WireRow row = null;
        Uid absent = null;
        UndoLine.After after = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "row" -> row = RowJson.read(in);
                case "absent" -> absent = ValueJson.readUid(in);
                case "after" -> after = readAfter(in);
                default -> throw members.unknown(name, "on, row, absent, after");
            }
        }
        if (after == null || (row == null) == (absent == null)) {
            throw in.error("on comes with one of row and absent, and with after");
        }
        return row != null ? new UndoLine.Before(on, row, after) : nothing(on, absent, after);
    }

    private static UndoLine nothing(UndoLine.Side on, @Nullable Uid uid, UndoLine.After after) {
        return new UndoLine.Nothing(on, Objects.requireNonNull(uid), after);
    }

    private static UndoLine.After readAfter(JsonIn in) {
        JsonIn.Members members = in.object("the state after a repair");
        Stamp stamp = null;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "digest" -> digest = StateJson.readDigest(in);
                case "deleted" -> in.isTrue(name);
                default -> throw members.unknown(name, "stamp, digest, deleted");
            }
        }
        if (members.has("deleted") == (digest != null)) {
            throw in.error("the state after a repair has one of digest and deleted");
        }
        return new UndoLine.After(stamp, digest);
    }

    private static UndoLine readEnd(JsonIn in, JsonIn.Members members) {
        in.isTrue("end");
        long rows = -1;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "rows" -> rows = in.count("a count of rows");
                case "sha256" -> digest = StateJson.readDigest(in);
                default -> throw members.unknown(name, "end, rows, sha256");
            }
        }
        if (rows < 0 || digest == null) {
            throw in.error("the end comes with rows and sha256");
        }
        return new UndoLine.End(rows, digest);
    }
}
