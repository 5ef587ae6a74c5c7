package io.twinroot.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.log.FaultyDisk;
import io.twinroot.table.Digest;
import io.twinroot.table.RowState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Killed at any moment, the store has every acknowledged write, and no part of a batch. */
final class StoreKillTest {
    private static final int KILLS = 20;
    private static final int WRITERS = 3;

    @TempDir
    Path directory;

    @Test
    void nothingAcknowledgedIsLost() throws Exception {
        long seed = 20261122;
        Random random = new Random(seed);
        Map<String, Long> acknowledged = new HashMap<>();
        int lines = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            lines += runAndKill(kill, random, acknowledged);
            check("seed " + seed + ", kill " + kill, acknowledged, kill % 5 == 0);
        }
        assertTrue(lines > KILLS, "the writers were killed before they wrote: " + lines);
    }

    /** Lets the child write until so many acknowledgements came and a moment more. */
    private int runAndKill(int kill, Random random, Map<String, Long> acknowledged) throws Exception {
        Process child = ChildStore.start("write", directory.toString(), "" + kill, "" + WRITERS);
        int lines = 0;
        try (BufferedReader reader = child.inputReader()) {
            assertEquals("READY", reader.readLine());
            int until = random.nextInt(120);
            for (; lines < until; lines++) {
                acknowledge(reader.readLine(), acknowledged);
            }
            long moment = System.nanoTime() + random.nextInt(8_000_000);
            while (System.nanoTime() < moment) {
                Thread.onSpinWait();
            }
            child.destroyForcibly();
            // What it printed before it died is acknowledged too; a line that breaks off is not.
            StringBuilder rest = new StringBuilder();
            for (int c = read(reader); c >= 0; c = read(reader)) {
                rest.append((char) c);
            }
            String text = rest.substring(0, rest.lastIndexOf("\n") + 1);
            for (String line : text.lines().toList()) {
                acknowledge(line, acknowledged);
                lines++;
            }
        }
        assertTrue(child.waitFor(30, TimeUnit.SECONDS));
        return lines;
    }

    private static int read(BufferedReader reader) {
        try {
            return reader.read();
        } catch (IOException e) {
            return -1; // the pipe went with the process
        }
    }

    private static void acknowledge(String line, Map<String, Long> acknowledged) {
        String[] words = line.split(" ", -1);
        acknowledged.put(words[0] + " " + words[1], Long.parseLong(words[2]));
    }

    private void check(String when, Map<String, Long> acknowledged, boolean rebuild) throws IOException {
        Digest root;
        try (Store store = StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick())) {
            TableSnapshot snapshot = StoreFixture.table(store).snapshot();
            root = StoreFixture.check(snapshot);
            for (int writer = 0; writer < WRITERS; writer++) {
                for (int run = 0; run < ChildStore.RUNS; run++) {
                    compare(when, snapshot, writer, run, acknowledged);
                }
            }
        }
        if (rebuild) {
            Files.delete(directory.resolve("view/MANIFEST"));
            try (Store store = StoreFixture.open(directory, StoreFixture.small(), FaultyDisk.quick())) {
                assertEquals(root, StoreFixture.check(StoreFixture.table(store).snapshot()), when);
            }
        }
    }

    /** All rows of a run have one number: that of the last acknowledged batch, or of one that came after it. */
    private static void compare(
            String when, TableSnapshot snapshot, int writer, int run, Map<String, Long> acknowledged) {
        String key = writer + " " + run;
        long first = StoreFixture.number(snapshot, ChildStore.row(writer, run, 0));
        for (int i = 1; i < ChildStore.BATCH; i++) {
            assertEquals(
                    first,
                    StoreFixture.number(snapshot, ChildStore.row(writer, run, i)),
                    when + ": half a batch, run " + key);
        }
        Long last = acknowledged.get(key);
        RowState state = snapshot.state(StoreFixture.uid(ChildStore.row(writer, run, 0)));
        assertTrue(
                last == null || last == -1 || !(state instanceof RowState.Absent), when + ": run " + key + " is gone");
        if (last != null && first != last) {
            // The one batch that the writer had begun and never heard of: deleted, or a higher number.
            assertTrue(first == -1 || first > last, when + ": run " + key + " has " + first + ", not " + last);
        }
        acknowledged.put(key, first);
    }
}
