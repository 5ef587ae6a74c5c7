package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A change in JSON: a row with its stamp is replicated, a row without one is a new write, and
 * {@code "delete": true} deletes. {@code "if"} holds the state that the change expects:
 *
 * <pre>
 * {"uid": …, "body": {…}}                                  put
 * {"uid": …, "body": {…}, "stamp": …}                      replicate
 * {"uid": …, "deleted": true, "stamp": …}                  replicate a delete
 * {"uid": …, "delete": true, "if": {"stamp":…,"digest":…}} delete that state only
 * </pre>
 *
 * <p>A blob's bytes are always with it here; one above 64 KiB is not sent as JSON.
 */
public final class ChangeJson {
    private ChangeJson() {}

    /** @param content the bytes of a blob body, at most 64 KiB; null for every other change */
    public static byte[] encode(Change change, Value.@Nullable Bytes content) {
        return BodyJson.writeLine((out, asCbor) -> {
            out.writeStartObject();
            out.writeFieldName("uid");
            ValueJson.writeUid(out, change.uid());
            switch (change) {
                case Change.Put put -> BodyJson.write(out, put.body(), content, asCbor);
                case Change.Delete delete -> out.writeBooleanField("delete", true);
                case Change.Flag flag -> writeFlag(out, flag);
                case Change.Drop drop -> out.writeBooleanField("drop", true);
                case Change.Replicate(RowData data, var expected) -> writeRow(out, data.row(), content, asCbor);
            }
            RowState expected = change.expected();
            if (expected != null) {
                out.writeFieldName("if");
                StateJson.write(out, expected);
            }
            out.writeEndObject();
        });
    }

    private static void writeFlag(JsonGenerator out, Change.Flag flag) throws IOException {
        out.writeObjectFieldStart("flags");
        out.writeStringField("set", flag.set());
        out.writeArrayFieldStart("add");
        for (String name : flag.add()) {
            out.writeString(name);
        }
        out.writeEndArray();
        out.writeArrayFieldStart("remove");
        for (String name : flag.remove()) {
            out.writeString(name);
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void writeRow(JsonGenerator out, Row row, Value.@Nullable Bytes content, boolean asCbor)
            throws IOException {
        switch (row) {
            case Row.Live live -> BodyJson.write(out, live.body(), content, asCbor);
            case Row.Tombstone tombstone -> out.writeBooleanField("deleted", true);
        }
        out.writeStringField("stamp", row.stamp().text());
    }

    /** @throws JsonException when it is not one change as docs/protocol.md has it */
    public static Change decode(byte[] json) {
        return JsonIn.read(json, ChangeJson::read);
    }

    /**
     * The body of one row as a user puts it: {@code {"body": …}}, {@code {"cbor": …}} or {@code {"blob": …}},
     * with or without a stamp.
     */
    public static Change decodeFor(Uid uid, @Nullable RowState expected, byte[] json) {
        return JsonIn.read(json, in -> {
            Parts parts = new Parts();
            parts.read(in, "body, cbor, blob, stamp");
            if (parts.uid != null && !parts.uid.equals(uid)) {
                throw in.error("the uid inside is not the uid of the path");
            }
            if (parts.expected != null || parts.delete || parts.deleted) {
                throw in.error("here a row is put: with body, cbor or blob, and a stamp where it is replicated");
            }
            parts.uid = uid;
            parts.expected = expected;
            return parts.change(in);
        });
    }

    private static Change read(JsonIn in) {
        Parts parts = new Parts();
        parts.read(in, "uid, body, cbor, blob, deleted, delete, stamp, if");
        return parts.change(in);
    }

    /** What was found in the object so far. */
    private static final class Parts {
        private @Nullable Uid uid;
        private @Nullable Stamp stamp;
        private @Nullable RowState expected;
        private BodyJson.@Nullable Read body;
        private boolean deleted;
        private boolean delete;

        private void read(JsonIn in, String known) {
            JsonIn.Members members = in.object("a change");
            for (String name = members.next(); name != null; name = members.next()) {
                switch (name) {
                    case "uid" -> uid = ValueJson.readUid(in);
                    case "stamp" -> stamp = StateJson.readStamp(in);
                    case "if" -> expected = StateJson.read(in);
                    case "deleted" -> {
                        in.isTrue(name);
                        deleted = true;
                    }
                    case "delete" -> {
                        in.isTrue(name);
                        delete = true;
                    }
                    case "body", "cbor", "blob" -> {
                        if (body != null) {
                            throw in.error("a change has one of body, cbor and blob");
                        }
                        body = BodyJson.read(in, name);
                    }
                    default -> throw members.unknown(name, known);
                }
            }
        }

        private Change change(JsonIn in) {
            if (uid == null || (body != null ? 1 : 0) + (deleted ? 1 : 0) + (delete ? 1 : 0) != 1) {
                throw in.error("a change has a uid and one of body, cbor, blob, delete and deleted");
            }
            if (delete) {
                if (stamp != null) {
                    throw in.error("a delete gets its stamp here; to replicate one write \"deleted\": true");
                }
                return new Change.Delete(uid, expected);
            }
            if (body == null) {
                if (stamp == null) {
                    throw in.error("a replicated delete has its stamp; to delete write \"delete\": true");
                }
                return new Change.Replicate(new RowData(new Row.Tombstone(uid, stamp), null), expected);
            }
            BlobSource blob = blob(in, body);
            return stamp == null
                    ? new Change.Put(uid, body.body(), blob, expected)
                    : new Change.Replicate(new RowData(new Row.Live(uid, stamp, body.body()), blob), expected);
        }

        private static @Nullable BlobSource blob(JsonIn in, BodyJson.Read body) {
            if (!(body.body() instanceof Body.Blob)) {
                return null;
            }
            if (body.content() == null) {
                throw in.error("a blob comes with its bytes; PUT one above " + WireRow.INLINE_MAX
                        + " bytes to rows/{uid} as application/octet-stream");
            }
            return BlobSource.of(body.content().toBytes());
        }
    }
}
