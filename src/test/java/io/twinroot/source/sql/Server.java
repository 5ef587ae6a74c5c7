package io.twinroot.source.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A database server that runs. For many threads. */
public final class Server implements AutoCloseable {
    static final String PASSWORD = "twin root's";

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Engine engine;
    private final String user;
    private final int port;
    private final ServerProcess process;

    Server(Engine engine, String user, int port, ServerProcess process) {
        this.engine = engine;
        this.user = user;
        this.port = port;
        this.process = process;
    }

    /** A new and empty database. */
    public ServerDatabase newDatabase() {
        String name = "t" + DATABASES.incrementAndGet();
        admin().run("CREATE DATABASE " + name);
        return database(name);
    }

    /** The database that is there from the start, for statements about the whole server. */
    public ServerDatabase admin() {
        return database(engine == Engine.POSTGRESQL ? "postgres" : "mysql");
    }

    private ServerDatabase database(String name) {
        return new ServerDatabase(engine, "127.0.0.1", port, user, PASSWORD, name);
    }

    /** Where its files are; gone when it has stopped. */
    public Path data() {
        return process.data();
    }

    /** What the server has written on its standard output and error so far: its log, where no setting moves it. */
    public List<String> log() {
        try {
            return Files.readAllLines(process.log(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it at once, as a crash would, and removes its data. */
    @Override
    public void close() {
        process.stop();
    }
}
