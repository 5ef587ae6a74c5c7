package io.twinroot.sim;

/** Bugs that are planted to see that the simulation finds them. */
enum Mutant {
    NONE("nothing is wrong"),
    NO_NEW_INCARNATION("a process goes on under the incarnation that it finds in its log"),
    WALL_CLOCK_STAMPS("stamps are the wall time, also where something newer was seen"),
    CONTEXT_BEFORE_DATA("a session takes the other's context over before the rows came"),
    CONTEXT_ON_PARTIAL("a session that broke off takes the other's context over"),
    CONTEXT_AFTER_WALK("the context that is taken over is the one after the walk, not the one before"),
    NO_LINGERING_CHECK("a row that was here and was deleted comes back"),
    UNSEEN_STAY("a row that looks the same under another stamp is not brought, and the contexts are united"),
    NO_DIGEST_GUARD("a change is applied though the row is not as the plan saw it"),
    FLAG_STATES("an operation on a flag writes the state of all flags"),
    RETRY_IS_A_NEW_WRITE("a replicated row that comes again gets a new stamp"),
    FUTURE_STAMPS("stamps far ahead of the clock are taken"),
    NO_GUARDS("nobody counts the deletes of a repair"),
    TOMBSTONES_DROPPED_EARLY("marks of deletes are cleaned up before all peers cover them"),
    DAMAGE_KEEPS_CONTEXT("rows vanish, and the context still claims them"),
    LOSERS_NOT_KEPT("the losing version of a conflict is thrown away"),
    NOT_SYNCED("a write is acknowledged before it is on the disk");

    final String what;

    Mutant(String what) {
        this.what = what;
    }
}
