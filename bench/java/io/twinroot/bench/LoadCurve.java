package io.twinroot.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** What {@link LoadBench} saw, second by second. */
final class LoadCurve {
    private static final double MIB = 1 << 20;

    /**
     * One second.
     *
     * @param times how long each acknowledged write took, in ns, sorted
     * @param reads rows that were read
     * @param diskBytes the sum of the sizes of all files
     * @param liveBytes what the live rows need in the log
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Second(long[] times, long reads, long diskBytes, long liveBytes) {
        double ms(double part) {
            return LoadCurve.ms(times, part);
        }

        double ratio() {
            return diskBytes / (double) liveBytes;
        }
    }

    private final List<Second> seconds = new ArrayList<>();
    private double longestPauseMs;
    private double longestPauseAt;

    /** The time in ms that this part of all times did not exceed; 0 where there are none. */
    private static double ms(long[] sorted, double part) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1L, (long) (part * sorted.length))] / 1e6;
    }

    List<Second> seconds() {
        return seconds;
    }

    void add(Second second) {
        seconds.add(second);
        if (seconds.size() % 10 == 0) {
            System.out.printf(
                    "%4d s  %,6d writes/s  p99 %7.2f ms  max %7.1f ms  %,8d reads/s  disk %,7.0f MiB  live %,5.0f MiB  ratio %.2f%n",
                    seconds.size(),
                    second.times.length,
                    second.ms(0.99),
                    second.ms(1),
                    second.reads,
                    second.diskBytes / MIB,
                    second.liveBytes / MIB,
                    second.ratio());
        }
    }

    /** Finds the longest time between acknowledgements, which come sorted, in ns. */
    void pauses(long[] acknowledged) {
        for (int i = 1; i < acknowledged.length; i++) {
            double pause = (acknowledged[i] - acknowledged[i - 1]) / 1e6;
            if (pause > longestPauseMs) {
                longestPauseMs = pause;
                longestPauseAt = (acknowledged[i - 1] - acknowledged[0]) / 1e9;
            }
        }
    }

    void report() {
        long[] all = seconds.stream()
                .flatMapToLong(second -> Arrays.stream(second.times))
                .sorted()
                .toArray();
        LongStream reads = seconds.stream().mapToLong(Second::reads);
        System.out.printf(
                "%,d acknowledged writes, %,.0f /s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.1f ms%n",
                all.length,
                all.length / (double) seconds.size(),
                ms(all, 0.5),
                ms(all, 0.99),
                ms(all, 0.999),
                ms(all, 1));
        System.out.printf(
                "longest pause without an acknowledged write: %.1f ms, at %.0f s; %,.0f rows read /s%n",
                longestPauseMs, longestPauseAt, reads.average().orElse(0));
        System.out.printf(
                "disk use / live data: median %.2f, largest %.2f, at the end %.2f (bar: 2.5)%n",
                seconds.stream().mapToDouble(Second::ratio).sorted().toArray()[seconds.size() / 2],
                seconds.stream().mapToDouble(Second::ratio).max().orElse(0),
                seconds.getLast().ratio());
    }
}
