package io.twinroot.cli;

import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far a long piece of work is, as one line on standard error that is gone when the work is done. It shows
 * on a terminal only, and only when the work takes over a second. Used by one thread at a time.
 */
final class ProgressLine implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int UPDATE_MS = 100;

    private final Screen screen;
    private final boolean wanted;
    private final String unit;
    private final long bornNs = System.nanoTime();
    private @Nullable ProgressBar bar;
    private String task = "";
    private long taskNs = bornNs;

    private ProgressLine(Screen screen, boolean wanted, String unit) {
        this.screen = screen;
        this.wanted = wanted;
        this.unit = unit;
    }

    /** @param unit what is counted, as in "rows" */
    static ProgressLine of(Screen screen, OutputOptions options, String unit) {
        return new ProgressLine(screen, screen.errIsTerminal() && !options.quiet, unit);
    }

    /**
     * @param what the work in hand, in a few words
     * @param total -1 where it is not known
     */
    void at(String what, long done, long total) {
        if (!what.equals(task)) {
            done();
            task = what;
            taskNs = System.nanoTime();
        }
        if (!wanted || System.nanoTime() - bornNs < PATIENCE.toNanos()) {
            return;
        }
        ProgressBar shown = bar;
        if (shown == null) {
            shown = start(what, done, total);
            bar = shown;
        }
        shown.maxHint(total);
        shown.stepTo(done);
    }

    private ProgressBar start(String what, long done, long total) {
        return new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(total)
                .startsFrom(done, Duration.ofNanos(System.nanoTime() - taskNs))
                .setUnit(unit.equals("bytes") ? " MB" : " " + unit, unit.equals("bytes") ? 1_000_000 : 1)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MS)
                .continuousUpdate()
                .showSpeed()
                .clearDisplayOnFinish()
                .setConsumer(new ConsoleProgressBarConsumer(screen.err(), screen.width() - 1))
                .build();
    }

    @Override
    public void close() {
        done();
    }

    /** Takes the line away, before something else is printed. */
    void done() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
            bar = null;
        }
    }
}
