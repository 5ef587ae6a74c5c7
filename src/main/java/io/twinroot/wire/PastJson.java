package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Marks;
import io.twinroot.table.Marks.Mark;
import io.twinroot.table.Marks.Part;
import io.twinroot.table.Past;
import io.twinroot.table.Stamp;
import io.twinroot.table.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The members of a row that say where its version comes from; each is left out where it has nothing to say:
 *
 * <pre>
 * "flags": {"flags": ["\\Seen"]}                      the flags that are on, for readers: marks say the same
 * "bodyStamp": …, "marks": [{"set":…,"flag":…,"stamp":…,"on":true}, {"field":…,"stamp":…,"on":false}]
 * "seen": [stamp, …]
 * </pre>
 *
 * <p>In a line that would be too long, {@code marks} is the base64 of their canonical encoding, without
 * {@code flags}. Reading collects the members as they come; for one row and one thread.
 */
final class PastJson {
    static final String NAMES = "flags, bodyStamp, marks, seen";

    private @Nullable Flags flags;
    private @Nullable Stamp bodyStamp;
    private @Nullable SortedMap<Part, Mark> marks;
    private @Nullable List<Stamp> seen;

    /**
     * What {@code flags} held: the flags that are on by their set, or an operation on one set.
     *
     * @param set the set of an operation; null for flags that are on
     */
    record Flags(@Nullable String set, Map<String, List<String>> lists) {}

    static void writeFlags(JsonGenerator out, Past past, boolean asCbor) throws IOException {
        Map<String, List<String>> on = past.marks().flags();
        if (asCbor || on.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart("flags");
        for (Map.Entry<String, List<String>> set : on.entrySet()) {
            writeNames(out, set.getKey(), set.getValue());
        }
        out.writeEndObject();
    }

    static void writeNames(JsonGenerator out, String member, List<String> names) throws IOException {
        out.writeArrayFieldStart(member);
        for (String name : names) {
            out.writeString(name);
        }
        out.writeEndArray();
    }

    /** Writes all but the flags that are on. */
    static void write(JsonGenerator out, Past past, boolean asCbor) throws IOException {
        Stamp body = past.marks().body();
        if (body != null) {
            out.writeStringField("bodyStamp", body.text());
            if (asCbor) {
                out.writeStringField("marks", Base64.getEncoder().encodeToString(encoded(past.marks())));
            } else {
                writeMarks(out, past.marks());
            }
        }
        if (!past.seen().isEmpty()) {
            writeStamps(out, "seen", past.seen());
        }
    }

    private static void writeMarks(JsonGenerator out, Marks marks) throws IOException {
        out.writeArrayFieldStart("marks");
        for (Map.Entry<Part, Mark> entry : marks.parts().entrySet()) {
            Part part = entry.getKey();
            out.writeStartObject();
            if (part.isField()) {
                out.writeStringField("field", part.name());
            } else {
                out.writeStringField("set", part.set());
                out.writeStringField("flag", part.name());
            }
            out.writeStringField("stamp", entry.getValue().stamp().text());
            out.writeBooleanField("on", entry.getValue().on());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    static void writeStamps(JsonGenerator out, String member, List<Stamp> stamps) throws IOException {
        out.writeArrayFieldStart(member);
        for (Stamp stamp : stamps) {
            out.writeString(stamp.text());
        }
        out.writeEndArray();
    }

    /** A sequence of sequences of set (empty for a field), name, stamp, on. */
    private static byte[] encoded(Marks marks) {
        List<Value> all = new ArrayList<>();
        marks.parts()
                .forEach((part, mark) -> all.add(new Value.Sequence(List.of(
                        new Value.Text(part.set()),
                        new Value.Text(part.name()),
                        new Value.Text(mark.stamp().text()),
                        new Value.Bool(mark.on())))));
        return CanonicalCbor.encode(new Value.Sequence(all));
    }

    /** Reads the member of this name, where it is one of a past. */
    boolean read(JsonIn in, String name) {
        switch (name) {
            case "flags" -> flags = readFlags(in);
            case "bodyStamp" -> bodyStamp = StateJson.readStamp(in);
            case "marks" -> marks = in.token() == JsonToken.VALUE_STRING ? cborMarks(in) : readMarks(in);
            case "seen" -> seen = readStamps(in, Past.SEEN_MAX, "writes in seen");
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The operation on flags, where {@code flags} was one. */
    @Nullable
    Flags operation() {
        return flags != null && flags.set != null ? flags : null;
    }

    /** Whether nothing was read, or an operation on flags alone. */
    boolean isEmpty() {
        return bodyStamp == null && marks == null && seen == null && (flags == null || flags.set != null);
    }

    /** What was read. */
    Past past(JsonIn in) {
        if ((marks == null) != (bodyStamp == null)) {
            throw in.error("marks and bodyStamp come together");
        }
        SortedMap<Part, Mark> parts = marks;
        Marks made = parts == null ? Marks.NONE : in.check(() -> new Marks(bodyStamp, parts));
        if (flags != null && !agrees(flags, made)) {
            throw in.error("flags are not those that marks say are on; leave flags out of a row, or change them with"
                    + " {\"flags\":{\"set\":…,\"add\":[…],\"remove\":[…]}}");
        }
        List<Stamp> before = seen == null ? List.of() : seen;
        return in.check(() -> new Past(before, made));
    }

    private static boolean agrees(Flags flags, Marks marks) {
        if (flags.set != null) {
            return false;
        }
        Map<String, Set<String>> said = new HashMap<>();
        flags.lists.forEach((set, names) -> {
            if (!names.isEmpty()) {
                said.put(set, new HashSet<>(names));
            }
        });
        Map<String, Set<String>> on = new HashMap<>();
        marks.flags().forEach((set, names) -> on.put(set, new HashSet<>(names)));
        return said.equals(on);
    }

    private static Flags readFlags(JsonIn in) {
        JsonIn.Members members = in.object("an object with sets of flags");
        String set = null;
        Map<String, List<String>> lists = new HashMap<>();
        int count = 0;
        for (String name = members.next(); name != null; name = members.next()) {
            if (name.equals("set") && in.token() == JsonToken.VALUE_STRING) {
                set = in.text("the name of a set");
                continue;
            }
            List<String> names = readNames(in, Marks.PARTS_MAX - count);
            count += 1 + names.size();
            lists.put(name, names);
            if (count > 2 * Marks.PARTS_MAX) {
                throw tooMany(in);
            }
        }
        if (set != null) {
            for (String name : lists.keySet()) {
                if (!name.equals("add") && !name.equals("remove")) {
                    throw in.error("an operation on flags has set, add and remove");
                }
            }
        }
        return new Flags(set, lists);
    }

    private static JsonException tooMany(JsonIn in) {
        return in.error("there are more than " + Marks.PARTS_MAX + " flags");
    }

    /** An array of at most so many names of flags. */
    static List<String> readNames(JsonIn in, int max) {
        in.array("an array of flags");
        List<String> names = new ArrayList<>();
        while (in.item()) {
            if (names.size() >= max) {
                throw tooMany(in);
            }
            names.add(in.text("a flag"));
        }
        return names;
    }

    private static SortedMap<Part, Mark> readMarks(JsonIn in) {
        in.array("an array of marks");
        SortedMap<Part, Mark> parts = new TreeMap<>();
        while (in.item()) {
            readMark(in, parts);
        }
        return some(in, parts);
    }

    private static SortedMap<Part, Mark> some(JsonIn in, SortedMap<Part, Mark> parts) {
        if (parts.isEmpty()) {
            throw in.error("marks has at least one mark, or is left out");
        }
        return parts;
    }

    private static void readMark(JsonIn in, SortedMap<Part, Mark> parts) {
        JsonIn.Members members = in.object("a mark");
        String set = null;
        String flag = null;
        String field = null;
        Stamp stamp = null;
        boolean on = false;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "set" -> set = in.text("the name of a set");
                case "flag" -> flag = in.text("a flag");
                case "field" -> field = in.text("a field's name");
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "on" -> on = in.bool(name);
                default -> throw members.unknown(name, "set, flag, field, stamp, on");
            }
        }
        if (stamp == null
                || !members.has("on")
                || (set == null) != (flag == null)
                || (set == null) == (field == null)) {
            throw in.error("a mark has set and flag, or field, and stamp and on");
        }
        String inSet = set == null ? "" : set;
        String name = flag != null ? flag : String.valueOf(field);
        Part part = in.check(() -> field(inSet, name));
        if (set != null && part.isField()) {
            throw in.error("the name of a set is empty");
        }
        add(in, parts, part, new Mark(stamp, on));
    }

    private static Part field(String set, String name) {
        return set.isEmpty() ? Part.field(name) : Part.flag(set, name);
    }

    private static void add(JsonIn in, SortedMap<Part, Mark> parts, Part part, Mark mark) {
        if (parts.put(part, mark) != null) {
            throw in.error("there are two marks of one flag or field");
        }
        if (parts.size() > Marks.PARTS_MAX) {
            throw in.error("there are more than " + Marks.PARTS_MAX + " marks");
        }
    }

    private static SortedMap<Part, Mark> cborMarks(JsonIn in) {
        byte[] bytes = ValueJson.base64(in);
        SortedMap<Part, Mark> parts = new TreeMap<>();
        if (!(in.check(() -> CanonicalCbor.decode(bytes)) instanceof Value.Sequence(List<Value> all))) {
            throw in.error("marks in CBOR are a sequence");
        }
        for (Value one : all) {
            if (!(one instanceof Value.Sequence(List<Value> words))
                    || words.size() != 4
                    || !(words.get(0) instanceof Value.Text(String set))
                    || !(words.get(1) instanceof Value.Text(String name))
                    || !(words.get(2) instanceof Value.Text(String stamp))
                    || !(words.get(3) instanceof Value.Bool(boolean on))) {
                throw in.error("a mark in CBOR is a sequence of set, name, stamp and on");
            }
            Mark mark = in.check(() -> new Mark(StateJson.stamp(stamp), on));
            add(in, parts, in.check(() -> field(set, name)), mark);
        }
        return some(in, parts);
    }

    /** An array of at most so many stamps. */
    static List<Stamp> readStamps(JsonIn in, int max, String what) {
        in.array("an array of stamps");
        List<Stamp> stamps = new ArrayList<>();
        while (in.item()) {
            if (stamps.size() == max) {
                throw in.error("there are more than " + max + " " + what);
            }
            stamps.add(StateJson.readStamp(in));
        }
        return stamps;
    }
}
