package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Past;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A row in JSON, one object on one line without a newline:
 *
 * <pre>
 * {"uid": …, "body": {…}, "stamp": …}                                       fields
 * {"uid": …, "blob": {"size": 5, "sha256": …, "bytes": …}, "stamp": …}      a blob; bytes up to 64 KiB
 * {"uid": …, "deleted": true, "stamp": …}                                   a tombstone
 * </pre>
 *
 * <p>and with each of them, where there is something to say, what {@link PastJson} has.
 */
public final class RowJson {
    /** The most bytes of a row's JSON. Each legal row fits. */
    public static final int LINE_MAX = 3 << 20;

    private RowJson() {}

    /** @param content the bytes to write of a blob of at most 64 KiB; null to leave them out */
    public static byte[] encode(Row row, Value.@Nullable Bytes content) {
        return BodyJson.writeLine((out, asCbor) -> write(out, row, content, asCbor));
    }

    static void write(JsonGenerator out, Row row, Value.@Nullable Bytes content, boolean asCbor) throws IOException {
        out.writeStartObject();
        out.writeFieldName("uid");
        ValueJson.writeUid(out, row.uid());
        switch (row) {
            case Row.Live(var uid, var stamp, var body, var past) -> BodyJson.write(out, body, content, asCbor);
            case Row.Tombstone tombstone -> out.writeBooleanField("deleted", true);
        }
        writeVersion(out, row, asCbor);
        out.writeEndObject();
    }

    /** The stamp of a row, and its past. */
    static void writeVersion(JsonGenerator out, Row row, boolean asCbor) throws IOException {
        PastJson.writeFlags(out, row.past(), asCbor);
        out.writeStringField("stamp", row.stamp().text());
        PastJson.write(out, row.past(), asCbor);
    }

    /** @throws JsonException when it is not one row as docs/protocol.md has it */
    public static WireRow decode(byte[] json) {
        return JsonIn.read(json, RowJson::read);
    }

    static WireRow read(JsonIn in) {
        JsonIn.Members members = in.object("a row");
        Uid uid = null;
        Stamp stamp = null;
        BodyJson.Read body = null;
        PastJson origin = new PastJson();
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "uid" -> uid = ValueJson.readUid(in);
                case "stamp" -> stamp = StateJson.readStamp(in);
                case "deleted" -> in.isTrue(name);
                case "body", "cbor", "blob" -> {
                    if (body != null) {
                        throw in.error("a row has one of body, cbor and blob");
                    }
                    body = BodyJson.read(in, name);
                }
                default -> {
                    if (!origin.read(in, name)) {
                        throw members.unknown(name, "uid, stamp, body, cbor, blob, deleted, " + PastJson.NAMES);
                    }
                }
            }
        }
        if (uid == null || stamp == null || members.has("deleted") == (body != null)) {
            throw in.error("a row has a uid, a stamp, and one of body, cbor, blob and deleted");
        }
        return new WireRow(row(in, uid, stamp, body, origin.past(in)), body == null ? null : body.content());
    }

    /** A row, or the tombstone that it is without a body. */
    static Row row(JsonIn in, Uid uid, Stamp stamp, BodyJson.@Nullable Read body, Past past) {
        return in.check(
                () -> body == null ? new Row.Tombstone(uid, stamp, past) : new Row.Live(uid, stamp, body.body(), past));
    }
}
