package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.Comparison;
import io.twinroot.table.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of near difference between two tables is found in one verify, and nothing else, for each pair of engines. */
final class DifferencesTest {
    /** Rows from here on are the same on both sides. */
    private static final int EQUAL = 10_000;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, POSTGRESQL",
        "POSTGRESQL, MARIADB",
        "MARIADB, MARIADB",
        "POSTGRESQL, SQLITE",
        "MARIADB, SQLITE",
        "SQLITE, SQLITE",
        "SQLITE, MARIADB"
    })
    void eachKindIsFoundAndNothingElse(Engine left, Engine right) {
        SqlPlace here = SqlPlace.of(left, temp);
        SqlPlace there = SqlPlace.of(right, temp);
        List<NearDifferences.Kind> kinds = NearDifferences.between(left, right);
        assertTrue(kinds.size() >= 40, kinds.size() + " kinds");
        List<String> onLeft = new ArrayList<>(NearDifferences.create(left, right));
        List<String> onRight = new ArrayList<>(NearDifferences.create(right, left));
        for (int i = 0; i < kinds.size(); i++) {
            NearDifferences.Kind kind = kinds.get(i);
            onLeft.add(NearDifferences.insert(left, i, kind.left()));
            onRight.add(NearDifferences.insert(right, i, kind.right()));
            if (kind.leftOf().contains(right)) {
                onLeft.add(NearDifferences.insert(left, EQUAL + i, kind.left()));
                onRight.add(NearDifferences.insert(right, EQUAL + i, kind.left()));
            }
            if (kind.rightOf().contains(left)) {
                onLeft.add(NearDifferences.insert(left, 2 * EQUAL + i, kind.right()));
                onRight.add(NearDifferences.insert(right, 2 * EQUAL + i, kind.right()));
            }
        }
        here.run(onLeft.toArray(String[]::new));
        there.run(onRight.toArray(String[]::new));

        Comparison.Different found =
                assertInstanceOf(Comparison.Different.class, here.verify(there, "kinds"), "the comparison");

        Set<String> missed =
                kinds.stream().map(NearDifferences.Kind::name).collect(Collectors.toCollection(TreeSet::new));
        Set<String> falseAlarms = new TreeSet<>();
        for (Object key : SqlPlace.keys(found)) {
            int id = Math.toIntExact(((Value.Int) ((List<?>) key).getFirst()).value());
            if (id < EQUAL) {
                missed.remove(kinds.get(id).name());
            } else {
                falseAlarms.add(kinds.get(id % EQUAL).name());
            }
        }
        assertEquals(Set.of(), missed, "missed");
        assertEquals(Set.of(), falseAlarms, "equal, but found to differ");
        assertEquals(kinds.size(), found.rows());
        assertTrue(found.proven(), "that these are all");
    }
}
