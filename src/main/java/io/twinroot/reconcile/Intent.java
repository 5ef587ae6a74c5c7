package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a repair is about to do to a replica. It does nothing else: a change outside of this is refused.
 *
 * @param from for people: who repairs, and against what
 * @param changed UIDs of live rows that are to be replaced
 * @param deleted UIDs of live rows that are to be deleted or dropped
 * @param added how many rows are to come new, {@code ranges} included
 * @param ranges of which rows are to be copied
 */
public record Intent(String from, List<Uid> changed, List<Uid> deleted, long added, List<UidRange> ranges) {
    public Intent {
        changed = List.copyOf(changed);
        deleted = List.copyOf(deleted);
        ranges = List.copyOf(ranges);
    }

    /** What a plan does to my side. */
    public static Intent onMine(String from, Plan plan) {
        return Agenda.intent(from, plan);
    }

    /** What a plan does to the other side. */
    public static Intent onTheirs(String from, Plan plan) {
        return Agenda.intent(from, plan.flipped());
    }

    /** The same for all who are about to do the same to the same rows, in whatever order they name them. */
    public Digest digest() {
        MessageDigest sha = Digest.newSha256();
        rows(sha, changed);
        rows(sha, deleted);
        Comparator<@Nullable Uid> lowest = Comparator.nullsFirst(Comparator.naturalOrder());
        List<UidRange> sorted = ranges.stream()
                .distinct()
                .sorted(Comparator.comparing(UidRange::start, lowest).thenComparing(UidRange::stop, lowest))
                .toList();
        number(sha, sorted.size());
        sorted.forEach(range -> {
            uid(sha, range.start());
            uid(sha, range.stop());
        });
        return Digest.of(sha.digest());
    }

    private static void rows(MessageDigest sha, List<Uid> uids) {
        List<Uid> sorted = uids.stream().distinct().sorted().toList();
        number(sha, sorted.size());
        sorted.forEach(uid -> uid(sha, uid));
    }

    private static void uid(MessageDigest sha, @Nullable Uid uid) {
        number(sha, uid == null ? 0 : uid.length());
        if (uid != null) {
            uid.update(sha);
        }
    }

    private static void number(MessageDigest sha, int number) {
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
    }
}
