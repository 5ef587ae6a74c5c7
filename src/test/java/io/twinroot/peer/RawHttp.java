package io.twinroot.peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** HTTP by hand, so that all of it can be wrong. */
final class RawHttp implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;

    RawHttp(int port) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(8 << 10);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MS);
    }

    /** What came back. */
    record Reply(int status, String head, String body) {
        boolean hasHeader(String line) {
            return head.lines().anyMatch(line::equalsIgnoreCase);
        }
    }

    RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawHttp send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Everything until the server closes. */
    byte[] rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        byte[] piece = new byte[8192];
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
            all.write(piece, 0, n);
        }
        return all.toByteArray();
    }

    /** The whole answer of a server that closes after it. */
    Reply reply() throws IOException {
        String text = new String(rest(), StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (!text.startsWith("HTTP/1.") || end < 0) {
            throw new AssertionError("no answer, but: '" + text + "'");
        }
        return new Reply(Integer.parseInt(text.substring(9, 12)), text.substring(0, end), text.substring(end + 4));
    }

    int readSome(byte[] target) throws IOException {
        return socket.getInputStream().read(target);
    }

    /** One request as it should be, on a connection of its own. */
    static Reply ask(int port, String method, String path, String headers, byte[] body) throws IOException {
        try (RawHttp http = new RawHttp(port)) {
            StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
            if (!headers.contains("Host:")) {
                head.append("Host: localhost\r\n");
            }
            head.append("Connection: close\r\n").append(headers);
            if (body.length > 0) {
                head.append("Content-Length: ").append(body.length).append("\r\n");
            }
            http.send(head + "\r\n").send(body);
            return http.reply();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
