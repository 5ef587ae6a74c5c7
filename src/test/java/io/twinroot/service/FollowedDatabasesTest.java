package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.twinroot.config.Config;
import io.twinroot.peer.ProblemView;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.ServerDatabase;
import io.twinroot.source.sql.Servers;
import io.twinroot.table.Body;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node that follows a real database by what that notes of changes: what is in its mirror, without a scan. */
final class FollowedDatabasesTest {
    private static final TableName TABLE = new TableName("shop/orders");
    private static final int ROWS = 300;
    private static final Server LOGICAL = Servers.startPostgres(List.of("wal_level=logical"));

    /** How a database is followed. */
    enum Way {
        SLOT,
        POSTGRES_TRIGGERS,
        MARIA_TRIGGERS;

        private Config.Source.Changes changes() {
            return this == SLOT ? Config.Source.Changes.SLOT : Config.Source.Changes.TRIGGERS;
        }
    }

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set by start
    private ServerDatabase database;

    @SuppressWarnings("NullAway.Init") // set by start
    private String address;

    @SuppressWarnings("NullAway.Init") // set by start
    private Node node;

    @SuppressWarnings("NullAway.Init") // set by start
    private Config config;

    @AfterAll
    static void stop() {
        LOGICAL.close();
    }

    private void start(Way way, boolean isInstalled, long maxBacklogMiB) throws Exception {
        database = (way == Way.MARIA_TRIGGERS ? Servers.mariadb() : LOGICAL).newDatabase();
        database.run("CREATE TABLE orders (id integer PRIMARY KEY, v integer)");
        List<String> rows = new ArrayList<>();
        for (int i = 1; i <= ROWS; i++) {
            rows.add("(" + i + ", 0)");
        }
        database.run("INSERT INTO orders VALUES " + String.join(", ", rows));
        Path password = Files.writeString(directory.resolve("password"), database.password() + "\n");
        address = database.address() + "?table=orders" + (way == Way.MARIA_TRIGGERS ? "&sslMode=disable" : "");
        if (isInstalled) {
            install(way);
        }
        Config plain = Config.of(directory.resolve("node"), 0, List.of());
        Config.Source source = new Config.Source(
                address, password, Duration.ofHours(1), way.changes(), 0, OptionalLong.empty(), 1_000, maxBacklogMiB);
        config = new Config(
                plain.data(),
                plain.listen(),
                plain.salt(),
                List.of(new Config.Table(TABLE, TableRules.DEFAULT, true, ConflictPolicy.NEWEST, source)),
                List.of(),
                plain.limits(),
                plain.store(),
                plain.scrub());
        node = Node.start(config);
        await("the first scan", () -> mirror().state().scanned() != null);
    }

    private DatabaseChanges changes() {
        return DatabaseChanges.open(address + "&passwordEnv=SECRET", Map.of("SECRET", database.password()));
    }

    private void install(Way way) {
        try (DatabaseChanges changes = changes()) {
            changes.apply(way == Way.SLOT ? changes.installSlot() : changes.installTriggers());
        }
    }

    @AfterEach
    void close() {
        node.close();
        try (DatabaseChanges changes = changes()) {
            changes.apply(changes.remove());
        }
    }

    private Mirror mirror() {
        return node.mirrors().all().getFirst();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                fail("waited in vain for " + what);
            }
            Thread.sleep(2);
        }
    }

    private Map<Long, Long> mirrored() {
        Map<Long, Long> rows = new TreeMap<>();
        try (Replica table = node.replicas().table(TABLE);
                RowCursor cursor = table.rows(UidRange.ALL)) {
            while (cursor.hasNext()) {
                Body.Fields fields = (Body.Fields) ((Row.Live) cursor.next().row()).body();
                rows.put(number(fields, "id"), number(fields, "v"));
            }
        }
        return rows;
    }

    private static long number(Body.Fields fields, String name) {
        return ((Value.Int) Objects.requireNonNull(fields.fields().values().get(name))).value();
    }

    @ParameterizedTest
    @EnumSource
    void whatChangesInTheDatabaseIsSoonInTheMirrorWithoutAScan(Way way) throws Exception {
        start(way, true, 1024);
        Instant scanned = Objects.requireNonNull(mirror().state().scanned());
        Map<Long, Long> expected = mirrored();
        assertEquals(ROWS, expected.size());
        database.run(
                "UPDATE orders SET v = 7 WHERE id = 5",
                "DELETE FROM orders WHERE id = 6",
                "UPDATE orders SET id = 1007 WHERE id = 7",
                "INSERT INTO orders VALUES (1008, 8)");
        expected.put(5L, 7L);
        expected.remove(6L);
        expected.remove(7L);
        expected.put(1007L, 0L);
        expected.put(1008L, 8L);
        await("the changes", () -> expected.equals(mirrored()));
        node.close();
        database.run("UPDATE orders SET v = 9 WHERE id = 9");
        expected.put(9L, 9L);
        node = Node.start(config);
        await("the change", () -> expected.equals(mirrored()));
        Instant again = Objects.requireNonNull(mirror().state().scanned());
        assertTrue(again.isAfter(scanned));
        database.run("UPDATE orders SET v = 10 WHERE id = 10");
        expected.put(10L, 10L);
        await("the last change", () -> expected.equals(mirrored()));
        assertEquals(again, mirror().state().scanned(), "it was scanned at its start alone");
        assertTrue(mirror().trouble().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotInstalledIsAProblemThatNamesTheCommandAndScansGoOn(Way way) throws Exception {
        start(way, false, 1024);
        await("the problem", () -> mirror().trouble().isPresent());
        ProblemView problem = node.care().problems().list(false).getFirst();
        assertEquals(ProblemView.Kind.SOURCE, problem.kind());
        assertTrue(problem.text().contains("twinroot source install"), problem.text());
        database.run("UPDATE orders SET v = 7 WHERE id = 5");
        mirror().ask();
        await("the scan", () -> mirrored().get(5L) == 7);
        assertTrue(mirror().trouble().isPresent());
        install(way);
        await("the end of the problem", () -> mirror().trouble().isEmpty());
        database.run("UPDATE orders SET v = 8 WHERE id = 5");
        await("the change", () -> mirrored().get(5L) == 8);
    }

    @ParameterizedTest
    @EnumSource(names = "MARIA_TRIGGERS", mode = EnumSource.Mode.EXCLUDE)
    void anEmptiedTableIsScannedAndSuspect(Way way) throws Exception {
        start(way, true, 1024);
        database.run("TRUNCATE orders");
        await("a suspicion", () -> mirror().state().suspicion() != null);
        assertEquals(ROWS, mirrored().size());
    }

    @ParameterizedTest
    @EnumSource
    void whereTooMuchWaitsAllIsRead(Way way) throws Exception {
        start(way, true, 1);
        node.close();
        String some = way == Way.MARIA_TRIGGERS
                ? "INSERT INTO orders SELECT seq, 0 FROM seq_1001_to_21000"
                : "INSERT INTO orders SELECT i, 0 FROM generate_series(1001, 21000) i";
        database.run(some);
        node = Node.start(config);
        await("all rows", () -> mirrored().size() == ROWS + 20_000);
        database.run("UPDATE orders SET v = 8 WHERE id = 5");
        await("the change", () -> mirrored().get(5L) == 8);
        assertTrue(mirror().trouble().isEmpty());
    }
}
