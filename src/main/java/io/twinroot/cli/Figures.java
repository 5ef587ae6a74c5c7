package io.twinroot.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Figures {
    private Figures() {}

    /** With separators: 1,234,567. */
    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** A count and its noun: "1 row", "1,200 rows". */
    static String count(long n, String noun) {
        return count(n) + " "
                + (n == 1 ? noun : noun.endsWith("y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s");
    }

    /** Bytes in the unit that gives one to three digits before the point. */
    static String bytes(long bytes) {
        if (bytes < 1_000) {
            return count(bytes, "byte");
        }
        double size = bytes;
        String unit = "";
        for (String larger : new String[] {"kB", "MB", "GB", "TB"}) {
            if (size < 1_000) {
                break;
            }
            size /= 1_000;
            unit = larger;
        }
        return String.format(Locale.ROOT, size < 10 ? "%.2f %s" : size < 100 ? "%.1f %s" : "%.0f %s", size, unit);
    }

    static String time(Duration duration) {
        long ms = duration.toMillis();
        if (ms < 1_000) {
            return ms + " ms";
        }
        if (ms < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", ms / 1_000.0);
        }
        long seconds = duration.toSeconds();
        return seconds < 3_600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3_600 + " h " + seconds % 3_600 / 60 + " min";
    }

    /** A share of a whole, as "0.02 %". */
    static String percent(double part, double whole) {
        double percent = whole == 0 ? 0 : 100 * part / whole;
        return String.format(Locale.ROOT, percent < 0.1 ? "%.3f %%" : percent < 10 ? "%.2f %%" : "%.0f %%", percent);
    }
}
