package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.tree.Salt;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a schedule compares less than all rows, and when it does not. */
class ScheduledModeTest {
    private static final TableName TABLE = new TableName("t");
    private static final Link.Key LINK = new Link.Key("north", TABLE);
    private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    private Instant now = T;
    private LinkBook book;

    @SuppressWarnings("NullAway.Init") // set before each test
    private StoreReplicas local;

    @BeforeEach
    void openStore() {
        local = StoreReplicas.open(folder, StoreReplicas.options(Salt.PUBLISHED));
        local.create(TABLE, TableRules.DEFAULT).close();
    }

    @AfterEach
    void closeStore() {
        local.close();
    }

    @BeforeEach
    void openBook() {
        book = new LinkBook(folder, List.of(peer(Config.Mode.TREE)));
    }

    private static Config.Peer peer(Config.Mode mode) {
        return new Config.Peer(
                "north",
                URI.create("http://127.0.0.1:1"),
                List.of(),
                Config.Direction.BOTH,
                Duration.ofMinutes(1),
                0.1,
                Duration.ZERO,
                Config.Retry.DEFAULT,
                OptionalLong.empty(),
                1,
                true,
                mode);
    }

    private RepairBoard board(Config.Mode mode) {
        Config plain = Config.of(folder, 0, List.of(TABLE));
        Config config = new Config(
                folder,
                plain.listen(),
                null,
                plain.tables(),
                List.of(peer(mode)),
                plain.limits(),
                plain.store(),
                plain.scrub());
        HeldPlans plans =
                new HeldPlans(new HeldBatches(folder, () -> now.toEpochMilli()), () -> "http://here:1", () -> now);
        return new RepairBoard(local, plans, config, Map.of(), book, () -> now, () -> 0);
    }

    private static Mode mode(RepairBoard board, Config.Mode mode) {
        return board.onSchedule(peer(mode), TABLE).mode();
    }

    @Test
    void theModesThatLookAtAllAreAlwaysAsConfigured() {
        assertEquals(Mode.TREE, mode(board(Config.Mode.TREE), Config.Mode.TREE));
        assertEquals(Mode.FULL, mode(board(Config.Mode.FULL), Config.Mode.FULL));
    }

    @Test
    void theOthersGiveWayWhereNoSyncIsKnownAndOnceADay() {
        for (Config.Mode configured : List.of(Config.Mode.PARTIAL, Config.Mode.INCREMENTAL)) {
            openBook();
            Mode wanted = Mode.valueOf(configured.name());
            RepairBoard board = board(configured);
            now = T;
            LinkBook.Times known = book.times(LINK).orElse(null);
            assertEquals(known == null ? Mode.TREE : wanted, mode(board, configured));
            book.synced(LINK, T, true, now);
            assertEquals(wanted, mode(board, configured));
            now = T.plus(Duration.ofHours(23));
            book.synced(LINK, now, false, now);
            assertEquals(wanted, mode(board, configured));
            now = T.plus(Duration.ofHours(25));
            assertEquals(Mode.TREE, mode(board, configured), "the last look at all rows is over a day ago");
            book.synced(LINK, now, true, now);
            assertEquals(wanted, mode(board, configured));
        }
    }

    @Test
    void afterARepairThatLeftTheCopiesDifferentAllIsComparedOnce() {
        RepairBoard board = board(Config.Mode.INCREMENTAL);
        book.synced(LINK, T, true, T);
        ended(board, Mode.INCREMENTAL, false);
        assertEquals(Mode.TREE, mode(board, Config.Mode.INCREMENTAL));
        ended(board, Mode.TREE, false);
        assertEquals(Mode.INCREMENTAL, mode(board, Config.Mode.INCREMENTAL));
        ended(board, Mode.INCREMENTAL, true);
        assertEquals(Mode.INCREMENTAL, mode(board, Config.Mode.INCREMENTAL));
    }

    @Test
    void anApprovedPlanThatLeftTheCopiesDifferentComparedNothing() {
        RepairBoard board = board(Config.Mode.INCREMENTAL);
        book.synced(LINK, T, true, T);
        ended(board, Mode.TREE, false, "g1");
        assertEquals(Mode.TREE, mode(board, Config.Mode.INCREMENTAL));
    }

    private void ended(RepairBoard board, Mode mode, @Nullable Boolean same) {
        ended(board, mode, same, null);
    }

    private void ended(RepairBoard board, Mode mode, @Nullable Boolean same, @Nullable String approves) {
        RepairRequest request =
                new RepairRequest(TABLE, "north", null, true, null, null).in(mode, mode == Mode.INCREMENTAL ? T : null);
        RepairView view = new RepairView(
                "r1", request, approves, RepairView.State.DONE, "over", T, T, same, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
        board.link("north", TABLE).ended(view, peer(Config.Mode.INCREMENTAL), () -> 0);
    }

    @Test
    void incrementalWithoutASyncIsRefusedWithAReason() {
        RepairBoard board = board(Config.Mode.TREE);
        RepairRequest request = new RepairRequest(TABLE, "north", null, true, null, null).in(Mode.INCREMENTAL, null);
        ReplicaException e = assertThrows(ReplicaException.class, () -> board.start(request));
        assertEquals(ReplicaException.Kind.BAD_REQUEST, e.kind());
        assertTrue(e.getMessage().contains("there is no last sync"), e.getMessage());
    }
}
