package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file of changes in JSON. The first name in a line says what the line is:
 *
 * <pre>
 * {"twinroot":"changes","format":1,"from":…,"made":…,"since":…,"tables":[…]}
 * {"table":…,"digestExcludes":[…],"merge":…,"schema":…}
 * {"table":…,"row":{…}}
 * {"bytes":…}
 * {"gap":…}
 * {"flush":1,"changes":2,"next":…,"sha256":…}
 * {"end":true,"changes":2,"next":…,"sha256":…}
 * </pre>
 */
public final class CarryJson {
    /** The only format that there is. */
    public static final int FORMAT = 1;

    /** The most bytes of a line. Each legal row fits. */
    public static final int LINE_MAX = RowJson.LINE_MAX + 1024;

    /** The most characters of an address or of the words for a gap. */
    static final int TEXT_MAX = 4_096;

    private static final String KINDS = "twinroot, table, bytes, gap, flush, end";

    private CarryJson() {}

    public static byte[] encode(CarryLine line) {
        return BodyJson.writeLine((out, asCbor) -> {
            out.writeStartObject();
            switch (line) {
                case CarryLine.Head head -> writeHead(out, head);
                case CarryLine.Table(TableName table, TableRules rules) -> {
                    out.writeStringField("table", table.text());
                    TableJson.writeRules(out, rules);
                }
                case CarryLine.OfRow(TableName table, WireRow row) -> {
                    out.writeStringField("table", table.text());
                    out.writeFieldName("row");
                    RowJson.write(out, row.row(), row.content(), asCbor);
                }
                case CarryLine.Piece(Value.Bytes bytes) ->
                    out.writeStringField("bytes", Base64.getEncoder().encodeToString(bytes.toBytes()));
                case CarryLine.Gap(String what) -> out.writeStringField("gap", plain(what));
                case CarryLine.Flush(long number, long changes, var next, Digest digest) -> {
                    out.writeNumberField("flush", number);
                    writeMark(out, changes, next, digest);
                }
                case CarryLine.End(long changes, var next, Digest digest) -> {
                    out.writeBooleanField("end", true);
                    writeMark(out, changes, next, digest);
                }
            }
            out.writeEndObject();
        });
    }

    private static void writeHead(JsonGenerator out, CarryLine.Head head) throws IOException {
        out.writeStringField("twinroot", "changes");
        out.writeNumberField("format", FORMAT);
        out.writeStringField("from", plain(head.from()));
        out.writeStringField("made", head.made().toString());
        out.writeStringField("since", head.since());
        out.writeArrayFieldStart("tables");
        for (TableName table : head.tables()) {
            out.writeString(table.text());
        }
        out.writeEndArray();
    }

    private static void writeMark(JsonGenerator out, long changes, @Nullable String next, Digest digest)
            throws IOException {
        out.writeNumberField("changes", changes);
        out.writeStringField("next", next);
        out.writeStringField("sha256", digest.hex());
    }

    /** @throws JsonException when it is not one line as docs/carry.md has it */
    public static CarryLine decode(byte[] json) {
        return JsonIn.read(json, CarryJson::read);
    }

    private static CarryLine read(JsonIn in) {
        JsonIn.Members members = in.object("a line of a file of changes");
        String kind = members.next();
        return switch (kind) {
            case "twinroot" -> readHead(in, members);
            case "table" -> readTable(in, members);
            case "bytes" -> {
                CarryLine piece = new CarryLine.Piece(new Value.Bytes(ValueJson.base64(in)));
                yield ended(members, piece, "bytes");
            }
            case "gap" -> ended(members, new CarryLine.Gap(readPlain(in, "a gap")), "gap");
            case "flush" -> {
                long number = in.count("a flush point's number");
                Mark mark = Mark.read(in, members, "flush");
                yield new CarryLine.Flush(number, mark.changes, mark.next, mark.digest);
            }
            case "end" -> {
                in.isTrue("end");
                Mark mark = Mark.read(in, members, "end");
                yield new CarryLine.End(mark.changes, mark.next, mark.digest);
            }
            case null -> throw in.error("an empty object; a line starts with one of " + KINDS);
            default -> throw members.unknown(kind, KINDS + ", one of them first");
        };
    }

    private static CarryLine ended(JsonIn.Members members, CarryLine line, String known) {
        String more = members.next();
        if (more != null) {
            throw members.unknown(more, known);
        }
        return line;
    }

    private static CarryLine readHead(JsonIn in, JsonIn.Members members) {
        if (!in.text("twinroot").equals("changes")) {
            throw in.error("a file of changes has \"twinroot\":\"changes\"");
        }
        String format = members.next();
        if (format == null || !format.equals("format")) {
            throw in.error("after twinroot comes format");
        }
        long number = in.count("a format");
        if (number != FORMAT) {
            throw in.error("format " + number + " is not known here, only " + FORMAT + "; use a newer twinroot");
        }
        String from = null;
        Instant made = null;
        String since = null;
        List<TableName> tables = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "from" -> from = readPlain(in, "an address");
                case "made" -> made = readTime(in);
                case "since" -> since = readCursor(in);
                case "tables" -> tables = readTables(in);
                default -> throw members.unknown(name, "twinroot, format, from, made, since, tables");
            }
        }
        if (from == null || made == null || tables == null || !members.has("since")) {
            throw in.error("the first line has from, made, since and tables");
        }
        return new CarryLine.Head(from, made, since, tables);
    }

    private static @Nullable String readCursor(JsonIn in) {
        return in.token() == JsonToken.VALUE_NULL ? null : ChangesJson.cursor(in);
    }

    /** A text for people, who see it on a terminal. */
    private static String readPlain(JsonIn in, String what) {
        String text = in.text(what);
        if (text.length() > TEXT_MAX || text.chars().anyMatch(Character::isISOControl)) {
            throw in.error(what + " has at most " + TEXT_MAX + " characters, none of them a control character");
        }
        return text;
    }

    private static String plain(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), TEXT_MAX));
        Problem.wellFormed(text)
                .chars()
                .limit(TEXT_MAX)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(c -> clean.append((char) c));
        return Problem.wellFormed(clean.toString());
    }

    private static Instant readTime(JsonIn in) {
        String text = in.text("a time");
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw in.error("a time is written as 2026-01-02T03:04:05Z");
        }
    }

    private static List<TableName> readTables(JsonIn in) {
        in.array("the array of tables");
        List<TableName> tables = new ArrayList<>();
        while (in.item()) {
            if (tables.size() == TableJson.TABLES_MAX) {
                throw in.error("there are more than " + TableJson.TABLES_MAX + " tables");
            }
            tables.add(TableJson.readName(in));
        }
        return tables;
    }

    private static CarryLine readTable(JsonIn in, JsonIn.Members members) {
        TableName table = TableJson.readName(in);
        String what = members.next();
        return switch (what) {
            case "row" -> ended(members, new CarryLine.OfRow(table, RowJson.read(in)), "table and row");
            case null -> throw in.error("after table comes digestExcludes or row");
            default -> {
                TableJson.Rules rules = new TableJson.Rules();
                for (String name = what; name != null; name = members.next()) {
                    if (!rules.read(in, name)) {
                        throw members.unknown(name, "table, row, " + TableJson.Rules.NAMES);
                    }
                }
                if (!rules.isNamed()) {
                    throw in.error("a table comes with digestExcludes");
                }
                yield new CarryLine.Table(table, rules.rules());
            }
        };
    }

    /** What a flush point and the end have in common. */
    private record Mark(long changes, @Nullable String next, Digest digest) {
        static Mark read(JsonIn in, JsonIn.Members members, String kind) {
            long changes = -1;
            @Nullable String next = null;
            @Nullable Digest digest = null;
            for (String name = members.next(); name != null; name = members.next()) {
                switch (name) {
                    case "changes" -> changes = in.count("a count of changes");
                    case "next" -> next = readCursor(in);
                    case "sha256" -> digest = StateJson.readDigest(in);
                    default -> throw members.unknown(name, kind + ", changes, next, sha256");
                }
            }
            if (changes < 0 || digest == null || !members.has("next")) {
                throw in.error(kind + " comes with changes, next and sha256");
            }
            return new Mark(changes, next, digest);
        }
    }
}
