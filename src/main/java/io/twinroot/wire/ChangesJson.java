package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Context;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a feed as JSON lines:
 *
 * <pre>
 * {"table": …, "digestExcludes": […]}              a table, before its first row
 * {"table": …, "row": {"uid": …, …}}               a row as {@link RowJson} has it
 * {"table": …, "context": …}                       what the node had seen of it at the page's end, where asked for
 * {"next": …, "more": false, "gaps": [], "items": 2}   the last line, without which the page is not whole
 * </pre>
 */
public final class ChangesJson {
    /** The most bytes of a page. */
    public static final int PAGE_BYTES_MAX = 64 << 20;

    /** The most bytes of one line: a row, and its table's name. */
    public static final int LINE_MAX = RowJson.LINE_MAX + 1024;

    /** The most characters of a cursor, which are letters, digits, and {@code - _ . : / =}. */
    public static final int CURSOR_MAX = 4_096;

    private static final int GAPS_MAX = 1_000;
    private static final int GAP_LENGTH_MAX = 1_000;

    private ChangesJson() {}

    /** One line of a page. */
    public sealed interface Line {}

    /** There is a table. */
    public record OfTable(TableName table, TableRules rules) implements Line {}

    /** A row got a version. */
    public record OfRow(TableName table, WireRow row) implements Line {}

    /** What the node had seen of a table at the page's end. */
    public record OfContext(TableName table, Context context) implements Line {}

    /**
     * The page is over.
     *
     * @param items how many lines came before
     */
    public record End(String next, boolean more, List<String> gaps, long items) implements Line {
        public End {
            gaps = List.copyOf(gaps);
        }
    }

    public static byte[] encode(TableName table, TableRules rules) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("table", table.text());
            TableJson.writeRules(out, rules);
            out.writeEndObject();
        });
    }

    /** @param content the bytes to write of a blob of at most 64 KiB; null to leave them out */
    public static byte[] encode(TableName table, Row row, Value.@Nullable Bytes content) {
        return BodyJson.writeLine((out, asCbor) -> {
            out.writeStartObject();
            out.writeStringField("table", table.text());
            out.writeFieldName("row");
            RowJson.write(out, row, content, asCbor);
            out.writeEndObject();
        });
    }

    public static byte[] encode(TableName table, Context context) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("table", table.text());
            out.writeStringField("context", ContextJson.text(context));
            out.writeEndObject();
        });
    }

    /** Gaps beyond what a line takes are left out or cut. */
    public static byte[] encode(End end) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("next", end.next);
            out.writeBooleanField("more", end.more);
            writeGaps(out, end.gaps);
            out.writeNumberField("items", end.items);
            out.writeEndObject();
        });
    }

    private static void writeGaps(JsonGenerator out, List<String> gaps) throws IOException {
        out.writeArrayFieldStart("gaps");
        for (String gap : gaps.subList(0, Math.min(gaps.size(), GAPS_MAX))) {
            out.writeString(Problem.wellFormed(gap.substring(0, Math.min(gap.length(), GAP_LENGTH_MAX))));
        }
        out.writeEndArray();
    }

    /** @throws JsonException when it is not a line of a page as docs/protocol.md has it */
    public static Line decode(byte[] json) {
        return JsonIn.read(json, ChangesJson::read);
    }

    private static Line read(JsonIn in) {
        JsonIn.Members members = in.object("a line of changes");
        TableName table = null;
        TableJson.Rules rules = new TableJson.Rules();
        WireRow row = null;
        Context context = null;
        String next = null;
        boolean more = false;
        List<String> gaps = List.of();
        long items = 0;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "table" -> table = TableJson.readName(in);
                case "context" -> context = ContextJson.read(in);
                case "row" -> row = RowJson.read(in);
                case "next" -> next = cursor(in);
                case "more" -> more = in.bool(name);
                case "gaps" -> gaps = gaps(in);
                case "items" -> items = in.count("a count of items");
                default -> {
                    if (!rules.read(in, name)) {
                        throw members.unknown(
                                name, "table, " + TableJson.Rules.NAMES + ", row, context, next, more, gaps, items");
                    }
                }
            }
        }
        boolean isEnd = members.has("more") && members.has("gaps") && members.has("items");
        boolean hasEnd = members.has("next") || members.has("more") || members.has("gaps") || members.has("items");
        boolean hasRules = members.has("digestExcludes") || members.has("merge") || members.has("schema");
        int parts = (hasEnd ? 1 : 0) + (hasRules ? 1 : 0) + (row != null ? 1 : 0) + (context != null ? 1 : 0);
        if (parts == 1 && next != null && isEnd && table == null) {
            return new End(next, more, gaps, items);
        }
        if (parts == 1 && table != null && row != null) {
            return new OfRow(table, row);
        }
        if (parts == 1 && table != null && rules.isNamed()) {
            return new OfTable(table, rules.rules());
        }
        if (parts == 1 && table != null && context != null) {
            return new OfContext(table, context);
        }
        throw in.error("a line has table and digestExcludes, table and row, table and context, or next, more, gaps and"
                + " items");
    }

    static String cursor(JsonIn in) {
        String text = in.text("a cursor");
        if (!isCursor(text)) {
            throw in.error("a cursor has 1 to " + CURSOR_MAX + " letters, digits, and - _ . : / =");
        }
        return text;
    }

    /** Whether a text could be a cursor of any node. */
    public static boolean isCursor(String text) {
        return !text.isEmpty() && text.length() <= CURSOR_MAX && text.chars().allMatch(ChangesJson::isOfCursor);
    }

    private static boolean isOfCursor(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-_.:/=".indexOf(c) >= 0;
    }

    private static List<String> gaps(JsonIn in) {
        in.array("the array of gaps");
        List<String> gaps = new ArrayList<>();
        while (in.item()) {
            String gap = in.text("a gap");
            if (gaps.size() == GAPS_MAX || gap.length() > GAP_LENGTH_MAX) {
                throw in.error("there are at most " + GAPS_MAX + " gaps of " + GAP_LENGTH_MAX + " characters");
            }
            gaps.add(gap);
        }
        return gaps;
    }

    /** {@code {"cursor": …}} */
    public static byte[] encodeCursor(String cursor) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeStringField("cursor", cursor);
            out.writeEndObject();
        });
    }

    /** @throws JsonException when it is not an object with a cursor alone */
    public static String decodeCursor(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("an object with a cursor");
            String cursor = null;
            for (String name = members.next(); name != null; name = members.next()) {
                if (!name.equals("cursor")) {
                    throw members.unknown(name, "cursor");
                }
                cursor = cursor(in);
            }
            if (cursor == null) {
                throw in.error("there is no cursor");
            }
            return cursor;
        });
    }
}
