package io.twinroot.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tables of docs/repairing.md are what the code decides. */
class DecisionTableTest {
    private static final Stamp OLDER = new Stamp(1, new Incarnation(0, 1), 1);
    private static final Stamp NEWER = new Stamp(2, new Incarnation(0, 2), 1);
    private static final RowState ABSENT = new RowState.Absent();

    private enum Have {
        NOTHING,
        DELETE,
        ROW;

        RowState state(Stamp stamp) {
            return switch (this) {
                case NOTHING -> ABSENT;
                case DELETE -> new RowState.Deleted(stamp);
                case ROW -> new RowState.Live(stamp, Digest.sha256(stamp.text().getBytes(StandardCharsets.UTF_8)));
            };
        }
    }

    private static Context seen(boolean whether, Stamp stamp) {
        if (!whether) {
            return Context.EMPTY;
        }
        Context.Editor editor = Context.EMPTY.edit();
        editor.add(stamp);
        return editor.context();
    }

    private static Decision.Ground ground(
            Direction direction, ConflictPolicy policy, boolean byField, Met mine, Met theirs) {
        return new Decision.Ground(direction, policy, byField, new Meeting(mine, theirs));
    }

    private static Met met(Met.Standing standing) {
        return new Met(standing, List.of(), Knowledge.NONE);
    }

    private static final Met CURRENT = met(Met.Standing.CURRENT);
    private static final Met DAMAGED = met(Met.Standing.DAMAGED);

    private static Decision decide(Relation relation, Direction direction, ConflictPolicy policy) {
        return Decision.of(relation, ground(direction, policy, false, CURRENT, CURRENT));
    }

    /** How two states are called, by what each side has seen. */
    private static List<String> relations() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "| the newer | the older | the newer's side has seen the older | the older's side has seen the newer | called |");
        lines.add("|---|---|---|---|---|");
        for (Have newer : List.of(Have.ROW, Have.DELETE)) {
            for (Have older : List.of(Have.NOTHING, Have.DELETE, Have.ROW)) {
                Set<String> cells = new LinkedHashSet<>();
                for (boolean newerSaw : List.of(false, true)) {
                    for (boolean olderSaw : List.of(false, true)) {
                        RowState one = newer.state(NEWER);
                        RowState other = older.state(OLDER);
                        if (older == Have.NOTHING && newerSaw) {
                            continue;
                        }
                        Context mine = seen(newerSaw, OLDER);
                        Context theirs = seen(olderSaw, NEWER);
                        Relation relation = Relation.of(one, other, mine, theirs);
                        Relation flipped = Relation.of(other, one, theirs, mine);
                        assertEquals(relation.kind(), flipped.kind(), "it does not matter which side is mine");
                        boolean same = relation.kind() == Relation.Kind.SAME;
                        assertTrue(same || (relation.isMine() && !flipped.isMine()));
                        cells.add("| " + word(newer) + " | " + word(older) + " | "
                                + (same ? "any" : older == Have.NOTHING ? "" : yes(newerSaw)) + " | "
                                + (same ? "any" : yes(olderSaw)) + " | " + word(relation.kind()) + " |");
                    }
                }
                lines.addAll(cells);
            }
        }
        RowState twin = new RowState.Live(NEWER, Digest.sha256(new byte[0]));
        for (Have have : List.of(Have.DELETE, Have.ROW)) {
            Relation relation = Relation.of(twin, have.state(NEWER), Context.EMPTY, Context.EMPTY);
            lines.add("| row | " + word(have) + " with the same stamp | any | any | " + word(relation.kind()) + " |");
        }
        return lines;
    }

    private static String word(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String yes(boolean whether) {
        return whether ? "yes" : "no";
    }

    /** What is done about it. */
    private static List<String> decisions() {
        List<String> lines = new ArrayList<>();
        lines.add("| called | whose | policy | both | pull: only A is changed | push: only B is changed |");
        lines.add("|---|---|---|---|---|---|");
        for (Relation.Kind kind : Relation.Kind.values()) {
            for (boolean isMine : kind == Relation.Kind.SAME ? List.of(true) : List.of(true, false)) {
                Relation relation = new Relation(kind, isMine);
                Map<ConflictPolicy, List<String>> byPolicy = new EnumMap<>(ConflictPolicy.class);
                for (ConflictPolicy policy : ConflictPolicy.values()) {
                    byPolicy.put(
                            policy,
                            List.of(Direction.BOTH, Direction.PULL, Direction.PUSH).stream()
                                    .map(direction -> word(decide(relation, direction, policy)))
                                    .toList());
                }
                boolean any = byPolicy.values().stream().distinct().count() == 1;
                assertEquals(!relation.isConflict(), any, "the policy is for conflicts: " + relation);
                for (ConflictPolicy policy : ConflictPolicy.values()) {
                    if (!any || policy == ConflictPolicy.NEWEST) {
                        lines.add("| " + word(kind) + " | " + (kind == Relation.Kind.SAME ? "" : isMine ? "A" : "B")
                                + " | "
                                + (any ? "any" : word(policy)) + " | "
                                + String.join(" | ", byPolicy.get(policy)) + " |");
                    }
                }
            }
        }
        return lines;
    }

    private static String word(Decision decision) {
        return switch (decision) {
            case Decision.Take() -> "B's to A";
            case Decision.Give() -> "A's to B";
            case Decision.DeleteMine() -> "delete A's";
            case Decision.DeleteTheirs() -> "delete B's";
            case Decision.DropMine() -> "A's to the trash";
            case Decision.DropTheirs() -> "B's to the trash";
            case Decision.Merge() -> "merge";
            case Decision.Settle(boolean mineWins) -> mineWins ? "A's anew, to B" : "B's anew, to A";
            case Decision.Leave ignored -> "–";
        };
    }

    @Test
    void thePageShowsWhatIsDecided() throws IOException {
        String page = Files.readString(Path.of("docs/repairing.md"));
        for (List<String> table : List.of(relations(), decisions())) {
            String text = String.join("\n", table);
            assertTrue(page.contains("\n" + text + "\n"), () -> "docs/repairing.md must have this table:\n" + text);
        }
    }

    @Test
    void aDamagedSideOnlyTakes() {
        for (Relation.Kind kind : Relation.Kind.values()) {
            for (boolean isMine : List.of(true, false)) {
                for (ConflictPolicy policy : ConflictPolicy.values()) {
                    for (boolean byField : List.of(true, false)) {
                        Relation relation = new Relation(kind, isMine);
                        for (Direction direction : Direction.values()) {
                            Decision damagedA =
                                    Decision.of(relation, ground(direction, policy, byField, DAMAGED, CURRENT));
                            Decision damagedB =
                                    Decision.of(relation, ground(direction, policy, byField, CURRENT, DAMAGED));
                            assertTrue(!changesTheirs(damagedA), relation + " " + damagedA);
                            assertTrue(!changesMine(damagedB), relation + " " + damagedB);
                            Decision both = Decision.of(relation, ground(direction, policy, byField, DAMAGED, DAMAGED));
                            assertInstanceOf(Decision.Leave.class, both);
                        }
                        assertEquals(
                                word(Decision.of(relation, ground(Direction.PULL, policy, byField, CURRENT, CURRENT))),
                                word(Decision.of(relation, ground(Direction.BOTH, policy, byField, DAMAGED, CURRENT))));
                    }
                }
            }
        }
    }

    @Test
    void oneDirectionChangesOneSide() {
        for (Relation.Kind kind : Relation.Kind.values()) {
            for (boolean isMine : List.of(true, false)) {
                for (ConflictPolicy policy : ConflictPolicy.values()) {
                    for (boolean byField : List.of(true, false)) {
                        Relation relation = new Relation(kind, isMine);
                        Decision pull =
                                Decision.of(relation, ground(Direction.PULL, policy, byField, CURRENT, CURRENT));
                        Decision push =
                                Decision.of(relation, ground(Direction.PUSH, policy, byField, CURRENT, CURRENT));
                        assertTrue(!changesTheirs(pull), relation + " " + pull);
                        assertTrue(!changesMine(push), relation + " " + push);
                        if (pull instanceof Decision.Leave(String why)) {
                            assertTrue(why.length() > 10, why);
                        }
                    }
                }
            }
        }
    }

    /** Whether what a reader gets on my side changes: a winner that is written anew stays the same. */
    private static boolean changesMine(Decision decision) {
        return switch (decision) {
            case Decision.Take(), Decision.DeleteMine(), Decision.DropMine(), Decision.Merge() -> true;
            case Decision.Settle(boolean mineWins) -> !mineWins;
            case Decision.Give(), Decision.DeleteTheirs(), Decision.DropTheirs() -> false;
            case Decision.Leave ignored -> false;
        };
    }

    private static boolean changesTheirs(Decision decision) {
        return switch (decision) {
            case Decision.Give(), Decision.DeleteTheirs(), Decision.DropTheirs(), Decision.Merge() -> true;
            case Decision.Settle(boolean mineWins) -> mineWins;
            case Decision.Take(), Decision.DeleteMine(), Decision.DropMine() -> false;
            case Decision.Leave ignored -> false;
        };
    }

    @Test
    void absenceAloneIsNeverADelete() {
        RowState row = Have.ROW.state(NEWER);
        for (Direction direction : Direction.values()) {
            for (ConflictPolicy policy : ConflictPolicy.values()) {
                Decision.Ground ground = ground(direction, policy, false, CURRENT, CURRENT);
                Decision one = Decision.of(row, ABSENT, ground);
                Decision other = Decision.of(ABSENT, row, ground);
                assertTrue(one instanceof Decision.Give || one instanceof Decision.Leave, one.toString());
                assertTrue(other instanceof Decision.Take || other instanceof Decision.Leave, other.toString());
            }
        }
    }
}
