package io.twinroot.peer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that takes each request whole and then does something odd. */
final class OddServer implements AutoCloseable {
    /** What it does once a request is there; returning closes the connection. */
    @FunctionalInterface
    interface Oddity {
        void on(OutputStream out, CountDownLatch closed) throws IOException, InterruptedException;
    }

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Oddity oddity;
    private final boolean readsBody;

    OddServer(Oddity oddity) throws IOException {
        this(oddity, true);
    }

    OddServer(Oddity oddity, boolean readsBody) throws IOException {
        this.oddity = oddity;
        this.readsBody = readsBody;
        Thread.ofVirtual().start(this::accept);
    }

    /** Sends exactly this, then hangs up. */
    static Oddity saying(String text) {
        return (out, closed) -> out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A whole answer with status 200. */
    static Oddity answering(String type, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return (out, closed) -> {
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + bytes.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
        };
    }

    /** Sends this, then nothing, and keeps the connection. */
    static Oddity stallingAfter(String text) {
        return (out, closed) -> {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            if (!closed.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody closed the server");
            }
        };
    }

    /** Sends this, then spaces without end, one every so often. */
    static Oddity drippingAfter(String text, long everyMs) {
        return (out, closed) -> {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            while (!closed.await(everyMs, TimeUnit.MILLISECONDS)) {
                out.write(' ');
                out.flush();
            }
        };
    }

    /** Sends this, then the other as often as it is taken. */
    static Oddity repeatingAfter(String text, String more) {
        byte[] piece = more.getBytes(StandardCharsets.ISO_8859_1);
        return (out, closed) -> {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            while (closed.getCount() > 0) {
                out.write(piece);
            }
        };
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException end) {
            closed.countDown();
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            String head = readHead(in);
            if (readsBody) {
                readBody(head, in);
            }
            oddity.on(connection.getOutputStream(), closed);
            connection.getOutputStream().flush();
        } catch (IOException | InterruptedException end) {
            // The client has had enough.
            Thread.currentThread().interrupt();
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            head.append((char) b);
        }
        return head.toString().toLowerCase(java.util.Locale.ROOT);
    }

    private static void readBody(String head, InputStream in) throws IOException {
        int length = head.indexOf("content-length: ");
        if (length >= 0) {
            String digits = head.substring(length + 16, head.indexOf('\r', length));
            in.skipNBytes(Long.parseLong(digits));
        } else if (head.contains("transfer-encoding: chunked")) {
            String end = "";
            while (!end.endsWith("\r\n0\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("the body breaks off");
                }
                end = (end.length() > 20 ? end.substring(1) : end) + (char) b;
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        socket.close();
    }
}
