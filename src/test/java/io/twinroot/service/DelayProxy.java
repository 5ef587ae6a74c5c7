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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A way to a port on loopback on which everything takes longer: each piece of what comes is held back for a random
 * time, and nothing overtakes it.
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
                Socket to;
                try {
                    to = new Socket(InetAddress.getLoopbackAddress(), target);
                } catch (IOException e) { // nobody listens yet
                    from.close();
                    continue;
                }
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

    /** A piece on its way. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Piece(byte[] bytes, long dueNs) {}

    private void pass(Socket from, Socket to) {
        BlockingQueue<Piece> way = new LinkedBlockingQueue<>();
        Thread.ofVirtual().start(() -> deliver(way, to));
        try (from) {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                int delayMs;
                synchronized (this) {
                    delayMs = random.nextInt(maxDelayMs + 1);
                }
                way.add(new Piece(Arrays.copyOf(buffer, read), System.nanoTime() + delayMs * 1_000_000L));
            }
        } catch (IOException e) {
            // one side went away; so does the other
        } finally {
            way.add(new Piece(new byte[0], 0));
        }
    }

    private static void deliver(BlockingQueue<Piece> way, Socket to) {
        try (to) {
            OutputStream out = to.getOutputStream();
            for (Piece piece = way.take(); piece.bytes.length > 0; piece = way.take()) {
                TimeUnit.NANOSECONDS.sleep(piece.dueNs - System.nanoTime()); // the delay is what this is for
                out.write(piece.bytes);
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
