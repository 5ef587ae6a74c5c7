package io.twinroot.peer;

import io.twinroot.table.Body;
import io.twinroot.table.Digest;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;

/** The bytes of a blob as they come; at the end they are checked to be the right ones. For one thread. */
final class RemoteBlob extends InputStream {
    private final Answer answer;
    private final Body.Blob blob;
    private final MessageDigest sha = Digest.newSha256();
    private long size;
    private boolean checked;

    RemoteBlob(Answer answer, Body.Blob blob) {
        this.answer = answer;
        this.blob = blob;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        int n = answer.read(target, offset, length);
        if (n >= 0) {
            sha.update(target, offset, n);
            size += n;
        } else if (!checked) {
            check();
        }
        return n;
    }

    private void check() {
        checked = true;
        Digest found = Digest.of(sha.digest());
        if (size != blob.size() || !found.equals(blob.content())) {
            throw answer.bad(
                    "is a blob of " + size + " bytes with SHA-256 " + found.hex() + ", not " + blob.size()
                            + " bytes with " + blob.content().hex(),
                    null);
        }
    }

    @Override
    public void close() {
        answer.close();
    }
}
