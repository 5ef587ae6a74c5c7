package io.twinroot.sim;

import io.twinroot.reconcile.Direction;

/** One thing that happens in a simulation. What it needs by chance comes from its own seed, so that others may go. */
sealed interface Event {
    /** A user writes a row. */
    record Put(int node, int key, long value) implements Event {}

    /** A user deletes a row. */
    record Delete(int node, int key) implements Event {}

    /** A user adds or removes a flag. */
    record Flag(int node, int key, int flag, boolean on) implements Event {}

    /** A user changes one field of a row, or takes it away. */
    record Edit(int node, int key, int field, long value, boolean remove) implements Event {}

    /** Two nodes compare and repair. */
    record Session(int mine, int theirs, Direction direction, int faults, long seed) implements Event {}

    /** A node reads on in another one's log. */
    record Follow(int reader, int from, int limit, int fault, long seed) implements Event {}

    /** A page of a log that was under way for long, or a second time, comes. */
    record LatePage(int which) implements Event {}

    /** A process dies, in the middle of a write. */
    record Crash(int node, int kept, int key, long value) implements Event {}

    /** A copy of the disk is put aside. */
    record Backup(int node) implements Event {}

    /** A node starts from a copy of its disk. */
    record Restore(int node, int which) implements Event {}

    /** Another machine starts from a copy of a node's disk. */
    record Clone(int node, int which) implements Event {}

    /** The clock is set. */
    record SetClock(int node, long offsetMs) implements Event {}

    /** Two nodes can't reach each other, or can again. */
    record Cut(int one, int other, boolean cut) implements Event {}

    record Compact(int node) implements Event {}

    record CleanUp(int node) implements Event {}

    /** Rows vanish. */
    record Lose(int node, int percent, boolean noticed, long seed) implements Event {}

    /** It is noticed that rows vanished before. */
    record Notice(int node) implements Event {}

    record Join(int near) implements Event {}

    record Leave(int node) implements Event {}
}
