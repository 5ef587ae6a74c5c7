package io.twinroot.store;

import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import org.jspecify.annotations.Nullable;

/**
 * Something that was stored and is not there any more. While it is open, its table takes no new writes of
 * users: only what other copies have.
 *
 * @param id a number, from 1, that no other damage of this store has
 * @param foundMs when it was found, in milliseconds since 1970
 * @param table null where that cannot be told: any may lack something
 * @param uid the row; null where that cannot be told
 * @param stamp the version that was lost; null where that cannot be told
 * @param place in the log, or the file
 * @param why what was wrong there, in words
 * @param endedMs when its state became another than OPEN; 0 while it is open
 */
public record StoreDamage(
        long id,
        long foundMs,
        @Nullable TableName table,
        @Nullable Uid uid,
        @Nullable Stamp stamp,
        String place,
        String why,
        State state,
        long endedMs) {
    /** What became of it. */
    public enum State {
        OPEN,
        /** The row came back, or the table was found equal to another copy. */
        HEALED,
        /** It took nothing, and the store made it good by itself. */
        MENDED,
        /** A person gave up what was lost. */
        ACCEPTED
    }

    /** For people: what was lost, and where. */
    public String text() {
        if (state == State.MENDED) {
            return "lost nothing: " + place + " was damaged (" + why + ") and was made good from what else is here";
        }
        String what = uid == null
                ? (table == null
                        ? "writes of unknown rows, perhaps of any table"
                        : "writes of unknown rows of " + table)
                : "row " + uid + " of table " + table + (stamp == null ? "" : ", version of " + stamp);
        return "lost " + what + ": " + place + " is damaged (" + why + ")";
    }

    StoreDamage ended(State how, long nowMs) {
        return new StoreDamage(id, foundMs, table, uid, stamp, place, why, how, nowMs);
    }
}
