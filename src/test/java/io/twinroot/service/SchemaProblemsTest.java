package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.peer.ProblemView;
import io.twinroot.table.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaProblemsTest {
    private static final Link.Key ORDERS = new Link.Key("north", new TableName("shop/orders"));
    private static final Link.Key PRICES = new Link.Key("north", new TableName("shop/prices"));

    private final SchemaProblems problems = new SchemaProblems(() -> Instant.EPOCH);

    private List<String> open() {
        return problems.list(false).stream().map(ProblemView::id).toList();
    }

    @Test
    void aMismatchIsOneProblemUntilTheVersionsAreAlike() {
        problems.compared(PRICES, 1, 1);
        problems.compared(ORDERS, 1, 2);
        problems.compared(ORDERS, 1, 2);
        problems.compared(PRICES, 4, 3);
        assertEquals(List.of("s1", "s2"), open());
        problems.compared(ORDERS, 2, 2);
        assertEquals(List.of("s2"), open());
        assertEquals(
                ProblemView.State.RESOLVED, problems.get("s1").orElseThrow().state());
    }

    @Test
    void otherVersionsAreAnotherProblem() {
        problems.compared(ORDERS, 1, 2);
        problems.compared(ORDERS, 1, 3);
        assertEquals(List.of("s2"), open());
        assertTrue(problems.get("s2").orElseThrow().text().contains("1 here and 3 at north"));
    }

    @Test
    void oneThatIsAcceptedIsNotOpenAgain() {
        problems.compared(ORDERS, 1, 2);
        assertEquals(
                ProblemView.State.ACCEPTED, problems.accept("s1").orElseThrow().state());
        assertEquals(Optional.empty(), problems.accept("s1"));
        problems.compared(ORDERS, 1, 2);
        assertEquals(List.of(), open());
        problems.compared(ORDERS, 1, 1);
        problems.compared(ORDERS, 1, 2);
        assertEquals(List.of("s2"), open());
    }

    @Test
    void thoseThatAreOverAreForgottenInTime() {
        for (int i = 0; i < 1_000; i++) {
            problems.compared(ORDERS, 1, 2);
            problems.compared(ORDERS, 2, 2);
        }
        assertEquals(100, problems.list(true).size());
    }
}
