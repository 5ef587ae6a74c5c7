package io.twinroot.bench;

import io.twinroot.reconcile.NarrowingCost;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.UidKinds;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.LongFunction;

/**
 * What does it cost to find d differing rows among n? Payload both ways and round trips, for d updates spread
 * at random, three seeds each. "located" is until the initiator knows where all differences lie; "proven" is
 * until it has the other side's entries and has rebuilt the other's root from them.
 */
public final class NarrowingBench {
    private NarrowingBench() {}

    public static void main(String[] args) {
        int n = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
        LongFunction<Uid> uids = UidKinds.all(Salt.PUBLISHED).get("uuid4");
        MemoryTree mine = new MemoryTree(Salt.PUBLISHED);
        for (int i = 0; i < n; i++) {
            mine.write(uids.apply(i), digest(i));
        }
        mine.refresh();
        System.out.printf("narrowing, n = %,d rows with random 16-byte UIDs, d updates spread at random%n", n);
        System.out.printf(
                "%8s %6s | %12s %6s | %12s %6s | %8s | %s%n",
                "d", "seed", "located B", "trips", "proven B", "trips", "ms", "correct");
        boolean allCorrect = true;
        for (int d : new int[] {0, 1, 10, 100, 1_000, 10_000}) {
            for (long seed = 1; seed <= 3; seed++) {
                MemoryTree theirs = mine.copy();
                Random random = new Random(seed);
                TreeSet<Uid> changed = new TreeSet<>();
                while (changed.size() < d) {
                    Uid uid = uids.apply(random.nextInt(n));
                    if (changed.add(uid)) {
                        theirs.write(uid, digest(-1 - changed.size()));
                    }
                }
                theirs.refresh();
                long start = System.nanoTime();
                NarrowingCost cost = NarrowingCost.measure(mine, theirs, seed);
                long ms = (System.nanoTime() - start) / 1_000_000;
                boolean correct = cost.found().equals(changed) && (d == 0 || cost.proven());
                allCorrect &= correct;
                System.out.printf(
                        "%,8d %6d | %,12d %6d | %,12d %6d | %8d | %s%n",
                        d, seed, cost.locatedBytes(), cost.locatedTrips(), cost.bytes(), cost.trips(), ms, correct);
            }
        }
        if (!allCorrect) {
            throw new IllegalStateException("a narrowing found other rows than those that differ");
        }
    }

    private static Digest digest(long n) {
        return Digest.sha256(ByteBuffer.allocate(8).putLong(n).array());
    }
}
