package io.twinroot.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.table.Context;
import java.io.IOException;
import java.util.Base64;

/** A context in JSON: {@link Context#encoded} in base64url without padding; alone: {@code {"context": …}}. */
public final class ContextJson {
    /** The most bytes of a context alone. Each context fits. */
    public static final int BYTES_MAX = 4 << 20;

    private ContextJson() {}

    public static byte[] encode(Context context) {
        return JsonOut.write(out -> {
            out.writeStartObject();
            write(out, context);
            out.writeEndObject();
        });
    }

    /** Whether a line of JSON is a context, right or wrong: its first name says so. */
    public static boolean isContext(byte[] line) {
        return JsonIn.startsWith(line, "context");
    }

    /** Writes the member {@code context}. */
    public static void write(JsonGenerator out, Context context) throws IOException {
        out.writeStringField("context", text(context));
    }

    static String text(Context context) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(context.encoded());
    }

    /** @throws JsonException when it is not one context as docs/protocol.md has it */
    public static Context decode(byte[] json) {
        return JsonIn.read(json, in -> {
            JsonIn.Members members = in.object("an object with a context");
            Context context = null;
            for (String name = members.next(); name != null; name = members.next()) {
                if (!name.equals("context")) {
                    throw members.unknown(name, "context");
                }
                context = read(in);
            }
            if (context == null) {
                throw in.error("there is no context");
            }
            return context;
        });
    }

    /** The context at the current token. */
    public static Context read(JsonIn in) {
        String text = in.text("a context");
        byte[] bytes =
                in.check(() -> Base64.getUrlDecoder().decode(text), "a context is base64url (RFC 4648, section 5)");
        Context context = in.check(() -> Context.decode(bytes));
        if (!text(context).equals(text)) {
            throw in.error("the base64url is not in its one form, without padding");
        }
        return context;
    }
}
