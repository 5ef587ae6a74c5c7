package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** States, stamps and digests in JSON, wherever they occur. */
public final class StateJson {
    private StateJson() {}

    /** @throws JsonException when it is not one state as docs/protocol.md has it */
    public static RowState decode(byte[] json) {
        return JsonIn.read(json, StateJson::read);
    }

    public static byte[] encode(RowState state) {
        return JsonOut.write(out -> write(out, state));
    }

    /** The stamp at the current token. */
    public static Stamp readStamp(JsonIn in) {
        String text = in.text("a stamp");
        return in.check(() -> stamp(text));
    }

    /** @throws IllegalArgumentException when it is not the one form of a stamp */
    static Stamp stamp(String text) {
        Stamp stamp = Stamp.parse(text);
        if (!stamp.text().equals(text)) {
            throw new IllegalArgumentException("a stamp is written in lower case and without a sign: " + stamp.text());
        }
        return stamp;
    }

    static Digest readDigest(JsonIn in) {
        String text = in.text("a digest");
        return in.check(() -> {
            if (text.length() != 2 * Digest.LENGTH
                    || !text.equals(Digest.ofHex(text).hex())) {
                throw new IllegalArgumentException("a digest is 64 hexadecimal digits in lower case");
            }
            return Digest.ofHex(text);
        });
    }

    /** One of {@code {"absent":true}}, {@code {"stamp":…,"digest":…}}, {@code {"stamp":…,"deleted":true}}. */
    static RowState read(JsonIn in) {
        JsonIn.Members members = in.object("a state");
        Stamp stamp = null;
        Digest digest = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "stamp" -> stamp = readStamp(in);
                case "digest" -> digest = readDigest(in);
                case "absent", "deleted" -> in.isTrue(name);
                default -> throw members.unknown(name, "stamp, digest, deleted, absent");
            }
        }
        RowState state = state(members, stamp, digest);
        if (state == null) {
            throw in.error(
                    "a state is {\"absent\":true}, {\"stamp\":…,\"digest\":…} or {\"stamp\":…,\"deleted\":true}");
        }
        return state;
    }

    private static @Nullable RowState state(JsonIn.Members members, @Nullable Stamp stamp, @Nullable Digest digest) {
        if (stamp == null) {
            return members.has("absent") && digest == null && !members.has("deleted") ? new RowState.Absent() : null;
        }
        if (members.has("absent") || members.has("deleted") == (digest != null)) {
            return null;
        }
        return digest == null ? new RowState.Deleted(stamp) : new RowState.Live(stamp, digest);
    }

    static void write(JsonGenerator out, RowState state) throws IOException {
        out.writeStartObject();
        writeMembers(out, state);
        out.writeEndObject();
    }

    static void writeMembers(JsonGenerator out, RowState state) throws IOException {
        switch (state) {
            case RowState.Absent() -> out.writeBooleanField("absent", true);
            case RowState.Live(Stamp stamp, Digest digest) -> {
                out.writeStringField("stamp", stamp.text());
                out.writeStringField("digest", digest.hex());
            }
            case RowState.Deleted(Stamp stamp) -> {
                out.writeStringField("stamp", stamp.text());
                out.writeBooleanField("deleted", true);
            }
        }
    }
}
