package io.twinroot.log;

import org.jspecify.annotations.Nullable;

/**
 * A place of the log that does not hold what was written there.
 *
 * @param at where it begins
 * @param bytes how many there are until the next whole frame; 0 where they are missing
 * @param why what is wrong, in words
 * @param mayBeWrite whether a write may have lain there
 * @param row the row that lay there as far as that can be read, without its body; null where it cannot, or
 *     more than one may have lain there
 * @param contextOf the number of the table of which it said there what the table has seen, and nothing else; null
 *     where it was something else
 */
public record Damage(
        LogPosition at,
        long bytes,
        String why,
        boolean mayBeWrite,
        Frame.@Nullable Lost row,
        @Nullable Integer contextOf) {
    /** A place of which it is not known what lay there. */
    public static Damage unknown(LogPosition at, String why) {
        return new Damage(at, 0, why, true, null, null);
    }

    /** The damage as a failure, where it cannot be passed over. */
    LogException failure(String file) {
        return new LogException(
                LogException.Kind.DAMAGED,
                "log segment " + file + " is damaged at offset " + at.offset() + ": " + why
                        + ". Acknowledged writes lie there or after it");
    }
}
