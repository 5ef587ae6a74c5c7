package io.twinroot.wire;

import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One line of a file that leads back from a repair, as docs/carry.md has it. A and B are the two copies. */
public sealed interface UndoLine {
    /**
     * The first line.
     *
     * @param a the address of the place of A
     * @param b the address of the place of B
     * @param made when the repair began
     */
    record Head(String a, String b, Instant made) implements UndoLine {}

    /** Rows of two copies of a table follow. */
    record Table(TableName a, TableName b, TableRules rules) implements UndoLine {}

    /** Which of the two copies. */
    enum Side {
        A,
        B
    }

    /** A row or tombstone as it was. The bytes of a blob above 64 KiB follow in pieces. */
    record Before(Side on, WireRow row, After after) implements UndoLine {}

    /** A row that was not there. */
    record Nothing(Side on, Uid uid, After after) implements UndoLine {}

    /** The next bytes of the blob of the row before. */
    record Piece(Value.Bytes bytes) implements UndoLine {}

    /**
     * The last line: nothing was cut off.
     *
     * @param rows how many rows the file brings back
     * @param digest of all bytes of the file before this line
     */
    record End(long rows, Digest digest) implements UndoLine {}

    /**
     * What a row is after the repair, as far as that is known before it.
     *
     * @param stamp null where the row is written anew, or is to be absent
     * @param digest null where no row is to be there
     */
    record After(@Nullable Stamp stamp, @Nullable Digest digest) {
        /** No row is there, and perhaps no tombstone. */
        public static final After GONE = new After(null, null);

        public static After of(RowState state) {
            return switch (state) {
                case RowState.Absent() -> GONE;
                case RowState.Live(Stamp stamp, Digest digest) -> new After(stamp, digest);
                case RowState.Deleted(Stamp stamp) -> new After(stamp, null);
            };
        }

        /** A row with this content, whatever its stamp. */
        public static After content(Digest digest) {
            return new After(null, digest);
        }

        /** Whether the row is as the repair left it. The mark of a delete may have been cleaned up since. */
        public boolean matches(RowState now) {
            return switch (now) {
                case RowState.Absent() -> digest == null;
                case RowState.Live(Stamp s, Digest d) -> d.equals(digest) && (stamp == null || stamp.equals(s));
                case RowState.Deleted(Stamp s) -> digest == null && (stamp == null || stamp.equals(s));
            };
        }
    }
}
