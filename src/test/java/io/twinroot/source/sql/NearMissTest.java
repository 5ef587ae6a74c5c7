package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.twinroot.reconcile.Comparison;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random pairs of rows that nearly are the same: each is found. The bench {@code near-miss} does it with a million. */
final class NearMissTest {
    private static final int PAIRS = 20_000;

    @TempDir
    private Path temp;

    @Test
    void eachOfManyRandomPairsIsFound() throws Exception {
        long seed = new SecureRandom().nextLong();
        SqlPlace here = SqlPlace.of(Engine.POSTGRESQL, temp);
        SqlPlace there = SqlPlace.of(Engine.POSTGRESQL, temp);
        new NearMisses(seed).load(here, there, PAIRS);
        Comparison.Different found = assertInstanceOf(Comparison.Different.class, here.verify(there, "near"));
        assertEquals(PAIRS, found.rows(), () -> "seed " + seed);
    }
}
