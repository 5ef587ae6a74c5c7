package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Body;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Value;
import java.io.IOException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The member of a row that says what it holds: {@code body} (fields), {@code cbor} (the same in their canonical
 * encoding, where JSON would be too long) or {@code blob}.
 */
final class BodyJson {
    /** A line that needs more has its fields as {@code cbor}, so that each legal row fits in a line. */
    private static final int JSON_MAX = 3 << 19;

    /** Writes a line with the fields of its body as JSON or as CBOR. */
    @FunctionalInterface
    interface Writing {
        void to(JsonGenerator out, boolean asCbor) throws IOException;
    }

    private BodyJson() {}

    /**
     * What such a member held.
     *
     * @param content the bytes of a blob, where they were given
     */
    record Read(Body body, Value.@Nullable Bytes content) {}

    /** Reads the member of this name. */
    static Read read(JsonIn in, String name) {
        return switch (name) {
            case "body" -> new Read(new Body.Fields(ValueJson.readMapping(in, "a body")), null);
            case "cbor" -> new Read(cbor(in), null);
            case "blob" -> blob(in);
            default -> throw new IllegalArgumentException("no member for a body: " + name);
        };
    }

    private static Body cbor(JsonIn in) {
        byte[] bytes = ValueJson.base64(in);
        Body body = in.check(() -> CanonicalCbor.decodeBody(bytes));
        if (!(body instanceof Body.Fields)) {
            throw in.error("cbor holds fields; a blob is written as blob");
        }
        return body;
    }

    private static Read blob(JsonIn in) {
        JsonIn.Members members = in.object("a blob");
        long size = -1;
        Digest digest = null;
        Value.Bytes content = null;
        for (String name = members.next(); name != null; name = members.next()) {
            switch (name) {
                case "size" -> size = in.count("a blob's size");
                case "sha256" -> digest = StateJson.readDigest(in);
                case "bytes" -> content = new Value.Bytes(ValueJson.base64(in));
                default -> throw members.unknown(name, "size, sha256, bytes");
            }
        }
        if (content == null) {
            if (size < 0 || digest == null) {
                throw in.error("a blob has its size and sha256, or its bytes");
            }
            return new Read(new Body.Blob(size, digest), null);
        }
        if (content.length() > WireRow.INLINE_MAX) {
            throw in.error("a blob's bytes are in JSON up to " + WireRow.INLINE_MAX
                    + " bytes; send a larger one as application/octet-stream");
        }
        Digest found = Digest.sha256(content.toBytes());
        if (size >= 0 && size != content.length() || digest != null && !digest.equals(found)) {
            throw in.error("the blob's bytes (" + content.length() + ", sha256 " + found.hex()
                    + ") are not what its size or sha256 says");
        }
        return new Read(new Body.Blob(content.length(), found), content);
    }

    static byte[] writeLine(Writing writing) {
        byte[] line = JsonOut.write(out -> writing.to(out, false));
        return line.length <= JSON_MAX ? line : JsonOut.write(out -> writing.to(out, true));
    }

    /** Writes the one member that this body needs. */
    static void write(JsonGenerator out, Body body, Value.@Nullable Bytes content, boolean asCbor) throws IOException {
        switch (body) {
            case Body.Fields(Value.Mapping fields)
            when asCbor ->
                out.writeStringField("cbor", Base64.getEncoder().encodeToString(CanonicalCbor.encode(fields)));
            case Body.Fields(Value.Mapping fields) -> {
                out.writeFieldName("body");
                ValueJson.write(out, fields);
            }
            case Body.Blob(long size, Digest digest) -> {
                out.writeObjectFieldStart("blob");
                out.writeNumberField("size", size);
                out.writeStringField("sha256", digest.hex());
                if (content != null) {
                    out.writeStringField("bytes", Base64.getEncoder().encodeToString(content.toBytes()));
                }
                out.writeEndObject();
            }
        }
    }
}
