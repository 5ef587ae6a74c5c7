package io.twinroot.config;

import java.util.ArrayList;
import java.util.List;

/** What is wrong with a file, in the order found. Used by one thread. */
final class Problems {
    /** More than these are not told: the file is something else. */
    static final int MAX = 20;

    private final String file;
    private final List<String> lines = new ArrayList<>();
    private int more;

    Problems(String file) {
        this.file = file;
    }

    void add(Json.Place place, String what) {
        if (lines.size() == MAX) {
            more++;
            return;
        }
        lines.add(file + ":" + place.line() + ":" + place.column() + ": "
                + (place.path().isEmpty() ? "" : place.path() + ": ") + what);
    }

    boolean none() {
        return lines.isEmpty();
    }

    List<String> lines() {
        List<String> all = new ArrayList<>(lines);
        if (more > 0) {
            all.add(file + ": and " + more + " more");
        }
        return all;
    }
}
