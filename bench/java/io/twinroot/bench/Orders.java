package io.twinroot.bench;

import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import java.util.List;

/**
 * The table that is measured with: a whole number as key, a UUID, about a hundred characters, a number with two digits
 * after its point, a time.
 */
record Orders(Engine engine, int rows) {
    private static final String CREATE =
            "CREATE TABLE orders (id int PRIMARY KEY, uid %s NOT NULL, note varchar(200) NOT NULL,"
                    + " amount %s(12,2), at %s)";

    /** A new database with the table. */
    ServerDatabase loaded(Server server) {
        ServerDatabase database = server.newDatabase();
        load(database);
        return database;
    }

    void load(ServerDatabase database) {
        if (engine == Engine.POSTGRESQL) {
            database.run(
                    String.format(CREATE, "uuid", "numeric", "timestamp"),
                    "INSERT INTO orders SELECT i, md5(i::text)::uuid, repeat(md5((i*7)::text), 3), (i::bigint * 7919 % 1000000) /"
                            + " 100.0, timestamp '2024-01-01' + i * interval '1.000001 s' FROM generate_series(1, "
                            + rows
                            + ") i");
        } else {
            database.run(
                    String.format(CREATE, "char(36)", "decimal", "datetime(6)"),
                    "INSERT INTO orders SELECT seq, concat_ws('-', substr(md5(seq), 1, 8), substr(md5(seq), 9, 4),"
                            + " substr(md5(seq), 13, 4), substr(md5(seq), 17, 4), substr(md5(seq), 21)),"
                            + " repeat(md5(seq * 7), 3), (seq * 7919 % 1000000) / 100,"
                            + " timestamp '2024-01-01 00:00:00' + interval seq * 1000001 microsecond FROM seq_1_to_"
                            + rows);
        }
        database.run(engine == Engine.POSTGRESQL ? "VACUUM ANALYZE orders" : "ANALYZE TABLE orders");
    }

    /** Makes 100 rows differ: 40 changed, 30 missing, 30 more. */
    void differ(ServerDatabase database) {
        int step = rows / 100;
        for (int i = 1; i <= 40; i++) {
            database.run("UPDATE orders SET amount = amount + 0.01 WHERE id = " + i * step);
        }
        for (int i = 41; i <= 70; i++) {
            database.run("DELETE FROM orders WHERE id = " + i * step);
        }
        for (int i = 1; i <= 30; i++) {
            database.run(
                    "INSERT INTO orders SELECT " + (rows + i) + ", uid, note, amount, at FROM orders WHERE id = " + i);
        }
    }

    /** The engine's own client, which reads the table in the order of its key. */
    static List<String> floor(ServerDatabase database) {
        String select = "SELECT * FROM orders ORDER BY id";
        return database.engine() == Engine.POSTGRESQL
                ? List.of(
                        "psql",
                        "-h",
                        database.host(),
                        "-p",
                        "" + database.port(),
                        "-U",
                        database.user(),
                        "-c",
                        "COPY (" + select + ") TO STDOUT",
                        database.name())
                : List.of(
                        "mariadb",
                        "--no-defaults",
                        "--quick",
                        "--batch",
                        "--skip-column-names",
                        "-h",
                        database.host(),
                        "-P",
                        "" + database.port(),
                        "-u",
                        database.user(),
                        "-e",
                        select,
                        database.name());
    }
}
