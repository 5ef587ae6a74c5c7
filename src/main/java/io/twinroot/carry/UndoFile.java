package io.twinroot.carry;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.TableJson;
import io.twinroot.wire.UndoJson;
import io.twinroot.wire.UndoLine;
import io.twinroot.wire.WireRow;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * An undo file that was read once from end to end and found whole. Its rows are read again when they are wanted; it must
 * stay as it is. For one thread.
 */
public final class UndoFile {
    private final Path file;
    private final UndoLine.Head head;
    private final long rows;
    private final Digest digest;

    private UndoFile(Path file, UndoLine.Head head, long rows, Digest digest) {
        this.file = file;
        this.head = head;
        this.rows = rows;
        this.digest = digest;
    }

    /** Takes what is in the file. */
    interface Taker {
        /** Rows of two copies of a table follow. */
        void table(UndoLine.Table table);

        /**
         * A row.
         *
         * @param was null where there was none; the bytes of its blob can be read until the next call
         */
        void row(UndoLine.Side on, Uid uid, @Nullable RowData was, UndoLine.After after);
    }

    /**
     * Reads a file.
     *
     * @throws CarryException when it is no undo file, was cut off or altered; the message names the line
     */
    public static UndoFile read(Path file) throws IOException {
        try (SealedInput in = new SealedInput(file, 0, 1, UndoJson.LINE_MAX)) {
            if (!(in.next(UndoJson::decode) instanceof UndoLine.Head head)) {
                throw in.wrong("an undo file starts with {\"twinroot\":\"undo\"", null);
            }
            Reading reading = new Reading(in, null, null);
            UndoLine.End end = reading.rest();
            if (!end.digest().equals(in.before())) {
                throw in.wrong("the file is not what was written: its digest differs", null);
            }
            if (end.rows() != reading.rows) {
                throw in.wrong("there are " + reading.rows + " rows where " + end.rows() + " are said to be", null);
            }
            in.checkEnd();
            return new UndoFile(file, head, end.rows(), end.digest());
        }
    }

    public UndoLine.Head head() {
        return head;
    }

    /** How many rows it brings back, on both sides. */
    public long rows() {
        return rows;
    }

    /** @throws CarryException when the file is not as it was any more, or large blobs find no room */
    void each(Taker taker) throws IOException {
        try (SpoolFolder spools = new SpoolFolder();
                SealedInput in = new SealedInput(file, 0, 1, UndoJson.LINE_MAX)) {
            in.next(UndoJson::decode);
            new Reading(in, taker, spools).rest();
            if (!in.before().equals(digest)) {
                throw new CarryException("it was changed while it was used");
            }
        }
    }

    /** One reading: to look only where nobody takes the rows. */
    private static final class Reading {
        private final SealedInput in;
        private final @Nullable Taker taker;
        private final @Nullable SpoolFolder spools;
        private long rows;
        private int tables;

        Reading(SealedInput in, @Nullable Taker taker, @Nullable SpoolFolder spools) {
            this.in = in;
            this.taker = taker;
            this.spools = spools;
        }

        UndoLine.End rest() {
            while (true) {
                switch (in.next(UndoJson::decode)) {
                    case UndoLine.Head again -> throw in.wrong("a first line in the middle of the file", null);
                    case UndoLine.Table table -> {
                        tables++;
                        if (tables > TableJson.TABLES_MAX) {
                            throw in.wrong("there are more than " + TableJson.TABLES_MAX + " tables", null);
                        }
                        if (taker != null) {
                            taker.table(table);
                        }
                    }
                    case UndoLine.Nothing(var on, Uid uid, var after) -> give(on, uid, null, after);
                    case UndoLine.Before(var on, WireRow row, var after) -> before(on, row, after);
                    case UndoLine.Piece piece -> throw in.wrong("bytes of a blob come without a row", null);
                    case UndoLine.End end -> {
                        return end;
                    }
                }
            }
        }

        private void give(UndoLine.Side on, Uid uid, @Nullable RowData was, UndoLine.After after) {
            if (tables == 0) {
                throw in.wrong("a row comes before its table", null);
            }
            rows++;
            if (taker != null) {
                taker.row(on, uid, was, after);
            }
        }

        private void before(UndoLine.Side on, WireRow read, UndoLine.After after) {
            Row row = read.row();
            if (!(row instanceof Row.Live(Uid uid, var stamp, Body.Blob blob, var past))) {
                give(on, row.uid(), new RowData(row, null), after);
            } else if (read.content() != null) {
                give(on, uid, new RowData(row, BlobSource.of(read.content().toBytes())), after);
            } else if (blob.size() <= WireRow.INLINE_MAX) {
                throw in.wrong("a blob of " + blob.size() + " bytes comes without its bytes", null);
            } else if (spools == null) {
                checkPieces(blob, null);
                give(on, uid, new RowData(row, BlobSource.of(new byte[0])), after);
            } else {
                try (BlobSpool spool = spools.open()) {
                    checkPieces(blob, spool);
                    if (!spool.has(blob)) {
                        throw in.wrong("the bytes of the blob of " + uid + " are not those of its sha256", null);
                    }
                    give(on, uid, new RowData(row, spool.source()), after);
                }
            }
        }

        /** Reads the pieces of a blob, which the lines before them announced, and keeps them if they are wanted. */
        private void checkPieces(Body.Blob blob, @Nullable BlobSpool spool) {
            MessageDigest sha = Digest.newSha256();
            for (long left = blob.size(); left > 0; ) {
                if (!(in.next(UndoJson::decode) instanceof UndoLine.Piece(Value.Bytes bytes))) {
                    throw in.wrong("the bytes of a blob are not all there", null);
                }
                byte[] piece = bytes.toBytes();
                if (piece.length != Math.min(left, Section.PIECE_BYTES)) {
                    throw in.wrong(
                            piece.length + " bytes of a blob come where " + Math.min(left, Section.PIECE_BYTES)
                                    + " are expected",
                            null);
                }
                left -= piece.length;
                sha.update(piece);
                if (spool != null) {
                    spool.add(piece, piece.length);
                }
            }
            if (!Digest.of(sha.digest()).equals(blob.content())) {
                throw in.wrong("the bytes of a blob are not those of its sha256", null);
            }
        }
    }
}
