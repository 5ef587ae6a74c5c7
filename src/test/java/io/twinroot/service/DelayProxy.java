package io.twinroot.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A way to a port on loopback on which everything takes longer: each piece of what comes is held back for a random
 * time, and what follows it too.
 */
final class DelayProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final int maxDelayMs;
    private final Random random;
    private final List<Socket> sockets = new ArrayList<>();

    DelayProxy(int target, int maxDelayMs, long seed) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        this.maxDelayMs = maxDelayMs;
        this.random = new Random(seed);
        Thread.ofVirtual().name("delay-proxy").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket from = server.accept();
                Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
                synchronized (this) {
                    sockets.add(from);
                    sockets.add(to);
                }
                Thread.ofVirtual().start(() -> pass(from, to));
                Thread.ofVirtual().start(() -> pass(to, from));
            }
        } catch (IOException e) {
            close();
        }
    }

    private void pass(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                byte[] piece = Arrays.copyOf(buffer, read);
                int delayMs;
                synchronized (this) {
                    delayMs = random.nextInt(maxDelayMs + 1);
                }
                Thread.sleep(delayMs); // the delay is what this is for
                out.write(piece);
            }
        } catch (IOException e) {
            // one side went away; so does the other
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
