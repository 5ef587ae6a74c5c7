package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;

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
