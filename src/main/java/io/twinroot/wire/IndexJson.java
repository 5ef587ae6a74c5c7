package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonToken;
import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of UIDs, of entries and of states, each an object with one array. */
public final class IndexJson {
    private IndexJson() {}

    /** {@code {"uids": […]}} */
    public static byte[] encodeUids(List<Uid> uids) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("uids");
            for (Uid uid : uids) {
                ValueJson.writeUid(out, uid);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    /** @param max the most UIDs to take; one more is an error */
    public static List<Uid> decodeUids(byte[] json, int max) {
        return JsonIn.read(json, in -> list(in, "uids", max, () -> ValueJson.readUid(in)));
    }

    /** {@code {"entries": [{"uid":…,"stamp":…,"digest":…}, …]}} */
    public static byte[] encodeEntries(List<Entry> entries) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("entries");
            for (Entry entry : entries) {
                out.writeStartObject();
                out.writeFieldName("uid");
                ValueJson.writeUid(out, entry.uid());
                out.writeStringField("stamp", entry.stamp().text());
                out.writeStringField("digest", entry.digest().hex());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    public static List<Entry> decodeEntries(byte[] json, int max) {
        return JsonIn.read(json, in -> list(in, "entries", max, () -> entry(in)));
    }

    private static Entry entry(JsonIn in) {
        JsonIn.Members members = in.object("an entry");
        Uid uid = null;
        Stamp stamp = null;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "uid" -> uid = ValueJson.readUid(in);
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "digest" -> digest = StateJson.readDigest(in);
                default -> throw members.unknown(name, "uid, stamp, digest");
            }
        }
        if (uid == null || stamp == null || digest == null) {
            throw in.error("an entry has a uid, a stamp and a digest");
        }
        return new Entry(uid, stamp, digest);
    }

    /**
     * Some of a longer list of rows and deletes.
     *
     * @param states of the UIDs, in the same order; none is absent
     * @param next where the list goes on; null at its end
     */
    public record Page(
            List<Uid> uids, List<RowState> states, @Nullable Uid next) {}

    /** {@code {"rows": [{"uid":…,"stamp":…,"digest":…}, {"uid":…,"stamp":…,"deleted":true}], "next":…}} */
    public static byte[] encodePage(Page page) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("rows");
            for (int i = 0; i < page.uids.size(); i++) {
                out.writeStartObject();
                out.writeFieldName("uid");
                ValueJson.writeUid(out, page.uids.get(i));
                StateJson.writeMembers(out, page.states.get(i));
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeFieldName("next");
            if (page.next == null) {
                out.writeNull();
            } else {
                ValueJson.writeUid(out, page.next);
            }
            out.writeEndObject();
        });
    }

    /** @param max the most rows to take; one more is an error */
    public static Page decodePage(byte[] json, int max) {
        return JsonIn.read(json, in -> page(in, max));
    }

    private static Page page(JsonIn in, int max) {
        JsonIn.Members members = in.object("an object with rows and next");
        List<Uid> uids = new ArrayList<>();
        List<RowState> states = new ArrayList<>();
        Uid next = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "rows" -> {
                    in.array("the array of rows");
                    while (in.item()) {
                        if (uids.size() == max) {
                            throw in.error("there are more than " + max + " rows; ask again for the rest");
                        }
                        row(in, uids, states);
                    }
                }
                case "next" -> next = in.token() == JsonToken.VALUE_NULL ? null : ValueJson.readUid(in);
                default -> throw members.unknown(name, "rows, next");
            }
        }
        if (!members.has("rows") || !members.has("next")) {
            throw in.error("an object with rows and next is expected");
        }
        return new Page(uids, states, next);
    }

    private static void row(JsonIn in, List<Uid> uids, List<RowState> states) {
        JsonIn.Members members = in.object("a row's state");
        Uid uid = null;
        Stamp stamp = null;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "uid" -> uid = ValueJson.readUid(in);
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "digest" -> digest = StateJson.readDigest(in);
                case "deleted" -> in.isTrue(name);
                default -> throw members.unknown(name, "uid, stamp, digest, deleted");
            }
        }
        if (uid == null || stamp == null || members.has("deleted") == (digest != null)) {
            throw in.error("a row's state has a uid, a stamp, and a digest or \"deleted\":true");
        }
        uids.add(uid);
        states.add(digest == null ? new RowState.Deleted(stamp) : new RowState.Live(stamp, digest));
    }

    /** {@code {"states": [{"absent":true}, {"stamp":…,"digest":…}, {"stamp":…,"deleted":true}]}} */
    public static byte[] encodeStates(List<RowState> states) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("states");
            for (RowState state : states) {
                StateJson.write(out, state);
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    public static List<RowState> decodeStates(byte[] json, int max) {
        return JsonIn.read(json, in -> list(in, "states", max, () -> StateJson.read(in)));
    }

    private static <T> List<T> list(JsonIn in, String member, int max, java.util.function.Supplier<T> item) {
        JsonIn.Members members = in.object("an object with " + member);
        List<T> items = new ArrayList<>();
        for (String name = members.next(); name != null; name = members.next()) {
            if (!name.equals(member)) {
                throw members.unknown(name, member);
            }
            in.array("the array of " + member);
            while (in.item()) {
                if (items.size() == max) {
                    throw in.error("there are more than " + max + " " + member + "; ask again for the rest");
                }
                items.add(item.get());
            }
        }
        if (!members.has(member)) {
            throw in.error("an object with " + member + " is expected");
        }
        return items;
    }
}
