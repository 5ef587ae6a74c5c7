package io.twinroot.carry;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.twinroot.table.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A file of changes written line by line from docs/carry.md, right or wrong, with the digests that its lines have. */
final class LinesFile {
    static final String HEAD = "{\"twinroot\":\"changes\",\"format\":1,\"from\":\"store:a\","
            + "\"made\":\"2026-01-02T03:04:05Z\",\"since\":null,\"tables\":[]}";
    static final String TABLE = "{\"table\":\"t\",\"digestExcludes\":[]}";

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final ZstdOutputStreamNoFinalizer out;
    private final MessageDigest sha = Digest.newSha256();

    LinesFile() {
        this(21);
    }

    LinesFile(int windowLog) {
        try {
            out = new ZstdOutputStreamNoFinalizer(file, 1);
            out.setWindowLog(windowLog);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String row(int n) {
        return "{\"table\":\"t\",\"row\":{\"uid\":\"r" + n + "\",\"body\":{},\"stamp\":\"019b7a0fb8000000-"
                + "00000000000000000000000000000001-" + (n + 1) + "\"}}";
    }

    LinesFile raw(byte[] bytes) {
        sha.update(bytes);
        try {
            out.write(bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    LinesFile line(String line) {
        return raw((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    LinesFile flush(int number, int changes) {
        return line("{\"flush\":" + number + "," + mark(changes));
    }

    LinesFile end(int changes) {
        return line("{\"end\":true," + mark(changes));
    }

    private String mark(int changes) {
        return "\"changes\":" + changes + ",\"next\":\"c\",\"sha256\":\""
                + RunningDigest.soFar(sha).hex() + "\"}";
    }

    byte[] bytes() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }
}
