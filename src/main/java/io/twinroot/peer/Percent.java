package io.twinroot.peer;

import io.twinroot.table.Uid;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-encoding of bytes in segments of a path and values of a query (RFC 3986). */
final class Percent {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Percent() {}

    /**
     * The bytes that a segment or value stands for.
     *
     * @throws IllegalArgumentException when it is not well-formed, or has a plus sign, which some read as a space
     */
    static byte[] decode(String encoded) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                if (i + 2 >= encoded.length()
                        || !HexFormat.isHexDigit(encoded.charAt(i + 1))
                        || !HexFormat.isHexDigit(encoded.charAt(i + 2))) {
                    throw new IllegalArgumentException(
                            "a % at character " + i + " is not followed by two" + " hexadecimal digits");
                }
                bytes.write(HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                i += 2;
            } else if (c == '+') {
                throw new IllegalArgumentException(
                        "a plus sign at character " + i + " could be a space; write a space as %20 and a plus as %2B");
            } else if (c <= ' ' || c >= 0x7f) {
                throw new IllegalArgumentException("the character " + i + " must be percent-encoded");
            } else {
                bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }

    static String encode(Uid uid) {
        return encode(uid.toBytes());
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    /** All but letters, digits, {@code -}, {@code _} and {@code ~} is encoded; dots too, so no segment is one. */
    private static String encode(byte[] bytes) {
        StringBuilder encoded = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            if (b >= 'a' && b <= 'z'
                    || b >= 'A' && b <= 'Z'
                    || b >= '0' && b <= '9'
                    || b == '-'
                    || b == '_'
                    || b == '~') {
                encoded.append((char) b);
            } else {
                encoded.append('%');
                HEX.toHexDigits(encoded, b);
            }
        }
        return encoded.toString();
    }
}
