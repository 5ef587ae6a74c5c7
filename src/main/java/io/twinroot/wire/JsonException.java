package io.twinroot.wire;

import java.io.Serial;

/** JSON that is not what it should be. The message says where, what, and where it helps what to write instead. */
public final class JsonException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final long line;
    private final long offset;
    private final String detail;

    /** @param offset of the byte in the document or line, from 0 */
    public JsonException(long offset, String detail) {
        this(0, offset, detail);
    }

    private JsonException(long line, long offset, String detail) {
        super((line > 0 ? "line " + line + ", " : "") + "byte " + offset + ": " + detail);
        this.line = line;
        this.offset = offset;
        this.detail = detail;
    }

    /** The same error, of this line of JSON lines. */
    public JsonException atLine(long number) {
        JsonException there = new JsonException(number, offset, detail);
        there.initCause(this);
        return there;
    }

    /** The line of JSON lines, from 1; 0 where the JSON is one document. */
    public long line() {
        return line;
    }

    /** The byte where the error was seen, from 0, counted from the start of the document or line. */
    public long offset() {
        return offset;
    }

    /** The message without the place. */
    public String detail() {
        return detail;
    }
}
