package io.twinroot.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change to a table.
 *
 * <p>{@code expected}, where it is given, guards the change: it is applied only while the replica still holds
 * exactly that state for the UID, otherwise the outcome is {@link Outcome.ChangedMeanwhile}.
 */
public sealed interface Change {
    Uid uid();

    @Nullable
    RowState expected();

    /**
     * A new write of this replica, which gets its next stamp. The row's flags stay.
     *
     * @param settles writes of this row, beside the one that is held, that this one replaces knowingly: so a
     *     conflict is settled; at most {@value Past#SEEN_MAX}
     */
    record Put(
            Uid uid,
            Body body,
            @Nullable BlobSource blob,
            @Nullable RowState expected,
            List<Stamp> settles) implements Change {
        public Put {
            settles = List.copyOf(settles);
            if (settles.size() > Past.SEEN_MAX) {
                throw new IllegalArgumentException(
                        "a put settles " + settles.size() + " writes; the most is " + Past.SEEN_MAX);
            }
        }

        public Put(Uid uid, Body body, @Nullable BlobSource blob, @Nullable RowState expected) {
            this(uid, body, blob, expected, List.of());
        }
    }

    /** A delete by this replica, which gets its next stamp. Of a row that is not there: {@link Outcome.Same}. */
    record Delete(Uid uid, @Nullable RowState expected) implements Change {}

    /**
     * An operation by this replica on the flags of a row, which gets its next stamp. Of a row that is not there:
     * {@link Outcome.Refused}.
     *
     * @param set the name of the set of flags
     * @param add flags that are on afterwards, whether or not they were
     * @param remove flags that are off afterwards
     */
    record Flag(
            Uid uid,
            String set,
            List<String> add,
            List<String> remove,
            @Nullable RowState expected) implements Change {
        public Flag {
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }
    }

    /** A write of some replica, which keeps its stamp. What becomes of it decides {@link Merging}. */
    record Replicate(RowData data, @Nullable RowState expected) implements Change {
        @Override
        public Uid uid() {
            return data.row().uid();
        }
    }

    /**
     * Takes away a row that lingers: another copy had this version, and it was deleted there, and the mark of the
     * delete is gone. It goes to the trash and leaves no mark.
     *
     * @param expected the live version that lingers
     */
    record Drop(Uid uid, RowState expected) implements Change {
        public Drop {
            if (!(expected instanceof RowState.Live)) {
                throw new IllegalArgumentException("only a live row lingers, not " + expected);
            }
        }
    }
}
