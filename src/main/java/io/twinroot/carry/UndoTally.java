package io.twinroot.carry;

import io.twinroot.table.TableName;
import io.twinroot.wire.UndoLine;
import java.util.List;

/**
 * What became of the rows of one copy of a table in an undo file.
 *
 * @param back rows that are, or would be, as they were before the repair
 * @param already rows that were so before the undo
 * @param refused rows that stayed as they are
 * @param refusals the first of them, at most {@link TableTally#REFUSALS_MAX}
 */
public record UndoTally(
        TableName table, UndoLine.Side side, long back, long already, long refused, List<Refusal> refusals) {
    public UndoTally {
        refusals = List.copyOf(refusals);
    }
}
