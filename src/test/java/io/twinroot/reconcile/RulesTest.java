package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tables whose rules differ are not compared, also where their roots are equal. */
class RulesTest {
    private static String refused(TableRules here, TableRules there) {
        TableName name = new TableName("t");
        try (MemoryReplicas one = MemoryReplicas.numbered(1);
                MemoryReplicas other = MemoryReplicas.numbered(2)) {
            Replica mine = one.create(name, here);
            Replica theirs = other.create(name, there);
            ReplicaException refused = assertThrows(
                    ReplicaException.class,
                    () -> Verify.run(
                            mine,
                            theirs,
                            Verify.Options.DEFAULT.withSettle(0),
                            new Random(1)::nextLong,
                            Progress.NONE,
                            millis -> {}));
            assertEquals(ReplicaException.Kind.INCOMPATIBLE, refused.kind());
            return String.valueOf(refused.getMessage());
        }
    }

    @Test
    void anotherSchemaVersionIsNamed() {
        String why = refused(TableRules.DEFAULT.ofSchema(3), TableRules.DEFAULT.ofSchema(4));
        assertTrue(why.contains("schema version 3 here and 4 there"), why);
    }

    @Test
    void anotherWayToMergeAndOtherFieldsAreNamed() {
        String why = refused(TableRules.DEFAULT, TableRules.DEFAULT.merging(TableRules.Merge.FIELDS));
        assertTrue(why.contains("by field"), why);
        why = refused(TableRules.DEFAULT, TableRules.excluding(java.util.List.of("seen")));
        assertTrue(why.contains("there: [seen]"), why);
    }
}
