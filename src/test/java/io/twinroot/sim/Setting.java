package io.twinroot.sim;

import io.twinroot.reconcile.Direction;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.TableRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * How a simulation is laid out.
 *
 * @param keys how many rows users write
 * @param maxDeletes the guard of the nodes
 * @param silentLoss whether rows may vanish without anybody noticing
 * @param twins whether users often write what is there already, or was there, here or elsewhere: versions that look the
 *     same and have different stamps
 */
record Setting(
        long seed,
        int nodes,
        Shape shape,
        int keys,
        TableRules.Merge merge,
        ConflictPolicy policy,
        long maxDeletes,
        boolean silentLoss,
        boolean clones,
        boolean twins) {
    enum Shape {
        STAR,
        CHAIN,
        CYCLE
    }

    private static final List<Shape> SHAPES = List.of(Shape.STAR, Shape.CHAIN, Shape.CYCLE);
    private static final List<ConflictPolicy> POLICIES = List.of(
            ConflictPolicy.NEWEST,
            ConflictPolicy.NEWEST,
            ConflictPolicy.NEWEST,
            ConflictPolicy.NEWEST,
            ConflictPolicy.MINE,
            ConflictPolicy.THEIRS);
    private static final List<Direction> ONE_WAY = List.of(Direction.PULL, Direction.PUSH);

    static Setting of(long seed) {
        Random random = new Random(seed * 31 + 7);
        boolean many = random.nextInt(12) == 0;
        boolean loss = random.nextInt(6) == 0;
        int policy = Math.floorMod((seed * 0x9E3779B97F4A7C15L) >>> 40, POLICIES.size()); // the rest stays as it was
        return new Setting(
                seed,
                2 + random.nextInt(4),
                SHAPES.get(random.nextInt(3)),
                many ? 150 : (loss ? 12 : 3) + random.nextInt(8),
                random.nextInt(3) == 0 ? TableRules.Merge.FIELDS : TableRules.Merge.ROW,
                POLICIES.get(policy),
                loss ? 3 : 1_000,
                loss,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0);
    }

    List<Event> events() {
        Random random = new Random(seed);
        List<Event> events = new ArrayList<>();
        int length = 40 + random.nextInt(80);
        for (int i = 0; i < length; i++) {
            events.add(event(random, i));
        }
        return events;
    }

    private Event event(Random random, int number) {
        int node = random.nextInt(60);
        int other = random.nextInt(60);
        int key = random.nextInt(keys);
        long seed = random.nextLong();
        int kind = random.nextInt(1000);
        if (silentLoss && random.nextInt(40) == 0) {
            return new Event.Lose(node, 50 + random.nextInt(50), false, seed);
        }
        if (kind < 170) {
            return new Event.Put(node, key, number);
        } else if (kind < 260) {
            return new Event.Delete(node, key);
        } else if (kind < 350) {
            return new Event.Flag(node, key, random.nextInt(3), random.nextInt(3) > 0);
        } else if (kind < 420) {
            return new Event.Edit(node, key, random.nextInt(3), number, random.nextInt(4) == 0);
        } else if (kind < 620) {
            Direction direction = random.nextInt(3) > 0 ? Direction.BOTH : ONE_WAY.get(random.nextInt(2));
            return new Event.Session(node, other, direction, random.nextInt(2) * random.nextInt(12), seed);
        } else if (kind < 760) {
            return new Event.Follow(node, other, 1 + random.nextInt(5), random.nextInt(8), seed);
        } else if (kind < 780) {
            return new Event.LatePage(other);
        } else if (kind < 815) {
            return new Event.Crash(node, random.nextInt(600), key, number);
        } else if (kind < 845) {
            return new Event.Backup(node);
        } else if (kind < 870) {
            return new Event.Restore(node, other);
        } else if (kind < 876) {
            return clones ? new Event.Clone(node, other) : new Event.Backup(node);
        } else if (kind < 890) {
            long[] offsets = {0, 1_000, -60_000, 240_000, 3_600_000, -86_400_000, 86_400_000};
            return new Event.SetClock(node, offsets[random.nextInt(offsets.length)]);
        } else if (kind < 905) {
            return new Event.Cut(node, other, random.nextInt(3) == 0);
        } else if (kind < 925) {
            return new Event.Compact(node);
        } else if (kind < 970) {
            return new Event.CleanUp(node);
        } else if (kind < 980) {
            return new Event.Lose(node, 20 + random.nextInt(80), !silentLoss || random.nextBoolean(), seed);
        } else if (kind < 985) {
            return new Event.Notice(node);
        } else if (kind < 992) {
            return new Event.Join(node);
        }
        return new Event.Leave(node);
    }
}
