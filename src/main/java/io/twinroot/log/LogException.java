package io.twinroot.log;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;

/** The log could not do what it was asked. The message names the place and what can be done. */
public final class LogException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /** What stands in the way. */
    public enum Kind {
        /** No space is left; writes work again once there is some. */
        FULL,
        /** The files or folders may not be written. */
        NOT_WRITABLE,
        /** The disk failed otherwise. */
        IO,
        /** What was written is no longer there, or no longer the same. */
        DAMAGED,
        /** The files are of a format that this program does not know. */
        FORMAT
    }

    private final Kind kind;

    public LogException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public LogException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** The failure of the file system, in our words: full, not writable, or another. */
    public static LogException of(String attempted, IOException cause) {
        String text = reason(cause).toLowerCase(Locale.ROOT);
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return new LogException(
                    Kind.FULL,
                    attempted + ": the disk is full. Nothing of it was written; reading goes on, and so will"
                            + " writing once there is space",
                    cause);
        }
        if (cause instanceof AccessDeniedException
                || text.contains("read-only file system")
                || text.contains("permission denied")) {
            return new LogException(
                    Kind.NOT_WRITABLE, attempted + ": not allowed to write there (" + reason(cause) + ")", cause);
        }
        return new LogException(Kind.IO, attempted + ": " + reason(cause), cause);
    }

    /** The refusal of a read-only file system. */
    public static LogException of(String attempted, ReadOnlyFileSystemException cause) {
        return new LogException(Kind.NOT_WRITABLE, attempted + ": the file system is read-only", cause);
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        return e.getMessage() == null || e instanceof FileSystemException
                ? e.getClass().getSimpleName() + " " + e.getMessage()
                : e.getMessage();
    }
}
