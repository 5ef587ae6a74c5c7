package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Feeds for people. */
final class FeedText {
    private final Screen screen;

    FeedText(Screen screen) {
        this.screen = screen;
    }

    /** A line for each feed, and what is wrong with any below. */
    void print(List<JsonNode> feeds) {
        Columns columns = new Columns("  ");
        columns.add("FEED FROM", "TABLE", "", " APPLIED", "LAST", "BEHIND");
        for (JsonNode feed : feeds) {
            columns.add(
                    feed.path("peer").asText(),
                    feed.path("table").asText(),
                    feed.path("on").asBoolean() ? "on" : "off",
                    " " + Figures.count(feed.path("applied").asLong()),
                    ago(feed.path("lastApplied")),
                    lag(feed));
        }
        List<String> lines = columns.lines();
        screen.out().println(screen.dim(lines.getFirst()));
        lines.stream().skip(1).forEach(screen.out()::println);
        for (JsonNode feed : feeds) {
            if (!feed.path("begunAnew").isNull()) {
                screen.out()
                        .println("  the feed of " + feed.path("table").asText() + " from "
                                + feed.path("peer").asText() + " was begun anew "
                                + ago(feed.path("begunAnew"))
                                + ": the peer's log did not reach back to it any more, so the table was repaired");
            }
            if (!feed.path("trouble").isNull()) {
                screen.out()
                        .println("  "
                                + screen.red("the feed of " + feed.path("table").asText() + " from "
                                        + feed.path("peer").asText() + ": ")
                                + feed.path("trouble").asText());
            }
        }
    }

    private static String lag(JsonNode feed) {
        if (!feed.path("on").asBoolean()) {
            return "";
        }
        if (feed.path("lagMs").isNull()) {
            return "not known yet";
        }
        long ms = feed.path("lagMs").asLong();
        return ms == 0 ? "nothing" : Figures.time(Duration.ofMillis(ms));
    }

    private static String ago(JsonNode time) {
        try {
            return time.isNull()
                    ? "none yet"
                    : Figures.time(Duration.between(Instant.parse(time.asText()), Instant.now())) + " ago";
        } catch (DateTimeException e) {
            return time.asText();
        }
    }
}
