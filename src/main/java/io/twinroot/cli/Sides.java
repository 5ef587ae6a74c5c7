package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.table.Row;
import io.twinroot.table.TableRules;
import io.twinroot.wire.RowJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The two versions of a row that a problem is about, for people. */
final class Sides {
    private Sides() {}

    /** Prints when each was written, and the fields that differ. */
    static void print(Screen screen, JsonNode problem) {
        Row mine = row(problem.path("mine"));
        Row theirs = row(problem.path("theirs"));
        screen.out().println("  mine, what the table has: " + text(mine));
        screen.out().println("  theirs, what was kept aside: " + text(theirs));
        if (mine instanceof Row.Live here && theirs instanceof Row.Live there) {
            List<FieldChange> changes = FieldChange.between(here, there, TableRules.DEFAULT);
            changes.forEach(change -> screen.out().println("    " + change.text()));
            if (changes.isEmpty()) {
                screen.out().println("    their fields are the same");
            }
        } else if (theirs instanceof Row.Live) {
            screen.out().println("    " + problem.path("theirs"));
        }
    }

    private static @Nullable Row row(JsonNode json) {
        return json.isObject()
                ? RowJson.decode(json.toString().getBytes(StandardCharsets.UTF_8))
                        .row()
                : null;
    }

    private static String text(@Nullable Row row) {
        return switch (row) {
            case null -> "nothing";
            case Row.Live live -> "the write of " + live.stamp();
            case Row.Tombstone gone -> "the delete of " + gone.stamp();
        };
    }
}
