package io.twinroot.reconcile;

import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import io.twinroot.tree.MemoryTree;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;

/**
 * What one narrowing cost: payload both ways and round trips, in all and before the entries were fetched.
 *
 * @param found the UIDs of all differences
 */
public record NarrowingCost(
        long bytes, int trips, long locatedBytes, int locatedTrips, boolean proven, NavigableSet<Uid> found) {

    /** Narrows from one table to another. */
    public static NarrowingCost measure(MemoryTree mine, MemoryTree theirs, long seed) {
        Random random = new Random(seed);
        MemorySnapshot there = new MemorySnapshot(theirs);
        NarrowingHost host = new NarrowingHost(random::nextLong, () -> 0);
        Narrowing narrowing =
                new Narrowing(new MemorySnapshot(mine), Narrowing.SHORT, random.nextLong(), 1_000_000, true);
        byte[] question = narrowing.start();
        long bytes = 0;
        long fetchBytes = 0;
        int trips = 0;
        int fetchTrips = 0;
        while (true) {
            byte[] answer = host.answer(new TableName("t"), () -> there, question);
            trips++;
            bytes += question.length + answer.length;
            if (MessageCodec.decode(question, Narrowing.SHORT) instanceof Message.Fetch) {
                fetchTrips++;
                fetchBytes += question.length + answer.length;
            }
            switch (narrowing.next(answer)) {
                case Narrowing.Step.Ask(var next) -> question = next.toBytes();
                case Narrowing.Step.Done(Narrowing.Result result) -> {
                    NavigableSet<Uid> found = new TreeSet<>();
                    boolean proven = false;
                    if (result instanceof Narrowing.Result.Different different) {
                        proven = different.proven();
                        different.differences().forEach(one -> found.add(((Difference.OfRow) one).uid()));
                    }
                    return new NarrowingCost(bytes, trips, bytes - fetchBytes, trips - fetchTrips, proven, found);
                }
            }
        }
    }
}
