package io.twinroot.carry;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Plan;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.wire.PlanJson;
import io.twinroot.wire.PlanLine;
import io.twinroot.wire.TableJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A plan in a file that was read once from end to end and found whole. Its steps are read again, some at a time, when
 * they are wanted: the file may be larger than memory, and must stay as it is. For one thread.
 */
public final class PlanFile {
    /** Steps in one piece, at most. */
    static final int PIECE = 5_000;

    private final Path file;
    private final PlanLine.Head head;
    private final List<Part> parts;
    private final long left;
    private final Digest content;

    private PlanFile(Path file, PlanLine.Head head, List<Part> parts, long left, Digest content) {
        this.file = file;
        this.head = head;
        this.parts = List.copyOf(parts);
        this.left = left;
        this.content = content;
    }

    /**
     * The plan for two copies of one table.
     *
     * @param onA what it would do to A; {@code onB} likewise
     * @param left rows that differ and stay as they are
     */
    public record Part(PlanLine.Table table, long steps, long left, Plan.Effect onA, Plan.Effect onB, Place place) {}

    /**
     * Where in the file a part is.
     *
     * @param digest of its lines
     */
    record Place(long position, long line, long lines, Digest digest) {}

    /**
     * Reads a file.
     *
     * @throws CarryException when it is no plan, was cut off or altered; the message names the line
     */
    public static PlanFile read(Path file) throws IOException {
        try (SealedInput in = new SealedInput(file, 0, 1, PlanJson.LINE_MAX)) {
            if (!(in.next(PlanJson::decode) instanceof PlanLine.Head head)) {
                throw in.wrong("a plan starts with {\"twinroot\":\"plan\"", null);
            }
            return new Reading(file, in, head).all();
        }
    }

    public PlanLine.Head head() {
        return head;
    }

    public Direction direction() {
        return PlanSteps.direction(head.way());
    }

    /** One for each table. */
    public List<Part> parts() {
        return parts;
    }

    public long steps() {
        return parts.stream().mapToLong(Part::steps).sum();
    }

    /** Rows that differ and stay as they are. */
    public long left() {
        return left;
    }

    /**
     * Gives the steps of a part, in their order, at most {@value #PIECE} at a time.
     *
     * @throws CarryException when the file is not as it was any more
     */
    public void steps(Part part, Consumer<List<Plan.Step>> to) throws IOException {
        Place place = part.place;
        try (SealedInput in = new SealedInput(file, place.position, place.line, PlanJson.LINE_MAX)) {
            List<Plan.Step> piece = new ArrayList<>();
            for (long i = 0; i < place.lines; i++) {
                if (in.next(PlanJson::decode) instanceof PlanLine.Step step) {
                    piece.add(PlanSteps.step(step));
                }
                if (piece.size() == PIECE) {
                    to.accept(piece);
                    piece = new ArrayList<>();
                }
            }
            in.next(line -> line);
            if (!in.before().equals(place.digest)) {
                throw new CarryException("it was changed while it was used");
            }
            if (!piece.isEmpty()) {
                to.accept(piece);
            }
        }
    }

    /** The digest of the steps alone: the same for two plans that do the same, whenever they were made. */
    public Digest content() {
        return content;
    }

    /** The first reading. */
    private static final class Reading {
        private final Path file;
        private final SealedInput in;
        private final PlanLine.Head head;
        private final MessageDigest content = Digest.newSha256();
        private final List<Part> parts = new ArrayList<>();
        private PlanLine.@Nullable Table table;
        private List<Plan.Step> piece = new ArrayList<>();
        private @Nullable Uid last;
        private Plan.Effect onA = NOTHING;
        private Plan.Effect onB = NOTHING;
        private long position;
        private long line;
        private long steps;
        private long left;
        private long allSteps;
        private long allLeft;

        private static final Plan.Effect NOTHING = new Plan.Effect(0, 0, 0);

        Reading(Path file, SealedInput in, PlanLine.Head head) {
            this.file = file;
            this.in = in;
            this.head = head;
        }

        PlanFile all() throws IOException {
            while (true) {
                switch (in.next(this::decode)) {
                    case PlanLine.Head again -> throw in.wrong("a first line in the middle of the file", null);
                    case PlanLine.Table found -> {
                        endPart();
                        if (parts.size() == TableJson.TABLES_MAX) {
                            throw in.wrong("there are more than " + TableJson.TABLES_MAX + " tables", null);
                        }
                        table = found;
                        position = in.position();
                        line = in.line();
                        in.mark();
                        last = null;
                    }
                    case PlanLine.Step step -> step(step);
                    case PlanLine.Leave leave -> leave(1);
                    case PlanLine.LeaveRange(var range, long rows, var why) -> leave(rows);
                    case PlanLine.End end -> {
                        endPart();
                        check(end);
                        return new PlanFile(file, head, parts, allLeft, Digest.of(content.digest()));
                    }
                }
            }
        }

        private PlanLine decode(byte[] json) {
            PlanLine read = PlanJson.decode(json);
            if (read instanceof PlanLine.Step) {
                content.update(json);
            } else if (read instanceof PlanLine.Table begun) {
                String names =
                        head.way() + " " + begun.a().name() + " " + begun.b().name() + "\n";
                content.update(names.getBytes(StandardCharsets.UTF_8));
            }
            return read;
        }

        private void step(PlanLine.Step step) {
            if (table == null) {
                throw in.wrong("a step comes before its table", null);
            }
            Uid before = last;
            if (before != null && before.compareTo(step.uid()) >= 0) {
                throw in.wrong(step.uid() + " comes after " + before + "; steps are in the order of their UIDs", null);
            }
            last = step.uid();
            if (!head.way().allows(step.action())) {
                throw in.wrong("the step changes a side that the plan's direction leaves alone", null);
            }
            piece.add(PlanSteps.step(step));
            steps++;
            if (piece.size() == PIECE) {
                sum();
            }
        }

        private void leave(long rows) {
            if (table == null) {
                throw in.wrong("what is left comes before its table", null);
            }
            left += rows;
        }

        private void sum() {
            Plan plan = new Plan(PlanSteps.direction(head.way()), piece);
            onA = onA.plus(plan.onMine());
            onB = onB.plus(plan.onTheirs());
            piece = new ArrayList<>();
        }

        private void endPart() {
            PlanLine.Table ended = table;
            if (ended == null) {
                return;
            }
            sum();
            Place place = new Place(position, line, in.line() - line, in.sinceMark());
            parts.add(new Part(ended, steps, left, onA, onB, place));
            allSteps += steps;
            allLeft += left;
            onA = NOTHING;
            onB = NOTHING;
            steps = 0;
            left = 0;
        }

        private void check(PlanLine.End end) {
            if (!end.digest().equals(in.before())) {
                throw in.wrong("the file is not what was written: its digest differs", null);
            }
            if (end.steps() != allSteps || end.left() != allLeft) {
                throw in.wrong(
                        "there are " + allSteps + " steps and " + allLeft + " rows left where " + end.steps() + " and "
                                + end.left() + " are said to be",
                        null);
            }
            in.checkEnd();
        }
    }
}
