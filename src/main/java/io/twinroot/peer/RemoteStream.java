package io.twinroot.peer;

import java.io.InputStream;
import java.util.Objects;

/** The bytes of an answer as they come. For one thread. */
final class RemoteStream extends InputStream {
    private final Answer answer;

    RemoteStream(Answer answer) {
        this.answer = answer;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        return answer.read(target, offset, length);
    }

    @Override
    public void close() {
        answer.close();
    }
}
