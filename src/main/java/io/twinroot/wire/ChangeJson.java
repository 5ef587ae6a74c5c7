package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change in JSON: a row with its stamp is replicated, a row without one is a new write, and
 * {@code "delete": true} deletes. {@code "if"} holds the state that the change expects:
 *
 * <pre>
 * {"uid": …, "body": {…}}                                  put
 * {"uid": …, "body": {…}, "settles": [stamp, …]}           put, which settles a conflict with these writes
 * {"uid": …, "body": {…}, "stamp": …, "seen": […]}         replicate, with all that a row has
 * {"uid": …, "deleted": true, "stamp": …}                  replicate a delete
 * {"uid": …, "delete": true, "if": {"stamp":…,"digest":…}} delete that state only
 * {"uid": …, "flags": {"set": …, "add": […], "remove": […]}}   change flags
 * {"uid": …, "drop": true, "if": {"stamp":…,"digest":…}}   take a row away that lingers
 * </pre>
 *
 * <p>A blob's bytes are always with it here; one above 64 KiB is not sent as JSON, or behind it.
 */
public final class ChangeJson {
    private static final String NAMES =
            "uid, body, cbor, blob, deleted, delete, drop, stamp, if, settles, " + PastJson.NAMES;

    private ChangeJson() {}

    /** @param content the bytes of a blob body, at most 64 KiB; null where there are none in the JSON */
    public static byte[] encode(Change change, Value.@Nullable Bytes content) {
        return BodyJson.writeLine((out, asCbor) -> {
            out.writeStartObject();
            out.writeFieldName("uid");
            ValueJson.writeUid(out, change.uid());
            switch (change) {
                case Change.Put put -> {
                    BodyJson.write(out, put.body(), content, asCbor);
                    if (!put.settles().isEmpty()) {
                        PastJson.writeStamps(out, "settles", put.settles());
                    }
                }
                case Change.Delete delete -> out.writeBooleanField("delete", true);
                case Change.Flag flag -> {
                    out.writeFieldName("flags");
                    writeOperation(out, flag);
                }
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

    private static void writeOperation(JsonGenerator out, Change.Flag flag) throws IOException {
        out.writeStartObject();
        out.writeStringField("set", flag.set());
        PastJson.writeNames(out, "add", flag.add());
        PastJson.writeNames(out, "remove", flag.remove());
        out.writeEndObject();
    }

    private static void writeRow(JsonGenerator out, Row row, Value.@Nullable Bytes content, boolean asCbor)
            throws IOException {
        switch (row) {
            case Row.Live live -> BodyJson.write(out, live.body(), content, asCbor);
            case Row.Tombstone tombstone -> out.writeBooleanField("deleted", true);
        }
        RowJson.writeVersion(out, row, asCbor);
    }

    /** @throws JsonException when it is not one change as docs/protocol.md has it */
    public static Change decode(byte[] json) {
        return JsonIn.read(json, in -> read(in, null));
    }

    /**
     * A change whose blob's bytes are elsewhere.
     *
     * @throws JsonException when it is not one change as docs/protocol.md has it, with a blob without bytes
     */
    public static Change decode(byte[] json, BlobSource bytes) {
        return JsonIn.read(json, in -> read(in, bytes));
    }

    /**
     * The body of one row as a user puts it: {@code {"body": …}}, {@code {"cbor": …}} or {@code {"blob": …}},
     * with or without a stamp.
     */
    public static Change decodeFor(Uid uid, @Nullable RowState expected, byte[] json) {
        return JsonIn.read(json, in -> {
            Parts parts = new Parts();
            parts.read(in, "body, cbor, blob, stamp, settles, " + PastJson.NAMES);
            if (parts.uid != null && !parts.uid.equals(uid)) {
                throw in.error("the uid inside is not the uid of the path");
            }
            if (parts.expected != null || parts.body == null) {
                throw in.error("here a row is put: with body, cbor or blob, and a stamp where it is replicated");
            }
            parts.uid = uid;
            parts.expected = expected;
            return parts.change(in);
        });
    }

    /** An operation on the flags of a row: {@code {"set": …, "add": […], "remove": […]}}. */
    public static Change.Flag decodeFlags(Uid uid, @Nullable RowState expected, byte[] json) {
        return JsonIn.read(json, in -> {
            PastJson read = new PastJson();
            read.read(in, "flags");
            return flag(in, uid, read.operation(), expected);
        });
    }

    private static Change.Flag flag(
            JsonIn in, Uid uid, PastJson.@Nullable Flags operation, @Nullable RowState expected) {
        if (operation == null || operation.set() == null) {
            throw in.error("an operation on flags has set, and add or remove or both");
        }
        String set = operation.set();
        List<String> add = operation.lists().getOrDefault("add", List.of());
        List<String> remove = operation.lists().getOrDefault("remove", List.of());
        if (add.isEmpty() && remove.isEmpty()) {
            throw in.error("an operation on flags adds or removes at least one");
        }
        in.check(() -> {
            add.forEach(flag -> Marks.Part.flag(set, flag));
            remove.forEach(flag -> Marks.Part.flag(set, flag));
            return set;
        });
        if (!Collections.disjoint(new HashSet<>(add), remove)) {
            throw in.error("a flag is both added and removed");
        }
        return new Change.Flag(uid, set, add, remove, expected);
    }

    private static Change read(JsonIn in, @Nullable BlobSource bytes) {
        Parts parts = new Parts();
        parts.bytes = bytes;
        parts.read(in, NAMES);
        return parts.change(in);
    }

    /** What was found in the object so far. */
    private static final class Parts {
        private final PastJson origin = new PastJson();
        private List<Stamp> settles = List.of();
        private @Nullable BlobSource bytes;
        private @Nullable Uid uid;
        private @Nullable Stamp stamp;
        private @Nullable RowState expected;
        private BodyJson.@Nullable Read body;
        private boolean deleted;
        private boolean delete;
        private boolean drop;

        private void read(JsonIn in, String known) {
            JsonIn.Members members = in.object("a change");
            for (String name = members.next(); name != null; name = members.next()) {
                switch (name) {
                    case "uid" -> uid = ValueJson.readUid(in);
                    case "stamp" -> stamp = StateJson.readStamp(in);
                    case "if" -> expected = StateJson.read(in);
                    case "settles" -> settles = PastJson.readStamps(in, Past.SEEN_MAX, "writes that a put settles");
                    case "deleted" -> {
                        in.isTrue(name);
                        deleted = true;
                    }
                    case "delete" -> {
                        in.isTrue(name);
                        delete = true;
                    }
                    case "drop" -> {
                        in.isTrue(name);
                        drop = true;
                    }
                    case "body", "cbor", "blob" -> {
                        if (body != null) {
                            throw in.error("a change has one of body, cbor and blob");
                        }
                        body = BodyJson.read(in, name);
                    }
                    default -> {
                        if (!origin.read(in, name)) {
                            throw members.unknown(name, known);
                        }
                    }
                }
            }
        }

        private Change change(JsonIn in) {
            boolean operates = origin.operation() != null;
            int kinds =
                    (body != null ? 1 : 0) + (deleted ? 1 : 0) + (delete ? 1 : 0) + (drop ? 1 : 0) + (operates ? 1 : 0);
            if (uid == null || kinds != 1) {
                throw in.error("a change has a uid and one of body, cbor, blob, delete, deleted, drop, and flags with"
                        + " set, add and remove");
            }
            if (!settles.isEmpty() && (body == null || stamp != null)) {
                throw in.error("only a new write settles others: a body without a stamp");
            }
            boolean replicated = deleted || body != null && stamp != null;
            if (!replicated && !origin.isEmpty()) {
                throw in.error("flags that are on, marks and seen belong to a row with its stamp");
            }
            if (replicated) {
                return replicate(in, uid);
            }
            if (stamp != null) {
                throw in.error(
                        delete
                                ? "a delete gets its stamp here; to replicate one write \"deleted\": true"
                                : "a change of flags and a drop have no stamp of their own");
            }
            if (delete) {
                return new Change.Delete(uid, expected);
            }
            if (drop) {
                if (!(expected instanceof RowState.Live lingering)) {
                    throw in.error("a drop names in \"if\" the live row that lingers: its stamp and digest");
                }
                return new Change.Drop(uid, lingering);
            }
            if (body == null) {
                return flag(in, uid, origin.operation(), expected);
            }
            return new Change.Put(uid, body.body(), blob(in, body), expected, settles);
        }

        private Change replicate(JsonIn in, Uid of) {
            if (stamp == null) {
                throw in.error("a replicated delete has its stamp; to delete write \"delete\": true");
            }
            Row row = RowJson.row(in, of, stamp, body, origin.past(in));
            return new Change.Replicate(new RowData(row, body == null ? null : blob(in, body)), expected);
        }

        private @Nullable BlobSource blob(JsonIn in, BodyJson.Read read) {
            if (!(read.body() instanceof Body.Blob)) {
                return null;
            }
            if (read.content() != null) {
                return BlobSource.of(read.content().toBytes());
            }
            if (bytes == null) {
                throw in.error("a blob comes with its bytes; PUT one above " + WireRow.INLINE_MAX
                        + " bytes to rows/{uid} as application/octet-stream");
            }
            return bytes;
        }
    }
}
