package io.twinroot.cli;

import io.twinroot.config.Durations;
import io.twinroot.reconcile.ChangeFeed;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** From where on changes are wanted, as a user writes it. */
sealed interface Since {
    /** From a cursor that an export or a node gave. */
    record Cursor(String text) implements Since {}

    /** From a moment on. */
    record Time(Instant moment) implements Since {}

    /**
     * A duration back from now as {@code 2h}, a time as {@code 2026-01-02T03:04:05Z}, and all else a cursor.
     *
     * @param now the moment that durations are counted back from
     */
    static Since parse(String text, Instant now) {
        Optional<Duration> back = Durations.parse(text);
        if (back.isPresent()) {
            return new Time(now.minus(back.get()));
        }
        try {
            return new Time(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return new Cursor(text);
        }
    }

    default String cursor(ChangeFeed feed) {
        return switch (this) {
            case Cursor(String text) -> text;
            case Time(Instant moment) -> feed.cursorAt(moment.toEpochMilli());
        };
    }
}
