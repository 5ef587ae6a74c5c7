package io.twinroot.bench;

import io.twinroot.reconcile.Comparison;
import io.twinroot.source.sql.Engine;
import io.twinroot.source.sql.NearMisses;
import io.twinroot.source.sql.SqlPlace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Does a comparison of two tables ever miss a difference? Random pairs of rows that nearly are the same, in two databases
 * of PostgreSQL, compared in one run; each pair must be found.
 */
public final class NearMissBench {
    private NearMissBench() {}

    /** Arguments: pairs, and a seed to see the same again. */
    public static void main(String[] args) throws Exception {
        int pairs = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : new SecureRandom().nextLong();
        System.out.printf("%,d pairs of rows, seed %d%n", pairs, seed);
        Path temp = Files.createTempDirectory("near-miss");
        SqlPlace here = SqlPlace.of(Engine.POSTGRESQL, temp);
        SqlPlace there = SqlPlace.of(Engine.POSTGRESQL, temp);
        new NearMisses(seed).load(here, there, pairs);
        long started = System.nanoTime();
        Comparison found = here.verify(there, "near");
        double seconds = (System.nanoTime() - started) / 1e9;
        long rows = found instanceof Comparison.Different different ? different.rows() : 0;
        System.out.printf("%,d found, %,d missed, in %.1f s%n", rows, pairs - rows, seconds);
        Files.delete(temp.resolve("password"));
        Files.delete(temp);
        if (rows != pairs) {
            throw new AssertionError("differences were missed");
        }
    }
}
