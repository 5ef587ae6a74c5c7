package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.Digest;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a replica says of its tables, and the rules that make one, in JSON. */
public final class TableJson {
    /** The most tables in one list. */
    public static final int TABLES_MAX = 10_000;

    /** The most names of fields in a table's rules. */
    public static final int EXCLUDES_MAX = 1_000;

    private TableJson() {}

    /** {@code {"tables": […]}} */
    public static byte[] encodeAll(List<TableInfo> tables) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("tables");
            for (TableInfo table : tables) {
                write(out, table);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    public static byte[] encode(TableInfo table) {
        return JsonOut.write(out -> write(out, table));
    }

    private static void write(JsonGenerator out, TableInfo table) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", table.name().text());
        writeRules(out, table.rules());
        out.writeNumberField("format", table.format());
        out.writeStringField("salt", table.saltHex());
        out.writeNumberField("count", table.count());
        out.writeNumberField("tombstones", table.tombstones());
        out.writeStringField("root", table.root().hex());
        out.writeFieldName("newest");
        Stamp newest = table.newest();
        if (newest == null) {
            out.writeNull();
        } else {
            out.writeString(newest.text());
        }
        out.writeEndObject();
    }

    /** The members of a table's rules: what is as usual is left out, but for the fields that are left out. */
    static void writeRules(JsonGenerator out, TableRules rules) throws IOException {
        out.writeArrayFieldStart("digestExcludes");
        for (String field : rules.digestExcludes()) {
            out.writeString(field);
        }
        out.writeEndArray();
        if (rules.merge() != TableRules.Merge.ROW) {
            out.writeStringField("merge", "fields");
        }
        if (rules.schema() != 0) {
            out.writeNumberField("schema", rules.schema());
        }
    }

    /** The members of a table's rules as they come. */
    static final class Rules {
        static final String NAMES = "digestExcludes, merge, schema";

        private @Nullable TableRules excludes;
        private TableRules.Merge merge = TableRules.Merge.ROW;
        private int schema;

        /** Reads the member of this name, where it is one of a table's rules. */
        boolean read(JsonIn in, String name) {
            switch (name) {
                case "digestExcludes" -> excludes = readExcludes(in);
                case "merge" ->
                    merge = switch (in.text("merge")) {
                        case "row" -> TableRules.Merge.ROW;
                        case "fields" -> TableRules.Merge.FIELDS;
                        default -> throw in.error("merge is row or fields");
                    };
                case "schema" -> {
                    long version = in.count("a schema's version");
                    if (version > Integer.MAX_VALUE) {
                        throw in.error("a schema's version is at most " + Integer.MAX_VALUE);
                    }
                    schema = (int) version;
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        boolean isNamed() {
            return excludes != null;
        }

        TableRules rules() {
            return (excludes == null ? TableRules.DEFAULT : excludes)
                    .merging(merge)
                    .ofSchema(schema);
        }
    }

    /** @throws JsonException when it is not a list of tables as docs/protocol.md has it */
    public static List<TableInfo> decodeAll(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("an object with tables");
            List<TableInfo> tables = new ArrayList<>();
            for (String name = members.next(); name != null; name = members.next()) {
                if (!name.equals("tables")) {
                    throw members.unknown(name, "tables");
                }
                in.array("the array of tables");
                while (in.item()) {
                    if (tables.size() == TABLES_MAX) {
                        throw in.error("there are more than " + TABLES_MAX + " tables");
                    }
                    tables.add(read(in));
                }
            }
            return tables;
        });
    }

    public static TableInfo decode(byte[] json) {
        return JsonIn.read(json, TableJson::read);
    }

    private static TableInfo read(JsonIn in) {
        JsonIn.Members members = in.object("a table");
        TableName table = null;
        Rules rules = new Rules();
        long format = -1;
        String salt = null;
        long count = -1;
        long tombstones = -1;
        Digest root = null;
        Stamp newest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "name" -> table = readName(in);
                case "format" -> format = in.count("a format");
                case "salt" -> salt = in.text("a salt's name");
                case "count" -> count = in.count("a count");
                case "tombstones" -> tombstones = in.count("a count of tombstones");
                case "root" -> root = StateJson.readDigest(in);
                case "newest" -> newest = in.token() == JsonToken.VALUE_NULL ? null : StateJson.readStamp(in);
                default -> {
                    if (!rules.read(in, name)) {
                        throw members.unknown(
                                name, "name, " + Rules.NAMES + ", format, salt, count, tombstones, root, newest");
                    }
                }
            }
        }
        if (table == null
                || !rules.isNamed()
                || format < 0
                || salt == null
                || count < 0
                || tombstones < 0
                || root == null) {
            throw in.error("a table has name, digestExcludes, format, salt, count, tombstones, root and newest");
        }
        if (format > Integer.MAX_VALUE || !salt.matches("[0-9a-f]{16}")) {
            throw in.error("a table's format is a small number and its salt's name 16 hexadecimal digits");
        }
        return new TableInfo(
                table,
                rules.rules(),
                (int) format,
                HexFormat.fromHexDigitsToLong(salt),
                count,
                tombstones,
                root,
                newest);
    }

    /** {@code {"digestExcludes": […], "merge": …, "schema": …}} */
    public static byte[] encodeRules(TableRules rules) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            writeRules(out, rules);
            out.writeEndObject();
        });
    }

    /** Rules in which each name may stand anywhere in the list, but once; none when the object is empty. */
    public static TableRules decodeRules(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("a table's rules");
            Rules rules = new Rules();
            for (String name = members.next(); name != null; name = members.next()) {
                if (!rules.read(in, name)) {
                    throw members.unknown(name, Rules.NAMES);
                }
            }
            return rules.rules();
        });
    }

    static TableName readName(JsonIn in) {
        String text = in.text("a table's name");
        return in.check(() -> new TableName(text));
    }

    private static TableRules readExcludes(JsonIn in) {
        in.array("the array of digestExcludes");
        List<String> fields = new ArrayList<>();
        while (in.item()) {
            if (fields.size() == EXCLUDES_MAX) {
                throw in.error("there are more than " + EXCLUDES_MAX + " digestExcludes");
            }
            String field = in.text("a field's name");
            in.check(() -> new Value.Text(field));
            fields.add(field);
        }
        TableRules rules = in.check(() -> TableRules.excluding(fields));
        if (rules.digestExcludes().size() != fields.size()) {
            throw in.error("a name is in digestExcludes twice");
        }
        return rules;
    }
}
