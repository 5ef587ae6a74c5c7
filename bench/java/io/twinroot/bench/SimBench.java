package io.twinroot.bench;

import io.twinroot.sim.Histories;

/** Does any of so many random histories of several nodes lose a write? progress twenty times, and each that fails. */
public final class SimBench {
    private SimBench() {}

    public static void main(String... arguments) {
        long count = Long.parseLong(arguments[0]);
        long first = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        long failed = Histories.play(first, count, System.out);
        System.out.println(failed == 0 ? "all hold" : failed + " do not hold");
        System.exit(failed == 0 ? 0 : 1);
    }
}
