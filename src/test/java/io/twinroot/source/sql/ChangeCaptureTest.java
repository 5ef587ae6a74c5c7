package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.twinroot.source.ChangeHints;
import io.twinroot.source.Pacing;
import io.twinroot.source.RowSink;
import io.twinroot.source.SourceException;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What real servers note of changes, and what of it is told. */
final class ChangeCaptureTest {
    private static final long MUCH = 1L << 30;

    private static final Server LOGICAL = Servers.startPostgres(List.of("wal_level=logical"));

    private final List<AutoCloseable> open = new ArrayList<>();

    /** The ways in which changes are noted. */
    enum Way {
        SLOT(ChangeCapture.Kind.SLOT),
        POSTGRES_TRIGGERS(ChangeCapture.Kind.TRIGGERS),
        MARIA_TRIGGERS(ChangeCapture.Kind.TRIGGERS);

        private final ChangeCapture.Kind kind;

        Way(ChangeCapture.Kind kind) {
            this.kind = kind;
        }
    }

    @AfterAll
    static void stop() {
        LOGICAL.close();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    /** A table t with rows 1 to 10, whose changes are noted from here on. */
    private final class Noted {
        private final Way way;
        private final ServerDatabase server;
        private final Database database;
        private final SqlTable table;
        private ChangeHints hints;

        Noted(Way way, long maxBacklog, String declaration) {
            this.way = way;
            server = (way == Way.MARIA_TRIGGERS ? Servers.mariadb() : LOGICAL).newDatabase();
            server.run(declaration);
            String address = server.address() + "?table=t" + (way == Way.MARIA_TRIGGERS ? "&sslMode=disable" : "");
            database = Database.open(
                    SqlAddress.parse(address + "&passwordEnv=SECRET"), Map.of("SECRET", server.password()));
            open.add(database);
            table = database.table("t");
            ChangeCapture.apply(database, table.changes(way.kind).install());
            hints = table.changes(way.kind).hints(maxBacklog);
            open.add(() -> ChangeCapture.apply(database, ChangeCapture.remove(database, "t")));
            open.add(() -> hints.close());
        }

        Noted(Way way) {
            this(way, MUCH, "CREATE TABLE t (id bigint PRIMARY KEY, v integer)");
            server.run("INSERT INTO t VALUES (1,0),(2,0),(3,0),(4,0),(5,0),(6,0),(7,0),(8,0),(9,0),(10,0)");
            assertEquals(Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L), changed(10));
        }

        /** As a node does that starts again. */
        void restart() {
            hints.close();
            hints = table.changes(way.kind).hints(MUCH);
        }

        /** The keys that are told, until so many were. */
        Set<Long> changed(int count) {
            Set<Long> numbers = new TreeSet<>();
            uids(count).forEach(uid -> numbers.add(Long.parseLong(KeyText.of(uid))));
            return numbers;
        }

        Set<Uid> uids(int count) {
            Set<Uid> all = new HashSet<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (all.size() < count) {
                ChangeHints.Step step = hints.step(all::addAll);
                assertNotEquals(ChangeHints.Step.ALL, step);
                if (System.nanoTime() > end) {
                    fail("told only " + all.size() + " of " + count);
                }
            }
            return all;
        }

        /** Whatever was written before is told before this. */
        Set<Long> changedUntil(int last) {
            server.run("INSERT INTO t VALUES (" + last + ", 0)");
            Set<Long> numbers = new TreeSet<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!numbers.contains((long) last)) {
                ChangeHints.Step step = hints.step(uids -> numbers.addAll(
                        uids.stream().map(KeyText::of).map(Long::parseLong).toList()));
                assertNotEquals(ChangeHints.Step.ALL, step);
                if (System.nanoTime() > end) {
                    fail("told only " + numbers);
                }
            }
            return numbers;
        }

        void awaitAll() {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (hints.step(uids -> true) != ChangeHints.Step.ALL) {
                if (System.nanoTime() > end) {
                    fail("never told that all may have changed");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsInsertedUpdatedAndDeletedIsTold(Way way) {
        Noted noted = new Noted(way);
        noted.server.run(
                "INSERT INTO t VALUES (11, 0), (12, 0)",
                "UPDATE t SET v = 1 WHERE id = 3",
                "DELETE FROM t WHERE id = 4",
                "UPDATE t SET id = 15 WHERE id = 5");
        assertEquals(Set.of(3L, 4L, 5L, 11L, 12L, 15L, 99L), noted.changedUntil(99));
        assertEquals(Set.of(100L), noted.changedUntil(100), "told once");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotTakenComesAgain(Way way) {
        Noted noted = new Noted(way);
        noted.server.run("UPDATE t SET v = 1 WHERE id = 3");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (noted.hints.step(uids -> false) != ChangeHints.Step.REFUSED) {
            assertTrue(System.nanoTime() < end);
        }
        assertThrows(IllegalStateException.class, () -> {
            while (System.nanoTime() < end) {
                noted.hints.step(uids -> {
                    throw new IllegalStateException();
                });
            }
        });
        assertEquals(Set.of(3L), noted.changed(1));
        noted.server.run("UPDATE t SET v = 1 WHERE id = 4");
        while (noted.hints.step(uids -> false) != ChangeHints.Step.REFUSED) {
            assertTrue(System.nanoTime() < end);
        }
        noted.restart();
        assertTrue(noted.changed(1).contains(4L));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsRolledBackIsNotToldAndWhatIsCommittedLateIs(Way way) throws SQLException {
        Noted noted = new Noted(way);
        try (Connection back = noted.server.connect();
                Connection late = noted.server.connect();
                Statement rolledBack = back.createStatement();
                Statement lately = late.createStatement()) {
            back.setAutoCommit(false);
            late.setAutoCommit(false);
            lately.execute("UPDATE t SET v = 1 WHERE id = 1");
            rolledBack.execute("UPDATE t SET v = 1 WHERE id = 2");
            noted.server.run("UPDATE t SET v = 1 WHERE id = 3");
            back.rollback();
            assertEquals(Set.of(3L, 99L), noted.changedUntil(99));
            late.commit();
        }
        assertEquals(Set.of(1L), noted.changed(1));
    }

    @ParameterizedTest
    @EnumSource
    void aTransactionOfManyRowsComesInSteps(Way way) {
        Noted noted = new Noted(way);
        noted.server.run(
                way == Way.MARIA_TRIGGERS
                        ? "INSERT INTO t SELECT seq, 0 FROM seq_1001_to_6000"
                        : "INSERT INTO t SELECT i, 0 FROM generate_series(1001, 6000) i");
        int[] most = new int[1];
        Set<Uid> all = new HashSet<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (all.size() < 5_000 && System.nanoTime() < end) {
            noted.hints.step(uids -> {
                most[0] = Math.max(most[0], uids.size());
                return all.addAll(uids);
            });
        }
        assertEquals(5_000, all.size());
        while (noted.hints.step(uids -> true) != ChangeHints.Step.NOTHING) {
            assertTrue(System.nanoTime() < end);
        }
        assertTrue(most[0] <= 1_001, most[0] + " in one step");
        noted.restart();
        assertEquals(Set.of(99L), noted.changedUntil(99), "all of it was confirmed");
    }

    @ParameterizedTest
    @EnumSource(names = "MARIA_TRIGGERS", mode = EnumSource.Mode.EXCLUDE)
    void aTruncateIsAboutAllRows(Way way) {
        Noted noted = new Noted(way);
        noted.server.run("TRUNCATE t");
        noted.awaitAll();
        assertEquals(Set.of(99L), noted.changedUntil(99));
    }

    @ParameterizedTest
    @EnumSource
    void moreThanMayWaitIsThrownAway(Way way) {
        boolean slot = way == Way.SLOT;
        Noted noted = new Noted(way, slot ? 1 << 20 : 1000 << 10, "CREATE TABLE t (id bigint PRIMARY KEY, v integer)");
        assertFalse(noted.hints.cut());
        noted.server.run(
                way == Way.MARIA_TRIGGERS
                        ? "INSERT INTO t SELECT seq, 0 FROM seq_1001_to_31000"
                        : "INSERT INTO t SELECT i, 0 FROM generate_series(1001, 31000) i");
        noted.restart();
        ChangeHints small = noted.table.changes(way.kind).hints(slot ? 1 << 20 : 1000 << 10);
        open.add(() -> small.close());
        assertTrue(small.cut());
        noted.hints = small;
        assertEquals(Set.of(99L), noted.changedUntil(99));
    }

    @Test
    void aSlotThatIsGoneIsMadeAgainAndAllIsRead() {
        Noted noted = new Noted(Way.SLOT);
        noted.hints.close();
        noted.server.run("UPDATE t SET v = 1 WHERE id = 3");
        List<String> remove = ChangeCapture.remove(noted.database, "t");
        ChangeCapture.apply(noted.database, remove.subList(0, 1));
        noted.awaitAll();
        noted.server.run("UPDATE t SET v = 1 WHERE id = 4");
        assertEquals(Set.of(4L), noted.changed(1));
    }

    @ParameterizedTest
    @EnumSource
    void removingLeavesNothing(Way way) throws SQLException {
        Noted noted = new Noted(way);
        noted.hints.close();
        ChangeCapture.apply(noted.database, ChangeCapture.remove(noted.database, "t"));
        assertEquals(List.of(), ChangeCapture.remove(noted.database, "t"));
        String left = way == Way.MARIA_TRIGGERS
                ? "SELECT (SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = database()) - 1"
                        + " + (SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = database())"
                        + " + (SELECT count(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = database())"
                : "SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE '%twinroot%')"
                        + " + (SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%twinroot%')"
                        + " + (SELECT count(*) FROM pg_proc WHERE proname LIKE '%twinroot%')"
                        + " + (SELECT count(*) FROM pg_publication)"
                        + " + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())";
        try (Connection connection = noted.server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(left)) {
            assertTrue(row.next());
            assertEquals(0, row.getInt(1));
        }
        SourceException missing = assertThrows(
                SourceException.class, () -> noted.table.changes(way.kind).hints(MUCH));
        assertTrue(String.valueOf(missing.getMessage()).contains("twinroot source install"), missing.getMessage());
        noted.server.run("UPDATE t SET v = 1 WHERE id = 3");
    }

    @ParameterizedTest
    @EnumSource
    void theTableOfChangedKeysIsNotComparedNorAreItsTriggersNamed(Way way) {
        Noted noted = new Noted(way);
        assertEquals(List.of(), noted.database.table("t").triggers());
        Database all = Database.open(
                SqlAddress.parse(noted.server.address() + "?passwordEnv=SECRET"
                        + (way == Way.MARIA_TRIGGERS ? "&sslMode=disable" : "")),
                Map.of("SECRET", noted.server.password()));
        open.add(all);
        assertEquals(List.of("t"), all.tables());
    }

    /** The UIDs that are told are those that a scan has, whatever the types of the key. */
    @ParameterizedTest
    @EnumSource(names = "MARIA_TRIGGERS", mode = EnumSource.Mode.EXCLUDE)
    void keysOfPostgresqlHaveTheUidsOfAScan(Way way) {
        Noted noted = new Noted(
                way,
                MUCH,
                "CREATE TABLE t (a varchar(20), b timestamptz, c numeric, d bytea, e float8, f uuid, g bit(3), h char(4),"
                        + " i boolean, \"j \"\" k\" date, l interval, v text, PRIMARY KEY (g, a, b, c, d, e, f, h, i,"
                        + " \"j \"\" k\", l))");
        noted.server.run("INSERT INTO t VALUES"
                + " ('it''s \\ ä','2024-01-31 12:00:00.123456+05',1.50,'\\x0001ff',0.1,"
                + "'00000000-0000-0000-0000-000000000001','101','ab',true,'2024-02-29','1 day 2 hours','x'),"
                + " ('','infinity','NaN','','-0','ffffffff-0000-0000-0000-000000000001','000','',false,'-infinity',"
                + "'-1 mons','y'),"
                + " ('IT','-infinity',-123456789012345678901234567890.5,'\\x','NaN',"
                + "'ffffffff-0000-0000-0000-000000000002','111',' a',false,'0044-03-15 BC','0','z')");
        Set<Uid> scanned = scanned(noted.table);
        assertEquals(3, scanned.size());
        assertEquals(scanned, noted.uids(3));
        noted.server.run("UPDATE t SET v = repeat(md5(random()::text), 1000)", "UPDATE t SET v = v || 'x'");
        assertEquals(scanned, noted.uids(3));
        noted.server.run("UPDATE t SET e = '0' WHERE e = 0");
        assertEquals(Set.of(true), Set.of(noted.uids(2).containsAll(changedBy(scanned, scanned(noted.table)))));
    }

    @Test
    void keysOfMariadbHaveTheUidsOfAScan() {
        Noted noted = new Noted(
                Way.MARIA_TRIGGERS,
                MUCH,
                "CREATE TABLE t (a varchar(20) CHARACTER SET latin1, b datetime(6), c decimal(20,3), d varbinary(9), e double,"
                        + " f uuid, g bigint unsigned, h char(4) CHARACTER SET utf8mb4, `j `` k` date, v text,"
                        + " PRIMARY KEY (a, b, c, d, e, f, g, h, `j `` k`))");
        noted.server.run("INSERT INTO t VALUES ('it''s ä','2024-01-31 12:00:00.123456',1.50,x'0001ff',0.1,"
                + "'00000000-0000-0000-0000-000000000001',18446744073709551615,'𝒳b','2024-02-29','x'),"
                + " ('','0001-01-01',-1.001,'',-1e300,'ffffffff-0000-0000-0000-000000000001',0,'','0001-01-01','y')");
        Set<Uid> scanned = scanned(noted.table);
        assertEquals(2, scanned.size());
        assertEquals(scanned, noted.uids(2));
        noted.server.run("UPDATE t SET a = 'IT''S Ä' WHERE g > 0");
        assertEquals(
                changedBy(scanned, scanned(noted.table)), noted.uids(2), "equal to the collation, but another row");
    }

    private static Set<Uid> changedBy(Set<Uid> before, Set<Uid> after) {
        Set<Uid> changed = new HashSet<>(before);
        changed.addAll(after);
        changed.removeIf(uid -> before.contains(uid) && after.contains(uid));
        return changed;
    }

    private static Set<Uid> scanned(SqlTable table) {
        Set<Uid> uids = new HashSet<>();
        table.scan(null, Pacing.NONE, new RowSink() {
            @Override
            public void row(Uid uid, Digest digest, byte[] canonical, int length) {
                uids.add(uid);
            }

            @Override
            public void chunk(Uid last, long rows, long bytes) {}
        });
        return uids;
    }

    /** Who reads what an INSERT counted must not get a number of ours. */
    @ParameterizedTest
    @EnumSource
    void writersGetTheirOwnNumbersBack(Way way) throws SQLException {
        Noted noted = new Noted(
                way,
                MUCH,
                way == Way.MARIA_TRIGGERS
                        ? "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, v integer) AUTO_INCREMENT = 500"
                        : "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY (START 500) PRIMARY KEY, v integer)");
        try (Connection connection = noted.server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO t (v) VALUES (1)");
            try (ResultSet row = statement.executeQuery(
                    way == Way.MARIA_TRIGGERS ? "SELECT last_insert_id()" : "SELECT lastval()")) {
                assertTrue(row.next());
                assertEquals(500, row.getLong(1));
            }
        }
        assertEquals(Set.of(500L), noted.changed(1));
    }

    /** What a subscription or a restore writes as a replica is a change too. */
    @ParameterizedTest
    @EnumSource(names = "MARIA_TRIGGERS", mode = EnumSource.Mode.EXCLUDE)
    void whatIsWrittenAsAReplicaIsTold(Way way) {
        Noted noted = new Noted(way);
        noted.server.run("SET session_replication_role = replica; UPDATE t SET v = 1 WHERE id = 3");
        assertEquals(Set.of(3L), noted.changed(1));
    }

    @ParameterizedTest
    @EnumSource(names = "MARIA_TRIGGERS", mode = EnumSource.Mode.EXCLUDE)
    void aPartitionedTableIsFollowed(Way way) {
        Noted noted = new Noted(
                way,
                MUCH,
                "CREATE TABLE t (v integer, id bigint PRIMARY KEY) PARTITION BY RANGE (id);"
                        + " CREATE TABLE p1 PARTITION OF t FOR VALUES FROM (1) TO (100);"
                        + " CREATE TABLE p2 (id bigint PRIMARY KEY, v integer);"
                        + " ALTER TABLE t ATTACH PARTITION p2 FOR VALUES FROM (100) TO (200)");
        noted.server.run(
                "INSERT INTO t VALUES (0, 7), (0, 107)", "UPDATE p1 SET id = 8", "UPDATE t SET id = 120 WHERE id = 8");
        assertEquals(Set.of(7L, 8L, 107L, 120L), noted.changed(4));
    }

    @Test
    void tablesThatCannotBeFollowedAreRefusedWithTheReason() {
        ServerDatabase server = LOGICAL.newDatabase();
        server.run(
                "CREATE TABLE n (id integer UNIQUE, v integer)",
                "CREATE TABLE u (id integer NOT NULL UNIQUE, v integer)",
                "CREATE VIEW w AS SELECT * FROM u");
        assertRefused(database(server, "n").table("n").changes(ChangeCapture.Kind.TRIGGERS), "may be NULL");
        assertRefused(database(server, "u").table("u").changes(ChangeCapture.Kind.SLOT), "replica identity");
        assertRefused(database(server, "w").table("w").changes(ChangeCapture.Kind.TRIGGERS), "view");
        ServerDatabase replica = Servers.postgres().newDatabase();
        replica.run("CREATE TABLE t (id integer PRIMARY KEY)");
        assertRefused(database(replica, "t").table("t").changes(ChangeCapture.Kind.SLOT), "wal_level is replica");
    }

    private Database database(ServerDatabase server, String table) {
        Database database = Database.open(
                SqlAddress.parse(server.address() + "?table=" + table + "&key=id&passwordEnv=SECRET"),
                Map.of("SECRET", server.password()));
        open.add(database);
        return database;
    }

    private static void assertRefused(ChangeCapture changes, String why) {
        SourceException refused = assertThrows(SourceException.class, changes::install);
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
    }

    @Test
    void longNamesAreCutAndStayDifferent() {
        String one = CaptureNames.ofTable("ä".repeat(30));
        String other = CaptureNames.ofTable("ä".repeat(30) + "x");
        assertNotEquals(one, other);
        assertTrue(one.getBytes(java.nio.charset.StandardCharsets.UTF_8).length <= 60);
        assertTrue(CaptureNames.ofSlot("d", "s", "Ä " + "X".repeat(80)).matches("[a-z0-9_]{1,63}"));
        assertNotEquals(CaptureNames.ofSlot("d", "s", "t"), CaptureNames.ofSlot("d2", "s", "t"));
    }
}
