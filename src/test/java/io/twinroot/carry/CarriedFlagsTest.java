package io.twinroot.carry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Value;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flags that were changed in two places come together by files alone, in whatever order the files come. */
final class CarriedFlagsTest {
    private static final TableName MAIL = new TableName("mail");
    private static final Uid UID = Uid.ofText("mail-7");
    private static final Body BODY = new Body.Fields(Value.Mapping.of(Map.of("subject", new Value.Text("hello"))));

    private final MemoryReplicas a = MemoryReplicas.numbered(1);
    private final MemoryReplicas b = MemoryReplicas.numbered(2);
    private final MemoryReplicas c = MemoryReplicas.numbered(3);

    /** Both have (\Flagged); then one answers, and the other reads and takes the mark away. */
    @BeforeEach
    void changeOnBothSides() throws IOException {
        a.create(MAIL, TableRules.DEFAULT).close();
        apply(a, new Change.Put(UID, BODY, null, null));
        apply(a, new Change.Flag(UID, "flags", List.of("\\Flagged"), List.of(), null));
        bring(file(a), b);
        apply(a, new Change.Flag(UID, "flags", List.of("\\Answered"), List.of(), null));
        apply(b, new Change.Flag(UID, "flags", List.of("\\Seen"), List.of("\\Flagged"), null));
    }

    private static void apply(MemoryReplicas place, Change change) {
        try (Replica replica = place.table(MAIL)) {
            replica.apply(List.of(change));
        }
    }

    private static byte[] file(MemoryReplicas from) throws IOException {
        FlushedBytes file = new FlushedBytes();
        Export.begin(from, "memory", null, Set.of()).write(file, Instant.EPOCH, Progress.NONE);
        return file.toByteArray();
    }

    private static void bring(byte[] file, MemoryReplicas to) throws IOException {
        assertEquals(
                new Ending.Whole(), new Import(to, true, Set.of()).run(new ByteArrayInputStream(file), Progress.NONE));
    }

    private static Row.Live row(MemoryReplicas place) {
        try (Replica replica = place.table(MAIL);
                RowCursor rows = replica.rows(UidRange.ALL)) {
            return (Row.Live) rows.next().row();
        }
    }

    private static void isAnsweredAndSeen(MemoryReplicas place) {
        assertEquals(
                Map.of("flags", List.of("\\Seen", "\\Answered")),
                row(place).marks().flags());
        assertEquals(List.of(), place.losers(MAIL));
    }

    @Test
    void filesThatCross() throws IOException {
        byte[] fromA = file(a);
        byte[] fromB = file(b);
        bring(fromB, a);
        bring(fromA, b);
        isAnsweredAndSeen(a);
        isAnsweredAndSeen(b);
        assertEquals(row(a), row(b));
        bring(fromA, a);
        bring(fromA, b);
        isAnsweredAndSeen(a);
        assertEquals(row(a), row(b));
    }

    @Test
    void aThirdPlaceInBothOrders() throws IOException {
        MemoryReplicas other = MemoryReplicas.numbered(4);
        bring(file(a), c);
        bring(file(b), c);
        bring(file(b), other);
        bring(file(a), other);
        isAnsweredAndSeen(c);
        assertEquals(row(c), row(other));
        bring(file(c), a);
        assertEquals(row(c), row(a));
    }
}
