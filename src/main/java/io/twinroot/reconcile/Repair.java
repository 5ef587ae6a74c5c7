package io.twinroot.reconcile;

import io.twinroot.reconcile.Agenda.Move;
import io.twinroot.table.BlobSource;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.Context;
import io.twinroot.table.Merging;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.RowState;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.table.Versions;
import io.twinroot.tree.TreeFormat;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link Plan} says: each change is guarded by the state that the plan saw on both sides. Deletes go first;
 * a side that was set back takes before it gives. A row that changed meanwhile is looked at again, and decided anew.
 * When nothing was left out, each side takes over what the other had seen when they met: only then, for what a side
 * claims to have seen counts as deleted where it is missing.
 *
 * <p>It may be stopped and run again at any point: what was done already is then found to be the same.
 */
public final class Repair {
    /** Rows in one batch of changes, at most; several of them come in one stream, so that both sides have work. */
    private static final int BATCH = 2_000;

    /** A batch ends with the row that takes it above this many bytes, about. */
    private static final long BATCH_BYTES = 4 << 20;

    /** So many batches may be of unknown outcome before the side is given up. */
    private static final int UNKNOWN_MAX = 3;

    /** So many tombstones may come beyond what a side said that it has. */
    private static final long MORE_TOMBSTONES = 100_000;

    private final Proposal proposal;
    private final Terms terms;
    private final Side mine;
    private final Side theirs;
    private final TableRules rules;
    private final Progress progress;
    private final List<Uid> meanwhile = new ArrayList<>();
    private final List<RepairReport.Refusal> refused = new ArrayList<>();
    private final List<Uid> conflicts = new ArrayList<>();
    private final List<Uid> dropped = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private final Set<Uid> again = new LinkedHashSet<>();
    private final Set<Uid> unanswered = new HashSet<>();
    private long total;
    private long done;
    private boolean late;

    /** One of the two, and what became of it. */
    private static final class Side {
        final Replica replica;
        final Met met;
        final Context context;
        final boolean mayChange;

        @Nullable
        String ticket;

        boolean complete = true;
        int unknown;
        long added;
        long changed;
        long deleted;

        Side(Replica replica, Met met, Context context, boolean mayChange) {
            this.replica = replica;
            this.met = met;
            this.context = context;
            this.mayChange = mayChange;
        }

        boolean isBehind() {
            return met.standing() == Met.Standing.BEHIND;
        }

        Plan.Effect effect() {
            return new Plan.Effect(added, changed, deleted);
        }
    }

    private Repair(Proposal proposal, Replica mine, Replica theirs, Progress progress) {
        Meeting meeting = proposal.meeting();
        this.proposal = proposal;
        this.terms = proposal.terms();
        Decision.Ground ground = ground(meeting);
        this.mine = new Side(mine, meeting.mine(), meeting.myContext(), ground.mayChangeMine());
        this.theirs = new Side(theirs, meeting.theirs(), meeting.theirContext(), ground.mayChangeTheirs());
        this.rules = mine.info().rules();
        this.progress = progress;
        this.notes.addAll(meeting.notes());
    }

    /**
     * Meets, compares, plans and repairs.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards of either side
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport run(
            Replica mine,
            Replica theirs,
            Terms terms,
            Verify.Options options,
            LongSupplier random,
            Progress progress,
            Pause pause) {
        return apply(Proposal.make(mine, theirs, terms, options, random, progress, pause), mine, theirs, progress);
    }

    /**
     * Applies a plan, and nothing else: what changed meanwhile is left. Nothing is concluded for the contexts.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport apply(Plan plan, Replica mine, Replica theirs, Guards guards, Progress progress) {
        Terms exact = Terms.of(plan.direction(), guards, mine.address()).exactly();
        return apply(new Proposal(Meeting.STRANGERS, exact, plan, Proposal.Found.SOME, false), mine, theirs, progress);
    }

    /**
     * Carries out what was proposed.
     *
     * @throws GuardException before the first change, when the plan goes beyond the guards of either side
     * @throws ReplicaException when a side fails; what was applied until then stays
     */
    public static RepairReport apply(Proposal proposal, Replica mine, Replica theirs, Progress progress) {
        return new Repair(proposal, mine, theirs, progress).apply();
    }

    private Decision.Ground ground(Meeting meeting) {
        return new Decision.Ground(terms.direction(), terms.policy(), proposal.byField(), meeting);
    }

    private RepairReport apply() {
        Plan plan = proposal.plan();
        if (isNothingToDo(plan)) {
            return report(true);
        }
        announce(plan);
        total = plan.onMine().all() + plan.onTheirs().all();
        plan.steps().forEach(this::leave);
        if (mine.isBehind() != theirs.isBehind()) {
            takeFirst(mine.isBehind() ? mine : theirs, plan.steps());
        } else {
            tombstones(theirs, mine, deletes(plan.steps(), mine));
            tombstones(mine, theirs, deletes(plan.steps(), theirs));
            rounds(plan.steps());
        }
        bringLateDeletes();
        bringUnseen(theirs, mine);
        bringUnseen(mine, theirs);
        boolean same = rootsAreEqual();
        conclude(same);
        return report(same);
    }

    /** They were equal, and each knows all that the other has seen: no delete is to be told either. */
    private boolean isNothingToDo(Plan plan) {
        return plan.steps().isEmpty()
                && proposal.found() == Proposal.Found.ALL
                && !mine.context.isEmpty()
                && mine.context.equals(theirs.context);
    }

    private RepairReport report(boolean same) {
        boolean complete = (!mine.mayChange || mine.complete) && (!theirs.mayChange || theirs.complete) && found(same);
        return new RepairReport(
                mine.effect(),
                theirs.effect(),
                meanwhile,
                refused,
                conflicts,
                dropped,
                List.copyOf(notes),
                complete && refused.isEmpty(),
                same);
    }

    private Side other(Side side) {
        return side == mine ? theirs : mine;
    }

    // --- before the first change ---

    private void announce(Plan plan) {
        check(plan.onMine(), mine);
        check(plan.onTheirs(), theirs);
        Intent there = Agenda.intent(terms.from(), plan.flipped());
        Intent here = Agenda.intent(terms.from(), plan);
        theirs.ticket = announce(there, theirs);
        mine.ticket = announce(here, mine);
    }

    private static @Nullable String announce(Intent intent, Side side) {
        boolean nothing = intent.changed().isEmpty() && intent.deleted().isEmpty() && intent.added() == 0;
        return nothing ? side.ticket : side.replica.announce(intent);
    }

    private void check(Plan.Effect effect, Side side) {
        check(effect, side.effect(), side.replica, terms.guards());
    }

    /**
     * Whether a plan may be done to a side. What was done already counts too: a plan in two parts is one plan.
     *
     * @throws GuardException when it goes beyond the guards
     */
    public static void check(Plan.Effect effect, Plan.Effect before, Replica side, Guards guards) {
        long changed = effect.changed() + before.changed();
        long deleted = effect.deleted() + before.deleted();
        String undone = before.changed() + before.deleted() == 0 ? "; nothing was changed" : "";
        if (effect.changed() > 0 && changed > guards.maxChanges()) {
            throw new GuardException("would replace " + changed + " rows of " + side.address() + ", more than the "
                    + guards.maxChanges() + " that maxChanges allows" + undone);
        }
        if (effect.deleted() > 0) {
            TableInfo info = side.info();
            long rows = info.count() + before.deleted();
            long most = guards.deletesOf(rows);
            if (deleted > most) {
                throw new GuardException("would delete " + deleted + " of the " + rows + " rows of " + side.address()
                        + ", more than the " + most + " that maxDeletes allows" + undone);
            }
        }
    }

    // --- rounds ---

    /** A side that was set back takes all that it lacks before it gives, and gives nothing where that failed. */
    private void takeFirst(Side behind, List<Plan.Step> steps) {
        Side ahead = other(behind);
        List<Plan.Step> takes = new ArrayList<>();
        List<Plan.Step> rest = new ArrayList<>();
        steps.forEach(step -> (changesOnly(step, behind) ? takes : rest).add(step));
        tombstones(ahead, behind, deletes(takes, behind));
        rest.addAll(rounds(takes, behind));
        if (!meanwhile.isEmpty()) {
            ahead.complete = false;
            notes.add(behind.replica.address()
                    + " gave nothing, because it could not take all that it lacks; repair again");
            return;
        }
        tombstones(behind, ahead, deletes(rest, ahead));
        rounds(rest);
    }

    /** The rows that are to be deleted on one side because the other deleted them. */
    private Set<Uid> deletes(List<Plan.Step> steps, Side side) {
        List<Agenda> agendas = Agenda.of(steps);
        return (side == mine ? agendas.getFirst() : agendas.getLast()).deleted();
    }

    private boolean changesOnly(Plan.Step step, Side side) {
        return switch (step) {
            case Plan.Step.Take ignored -> side == mine;
            case Plan.Step.TakeRange ignored -> side == mine;
            case Plan.Step.DeleteMine ignored -> side == mine;
            case Plan.Step.DropMine ignored -> side == mine;
            case Plan.Step.Give ignored -> side == theirs;
            case Plan.Step.GiveRange ignored -> side == theirs;
            case Plan.Step.DeleteTheirs ignored -> side == theirs;
            case Plan.Step.DropTheirs ignored -> side == theirs;
            case Plan.Step.Merge ignored -> false;
            case Plan.Step.Settle ignored -> false;
            case Plan.Step.Leave ignored -> false;
        };
    }

    private void rounds(List<Plan.Step> steps) {
        rounds(steps, null);
    }

    /**
     * Does the steps, and what comes of looking again at rows that changed meanwhile.
     *
     * @param only where it is given, what changes the other side too is not done
     * @return what was not done for that
     */
    private List<Plan.Step> rounds(List<Plan.Step> steps, @Nullable Side only) {
        List<Plan.Step> later = new ArrayList<>();
        List<Plan.Step> todo = steps;
        for (int round = 0; ; round++) {
            perform(todo);
            if (again.isEmpty()) {
                return later;
            }
            List<Plan.Step> next = round < terms.rounds() ? lookAgain(todo) : List.of();
            if (next.isEmpty()) {
                giveUp(again);
                return later;
            }
            again.clear();
            if (only != null) {
                later.addAll(
                        next.stream().filter(step -> !changesOnly(step, only)).toList());
                next = next.stream().filter(step -> changesOnly(step, only)).toList();
            }
            try {
                announce(new Plan(terms.direction(), next));
            } catch (GuardException e) {
                notes.add(e.getMessage());
                giveUp(next.stream().map(Repair::uid).toList());
                return later;
            }
            todo = next;
        }
    }

    private void giveUp(java.util.Collection<Uid> uids) {
        meanwhile.addAll(uids);
        if (!uids.isEmpty()) {
            mine.complete = false;
            theirs.complete = false;
        }
        again.clear();
    }

    private static Uid uid(Plan.Step step) {
        return switch (step) {
            case Plan.Step.Take(Uid uid, var here, var there) -> uid;
            case Plan.Step.Give(Uid uid, var here, var there) -> uid;
            case Plan.Step.DeleteMine(Uid uid, var here, var there) -> uid;
            case Plan.Step.DeleteTheirs(Uid uid, var here, var there) -> uid;
            case Plan.Step.DropMine(Uid uid, var here, var there) -> uid;
            case Plan.Step.DropTheirs(Uid uid, var here, var there) -> uid;
            case Plan.Step.Merge(Uid uid, var here, var there) -> uid;
            case Plan.Step.Settle(Uid uid, var here, var there, boolean mineWins) -> uid;
            case Plan.Step.Leave(Difference.OfRow row, var why) -> row.uid();
            case Plan.Step.Leave(var range, var why) ->
                throw new IllegalStateException("a range is not looked at again: " + range);
            case Plan.Step.TakeRange(UidRange range, long count) ->
                throw new IllegalStateException("a range is not looked at again: " + range);
            case Plan.Step.GiveRange(UidRange range, long count) ->
                throw new IllegalStateException("a range is not looked at again: " + range);
        };
    }

    /**
     * Decides again about the rows that changed. What both have seen is asked first: a row that comes between that and
     * the reading of the states is not taken for one that was deleted. A side that was set back since the meeting has
     * not seen what it said then.
     */
    private List<Plan.Step> lookAgain(List<Plan.Step> before) {
        late = true;
        Meeting now = proposal.meeting().equals(Meeting.STRANGERS)
                ? Meeting.STRANGERS
                : proposal.meeting().later(mine.replica, theirs.replica);
        List<Uid> uids = List.copyOf(again);
        List<Difference> differences = new ArrayList<>();
        for (int from = 0; from < uids.size(); from += Replica.MAX_BATCH) {
            List<Uid> batch = uids.subList(from, Math.min(uids.size(), from + Replica.MAX_BATCH));
            List<RowState> here = mine.replica.states(batch);
            List<RowState> there = theirs.replica.states(batch);
            for (int i = 0; i < batch.size(); i++) {
                if (!Versions.sameContent(here.get(i), there.get(i))) {
                    differences.add(new Difference.OfRow(batch.get(i), here.get(i), there.get(i)));
                } else {
                    again.remove(batch.get(i));
                }
            }
        }
        proposal.meeting().check(mine.replica, theirs.replica);
        Plan plan = new Planning(mine.replica, theirs.replica, ground(now), progress).plan(differences);
        Set<Plan.Step> tried = new HashSet<>(before);
        List<Plan.Step> next = new ArrayList<>();
        for (Plan.Step step : plan.steps()) {
            if (step instanceof Plan.Step.Leave || tried.contains(step) && !unanswered.contains(uid(step))) {
                leave(step); // trying the same again would come to the same
                giveUpOn(step);
            } else {
                next.add(step);
            }
        }
        unanswered.clear();
        return next;
    }

    private void giveUpOn(Plan.Step step) {
        again.remove(uid(step));
        if (!(step instanceof Plan.Step.Leave)) {
            meanwhile.add(uid(step));
            mine.complete = false;
            theirs.complete = false;
        }
    }

    /**
     * What is left as it is has not been seen by the side that does not take it: also where that side has a newer
     * write, for in the other one's row parts of several writes may be merged, of which its stamp is only the newest.
     */
    private void leave(Plan.Step step) {
        if (step instanceof Plan.Step.Leave(Difference difference, var why)) {
            switch (difference) {
                case Difference.OfRow(var uid, RowState here, RowState there) -> {
                    mine.complete &= there instanceof RowState.Absent;
                    theirs.complete &= here instanceof RowState.Absent;
                }
                case Difference.OnlyMine range -> theirs.complete = false;
                case Difference.OnlyTheirs range -> mine.complete = false;
            }
        }
    }

    private void perform(List<Plan.Step> steps) {
        List<Agenda> agendas = Agenda.of(steps);
        Agenda here = agendas.getFirst();
        Agenda there = agendas.getLast();
        drop(here.drops, mine);
        drop(there.drops, theirs);
        move(here.deletes, theirs, mine);
        move(there.deletes, mine, theirs);
        win(here.victories, mine, theirs);
        win(there.victories, theirs, mine);
        move(here.rows, theirs, mine);
        here.ranges.forEach(range -> copy(range, theirs, mine));
        move(there.rows, mine, theirs);
        there.ranges.forEach(range -> copy(range, mine, theirs));
    }

    // --- the single kinds of work ---

    /** Brings the marks of deletes that the other side has not seen. Those that kill a row are in the plan. */
    private void tombstones(Side from, Side to, Set<Uid> planned) {
        if (!to.mayChange || proposal.meeting().equals(Meeting.STRANGERS)) {
            return;
        }
        long left = from.replica.info().tombstones() + MORE_TOMBSTONES;
        try (RowCursor all = from.replica.tombstones(to.context)) {
            Batch batch = new Batch(from, to, false);
            List<RowData> page = new ArrayList<>();
            while (all.hasNext()) {
                if (left-- == 0) {
                    throw new ReplicaException(
                            ReplicaException.Kind.BAD_ANSWER,
                            from.replica.address() + " sends more marks of deletes than it says it has");
                }
                RowData data = all.next();
                if (data.row() instanceof Row.Live) {
                    throw new ReplicaException(
                            ReplicaException.Kind.BAD_ANSWER,
                            from.replica.address() + " sent the row "
                                    + data.row().uid() + " among deletes");
                }
                if (!planned.contains(data.row().uid())) {
                    page.add(data);
                }
                if (page.size() == BATCH) {
                    tombstones(page, batch, to);
                    page.clear();
                }
            }
            tombstones(page, batch, to);
        }
    }

    /**
     * A row that was to be brought may have been deleted before it was read. Then the mark of that delete is brought
     * instead: who has neither can't say to have seen the row.
     */
    private void bringLateDeletes() {
        if (!late || proposal.meeting().equals(Meeting.STRANGERS)) {
            return;
        }
        tombstones(theirs, mine, Set.of());
        tombstones(mine, theirs, Set.of());
        giveUp(List.copyOf(again));
    }

    /**
     * Brings what one side has and the other has not seen, whatever a reader sees of it: a row that looks the same on
     * both sides and was written twice, and one that was deleted and put again since they met. Without these the other
     * could not say that it has seen all.
     */
    private void bringUnseen(Side from, Side to) {
        if (!to.mayChange
                || !to.complete
                || proposal.found() == Proposal.Found.SOME
                || terms.rounds() == 0
                || proposal.meeting().equals(Meeting.STRANGERS)) {
            return;
        }
        List<Uid> uids = from.replica.unseen(to.replica.knowledge().context(), Replica.MAX_BATCH);
        if (uids.isEmpty() || uids.size() == Replica.MAX_BATCH) { // many: two copies that were made apart
            return;
        }
        List<RowState> there = from.replica.states(uids);
        List<RowState> here = to.replica.states(uids);
        proposal.meeting().check(mine.replica, theirs.replica);
        List<Move> moves = new ArrayList<>();
        List<Uid> replaced = new ArrayList<>();
        for (int i = 0; i < uids.size(); i++) {
            boolean replaces = here.get(i) instanceof RowState.Live && !Versions.sameContent(here.get(i), there.get(i));
            if (replaces && terms.policy() != ConflictPolicy.NEWEST) {
                again.add(uids.get(i)); // who wins is decided after the next comparison
            } else if (there.get(i) instanceof RowState.Live) {
                moves.add(new Move(uids.get(i), there.get(i), here.get(i)));
                if (replaces) {
                    replaced.add(uids.get(i));
                }
            }
        }
        long added =
                here.stream().filter(state -> !(state instanceof RowState.Live)).count();
        try {
            to.ticket = announce(new Intent(terms.from(), replaced, List.of(), added, List.of()), to);
        } catch (GuardException e) {
            notes.add(e.getMessage());
            giveUp(replaced);
            return;
        }
        move(moves, new Batch(from, to, true));
        giveUp(List.copyOf(again));
    }

    private static ReplicaException notAskedFor(Side from, Uid uid) {
        return new ReplicaException(
                ReplicaException.Kind.BAD_ANSWER,
                from.replica.address() + " sent the row " + uid + ", which was not asked for");
    }

    private void tombstones(List<RowData> page, Batch batch, Side to) {
        if (page.isEmpty()) {
            return;
        }
        List<RowState> held =
                to.replica.states(page.stream().map(data -> data.row().uid()).toList());
        for (int i = 0; i < page.size(); i++) {
            RowData data = page.get(i);
            boolean kills = held.get(i) instanceof RowState.Live(Stamp stamp, var digest)
                    && stamp.compareTo(data.row().stamp()) < 0;
            if (kills) {
                again.add(data.row().uid()); // it is announced before it is deleted
            } else {
                batch.add(data, held.get(i));
            }
        }
        batch.apply();
    }

    private void drop(List<Agenda.Drop> drops, Side side) {
        for (int at = 0; at < drops.size(); at += BATCH) {
            List<Change> changes = new ArrayList<>();
            drops.subList(at, Math.min(drops.size(), at + BATCH))
                    .forEach(drop -> changes.add(new Change.Drop(drop.uid(), drop.row())));
            List<Outcome> outcomes = send(changes, side, other(side).context);
            for (int i = 0; i < outcomes.size(); i++) {
                Uid uid = changes.get(i).uid();
                if (outcomes.get(i) instanceof Outcome.Applied) {
                    side.deleted++;
                    dropped.add(uid);
                } else {
                    settled(outcomes.get(i), uid, side);
                }
            }
            step(changes.size());
        }
    }

    /** Writes a side's state anew where it wins by the table's policy though it is older, and brings it to the other. */
    private void win(List<Agenda.Victory> victories, Side winner, Side loser) {
        List<Move> moves = new ArrayList<>();
        for (Agenda.Victory victory : victories) {
            switch (victory.own()) {
                case RowState.Live live -> {
                    Change put = anew(victory.uid(), live, winner);
                    Outcome outcome = put == null
                            ? new Outcome.ChangedMeanwhile(victory.own())
                            : first(send(List.of(put), winner, loser.context));
                    if (outcome instanceof Outcome.Applied(Stamp stamp)) {
                        moves.add(new Move(victory.uid(), new RowState.Live(stamp, live.digest()), victory.other()));
                    } else {
                        settled(outcome, victory.uid(), winner);
                    }
                }
                case RowState.Deleted deleted -> {
                    Outcome outcome = first(
                            send(List.of(new Change.Delete(victory.uid(), victory.other())), loser, winner.context));
                    if (outcome instanceof Outcome.Applied) {
                        loser.deleted++;
                        conflicts.add(victory.uid());
                        step(1);
                    } else {
                        settled(outcome, victory.uid(), loser);
                    }
                }
                case RowState.Absent() -> throw new IllegalStateException("nothing wins over " + victory.other());
            }
        }
        move(moves, winner, loser);
    }

    /** A batch of one has one outcome, or none where it is unknown. */
    private static Outcome first(List<Outcome> outcomes) {
        return outcomes.isEmpty() ? new Outcome.Same() : outcomes.getFirst();
    }

    private static @Nullable Change anew(Uid uid, RowState.Live state, Side side) {
        try (RowCursor rows = side.replica.fetch(List.of(uid))) {
            if (rows.hasNext()) {
                RowData data = rows.next();
                if (data.row() instanceof Row.Live(var same, Stamp stamp, Body body, var past)
                        && stamp.equals(state.stamp())) {
                    BlobSource blob = data.blob();
                    return new Change.Put(uid, body, blob, state);
                }
            }
        }
        return null;
    }

    private void move(List<Move> moves, Side from, Side to) {
        move(moves, new Batch(from, to, false));
    }

    private void move(List<Move> moves, Batch batch) {
        Side from = batch.from;
        for (int at = 0; at < moves.size(); at += Replica.MAX_BATCH) {
            List<Move> part = moves.subList(at, Math.min(moves.size(), at + Replica.MAX_BATCH));
            Map<Uid, Move> open = new LinkedHashMap<>();
            part.forEach(move -> open.put(move.uid(), move));
            try (RowCursor rows =
                    from.replica.fetch(part.stream().map(Move::uid).toList())) {
                while (rows.hasNext()) {
                    RowData data = rows.next();
                    Move move = open.remove(data.row().uid());
                    if (move == null) {
                        throw notAskedFor(from, data.row().uid());
                    }
                    if (move.anyVersion() || isStill(data.row(), move.from())) {
                        batch.add(data, move.to());
                    } else {
                        skip(move.uid());
                    }
                }
            }
            open.keySet().forEach(this::skip);
            batch.apply();
        }
    }

    /** Whether a row that was read is in the version that the plan saw. */
    private static boolean isStill(Row row, RowState planned) {
        return row instanceof Row.Live == planned instanceof RowState.Live
                && Versions.stamp(planned).filter(row.stamp()::equals).isPresent();
    }

    private void skip(Uid uid) {
        again.add(uid);
        step(1);
    }

    private void copy(UidRange range, Side from, Side to) {
        late = true;
        try (RowCursor rows = from.replica.rows(range)) {
            Batch batch = new Batch(from, to, false);
            while (rows.hasNext()) {
                batch.add(rows.next(), null);
            }
            batch.apply();
        }
    }

    // --- changes on their way ---

    /** Rows and tombstones on their way to one side. */
    private final class Batch {
        private final Side from;
        private final Side to;
        private final boolean mayBeOlder;
        private final List<Change.Replicate> changes = new ArrayList<>();
        private long bytes;

        /** @param mayBeOlder whether it does not matter that something newer is there already */
        Batch(Side from, Side to, boolean mayBeOlder) {
            this.from = from;
            this.to = to;
            this.mayBeOlder = mayBeOlder;
        }

        void add(RowData data, @Nullable RowState expected) {
            changes.add(new Change.Replicate(data, expected));
            bytes += data.weight();
            if (changes.size() == BATCH || bytes > BATCH_BYTES) {
                apply();
            }
        }

        void apply() {
            if (changes.isEmpty()) {
                return;
            }
            List<Change.Replicate> sent = List.copyOf(changes);
            changes.clear();
            bytes = 0;
            List<Outcome> outcomes = send(sent, to, from.context);
            if (outcomes.isEmpty()) {
                return;
            }
            Map<Uid, RowState> merged = new HashMap<>();
            for (int i = 0; i < sent.size(); i++) {
                Change.Replicate change = sent.get(i);
                Row row = change.data().row();
                Outcome outcome = outcomes.get(i);
                if (outcome instanceof Outcome.Applied) {
                    count(change, from, to);
                    if (change.expected() instanceof RowState.Live && row instanceof Row.Live) {
                        merged.put(row.uid(), Merging.state(row, rules));
                    }
                } else if (!(outcome instanceof Outcome.Same)) {
                    boolean noMatter = (mayBeOlder || row instanceof Row.Tombstone) && outcome instanceof Outcome.Older;
                    if (!noMatter) {
                        settled(outcome, row.uid(), to);
                    }
                }
            }
            lookAtMerged(merged);
            step(sent.size());
        }

        /** Parts that only the one side had go back to the other. */
        private void lookAtMerged(Map<Uid, RowState> rows) {
            if (rows.isEmpty()) {
                return;
            }
            List<Uid> uids = List.copyOf(rows.keySet());
            List<RowState> now = to.replica.states(uids);
            for (int i = 0; i < uids.size(); i++) {
                RowState sent = rows.get(uids.get(i));
                if (sent != null && !Versions.sameContent(sent, now.get(i))) {
                    again.add(uids.get(i));
                }
            }
        }
    }

    private void count(Change.Replicate change, Side from, Side to) {
        Row row = change.data().row();
        if (!(change.expected() instanceof RowState.Live(Stamp before, var digest))) {
            to.added += row instanceof Row.Live ? 1 : 0;
            return;
        }
        if (row instanceof Row.Tombstone) {
            to.deleted++;
        } else if (Versions.sameContent(change.expected(), Merging.state(row, rules))) {
            return; // only its stamp is another one
        } else {
            to.changed++;
        }
        if (!row.past().saw(row.stamp(), before)
                && !from.context.covers(before)
                && !row.stamp().equals(before)
                && !isOfFlagsOnly(row, to)) {
            conflicts.add(row.uid());
        }
    }

    /** Whether the side had seen the body already, so that only flags come: these merge. */
    private static boolean isOfFlagsOnly(Row row, Side to) {
        return row instanceof Row.Live live && !live.marks().isEmpty() && to.context.covers(live.bodyStamp());
    }

    /** What a change came to that was not applied. */
    private void settled(Outcome outcome, Uid uid, Side side) {
        switch (outcome) {
            case Outcome.Applied ignored -> {}
            case Outcome.Same ignored -> {}
            case Outcome.Older ignored -> again.add(uid);
            case Outcome.ChangedMeanwhile ignored -> again.add(uid);
            case Outcome.Lingering ignored -> again.add(uid);
            case Outcome.Parked(String why) -> refuse(uid, side, why, true);
            case Outcome.Refused(String why) -> refuse(uid, side, why, false);
        }
    }

    /** Neither side then has seen all of the other: the row that was refused, and that in whose place it was to come. */
    private void refuse(Uid uid, Side side, String why, boolean parked) {
        refused.add(new RepairReport.Refusal(uid, side.replica.address(), why, parked));
        mine.complete = false;
        theirs.complete = false;
    }

    /**
     * Applies changes.
     *
     * @return their outcomes; none where they are not known, and the rows are to be looked at again
     */
    private List<Outcome> send(List<? extends Change> changes, Side to, Context context) {
        try {
            List<Outcome> outcomes = to.replica.apply(List.copyOf(changes), Sender.repair(context, to.ticket));
            if (outcomes.size() != changes.size()) {
                throw new ReplicaException(
                        ReplicaException.Kind.BAD_ANSWER,
                        to.replica.address() + " gave " + outcomes.size() + " outcomes for " + changes.size()
                                + " changes");
            }
            return outcomes;
        } catch (ReplicaException e) {
            if (e.kind() != ReplicaException.Kind.UNKNOWN_OUTCOME || ++to.unknown > UNKNOWN_MAX) {
                throw e;
            }
            changes.forEach(change -> {
                again.add(change.uid());
                unanswered.add(change.uid());
            });
            return List.of();
        }
    }

    private void step(int rows) {
        done += rows;
        progress.at("repairing", done, Math.max(done, total));
    }

    // --- afterwards ---

    private boolean found(boolean same) {
        return switch (proposal.found()) {
            case ALL -> true;
            case ALL_IF_SAME -> same;
            case SOME -> false;
        };
    }

    private void conclude(boolean same) {
        if (!found(same) || !proposal.meeting().holds(mine.replica, theirs.replica)) {
            return;
        }
        absorb(mine, theirs.context);
        absorb(theirs, mine.context);
    }

    private static void absorb(Side side, Context context) {
        if (side.mayChange && side.complete && !side.context.coversAll(context)) {
            side.replica.absorb(context, side.met.knowledge().incarnation());
        }
    }

    /** Asks one side whether it has the other's root; a narrowing that ends with its first answer. */
    private boolean rootsAreEqual() {
        byte[] open = MessageCodec.encode(
                new Message.Open(
                        TreeFormat.FORMAT,
                        Narrowing.SHORT,
                        0,
                        mine.replica.info().root()),
                Narrowing.SHORT);
        try {
            return MessageCodec.decode(theirs.replica.narrow(open), Narrowing.SHORT) instanceof Message.Same;
        } catch (MessageException e) {
            throw new ReplicaException(
                    ReplicaException.Kind.BAD_ANSWER, theirs.replica.address() + ": " + e.getMessage(), e);
        }
    }
}
