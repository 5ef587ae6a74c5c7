package io.twinroot.cli;

import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import io.twinroot.wire.ChangeJson;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.LineSplitter;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.ValueJson;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows in JSON lines: in the row form of docs/protocol.md, as {@code dump} writes them, or plain objects whose
 * UID is made of their fields.
 */
final class JsonInputs implements Inputs {
    private static final int CHUNK = 1 << 16;

    private final String name;
    private final CountedStream in;
    private final long total;
    private final @Nullable UidTemplate template;
    private final BlobFolder blobs;
    private final LineSplitter lines = new LineSplitter(RowJson.LINE_MAX);
    private final byte[] chunk = new byte[CHUNK];

    /**
     * @param name of the file, for messages
     * @param total the file's bytes, -1 where not known
     * @param template for plain objects; null for the row form
     * @param blobs where the bytes of blobs are that do not stand in the lines
     */
    JsonInputs(String name, InputStream in, long total, @Nullable UidTemplate template, BlobFolder blobs) {
        this.name = name;
        this.in = new CountedStream(in);
        this.total = total;
        this.template = template;
        this.blobs = blobs;
    }

    @Override
    public @Nullable Input next() throws IOException, BadInput {
        byte[] line = line();
        if (line == null) {
            return null;
        }
        String place = name + ":" + lines.line();
        try {
            Change change = template == null ? change(line) : plain(template, line, place);
            return new Input(place, change, 2 * line.length + 100);
        } catch (JsonException e) {
            throw new BadInput(place + ":" + (e.offset() + 1), e.detail(), e);
        }
    }

    private byte @Nullable [] line() throws IOException, BadInput {
        try {
            while (true) {
                byte[] line = lines.next();
                if (line != null) {
                    return line;
                }
                int n = in.read(chunk, 0, CHUNK);
                if (n < 0) {
                    lines.finish();
                    return lines.next();
                }
                lines.add(chunk, 0, n);
            }
        } catch (JsonException e) {
            throw new BadInput(name + ":" + e.line(), e.detail(), e);
        }
    }

    private Change change(byte[] line) {
        try {
            return ChangeJson.decode(line);
        } catch (JsonException e) {
            return blobElsewhere(line, e);
        }
    }

    /** A row whose blob lies beside the file, as dump writes large ones; else the line is wrong as it was found. */
    private Change blobElsewhere(byte[] line, JsonException wrong) {
        Row row;
        try {
            row = RowJson.decode(line).row();
        } catch (JsonException e) {
            throw wrong;
        }
        if (row instanceof Row.Live(var uid, var stamp, Body.Blob blob, var past)) {
            BlobSource source = blobs.find(blob)
                    .orElseThrow(() -> new JsonException(
                            0,
                            "the blob's " + blob.size() + " bytes are not in the line, and there is no file "
                                    + blobs.path(blob)));
            return new Change.Replicate(new RowData(row, source), null);
        }
        throw wrong;
    }

    private static Change plain(UidTemplate template, byte[] line, String place) throws BadInput {
        if (!(ValueJson.decode(line) instanceof Value.Mapping fields)) {
            throw new BadInput(place, "with --uid each line is one JSON object of fields");
        }
        try {
            Uid uid = template.of(fields);
            Body body = new Body.Fields(fields);
            body.encoded(); // refuses what is too large while the line is at hand
            return new Change.Put(uid, body, null, null);
        } catch (IllegalArgumentException e) {
            throw new BadInput(place, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public long done() {
        return in.count();
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public String unit() {
        return "bytes";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
