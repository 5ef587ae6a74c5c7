package io.twinroot.service;

import io.twinroot.peer.RepairControl.Following;
import io.twinroot.peer.RepairRequest;
import io.twinroot.peer.RepairView;
import io.twinroot.reconcile.Comparison;
import io.twinroot.reconcile.Difference;
import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.GuardException;
import io.twinroot.reconcile.Guards;
import io.twinroot.reconcile.Meeting;
import io.twinroot.reconcile.Metered;
import io.twinroot.reconcile.Pause;
import io.twinroot.reconcile.Proposal;
import io.twinroot.reconcile.Repair;
import io.twinroot.reconcile.RepairReport;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Scope;
import io.twinroot.reconcile.Survey;
import io.twinroot.reconcile.Terms;
import io.twinroot.reconcile.Traffic;
import io.twinroot.reconcile.Verify;
import io.twinroot.table.ConflictPolicy;
import io.twinroot.table.RowState;
import io.twinroot.table.TableInfo;
import io.twinroot.table.Uid;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One repair of one table with one peer: how it stands, and those who follow it. It is run by one thread;
 * all else may be called by any.
 */
final class RepairJob {
    private static final Logger LOG = LoggerFactory.getLogger(RepairJob.class);
    private static final int UIDS_NAMED = 20;

    private final String id;
    private final RepairRequest request;
    private final InstantSource clock;
    private final @Nullable ApprovedPlan approved;
    private final Instant started;
    private volatile boolean complete;
    private volatile boolean synced;
    private volatile @Nullable Schemas schemas;
    private final List<Consumer<RepairView>> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean stopped;

    // guarded by this
    private RepairView.State state = RepairView.State.RUNNING;
    private String step = "waiting for its turn";
    private @Nullable Instant ended;
    private @Nullable Boolean same;
    private long differing;
    private long missingHere;
    private long missingThere;
    private long changedHere;
    private long changedThere;
    private long refused;
    private Traffic traffic = Traffic.NONE;
    private @Nullable String trouble;
    private @Nullable Thread runner;

    /** @param approved what it carries out as it stands; null for what it finds */
    RepairJob(String id, RepairRequest request, InstantSource clock, @Nullable ApprovedPlan approved) {
        this.id = id;
        this.request = request;
        this.clock = clock;
        this.approved = approved;
        this.started = clock.instant();
    }

    RepairRequest request() {
        return request;
    }

    /** Whether all that the peer had when it began is here now. */
    boolean isComplete() {
        return complete;
    }

    /** Whether nothing was left out: each side that was to be changed has what the other had when it began. */
    boolean isSynced() {
        return synced;
    }

    /** The schema versions of the two copies' rows. */
    record Schemas(int here, int there) {}

    /** Those, once they were read. */
    Optional<Schemas> schemas() {
        return Optional.ofNullable(schemas);
    }

    synchronized RepairView view() {
        return new RepairView(
                id,
                request,
                approved == null ? null : approved.id(),
                state,
                step,
                started,
                ended,
                same,
                differing,
                missingHere,
                missingThere,
                changedHere,
                changedThere,
                refused,
                traffic.sentBytes(),
                traffic.receivedBytes(),
                traffic.roundTrips(),
                trouble);
    }

    /** Tells the listener how it stands, and all that follows until it is over. */
    synchronized Following follow(Consumer<RepairView> listener) {
        listener.accept(view());
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** It ends between two batches, or at once where it waits. */
    synchronized void stop() {
        stopped = true;
        if (runner != null) {
            runner.interrupt();
        }
    }

    private synchronized void change(Runnable change) {
        change.run();
        RepairView now = view();
        listeners.forEach(listener -> listener.accept(now));
    }

    private void end(RepairView.State how, @Nullable Boolean equal, @Nullable String why) {
        change(() -> {
            state = how;
            step = "over";
            ended = clock.instant();
            same = equal;
            trouble = why;
        });
    }

    private void fail(String why) {
        String what = stopped ? "stopped by request" : why;
        if (approved != null) {
            Thread.interrupted(); // who is stopped still writes why
            try {
                approved.failed("it was tried by " + id + ", which did not come to its end: " + what);
            } catch (ReplicaException e) {
                LOG.warn("repair {} of {}: {}", id, request.table(), e.getMessage());
            }
        }
        end(stopped ? RepairView.State.STOPPED : RepairView.State.FAILED, null, what);
    }

    private void step(String what, long done, long total) {
        checkStopped();
        change(() -> step = total > 0 ? what + ", " + done + " of " + total + " rows" : what);
    }

    private void checkStopped() {
        if (stopped) {
            throw new CancellationException("stopped by request");
        }
    }

    private synchronized void setRunner(@Nullable Thread thread) {
        runner = thread;
    }

    /**
     * The two sides, and how to bring them together.
     *
     * @param plans hold what guards stop
     */
    record Task(
            Replica here,
            Replica there,
            Direction direction,
            ConflictPolicy policy,
            Guards guards,
            Scope scope,
            Verify.Options options,
            Pause pause,
            HeldPlans plans,
            String peerUrl) {}

    /**
     * Runs it to its end, which is in the view: it does not throw, whatever a replica, a guard or a peer does.
     *
     * @param open gives the two sides; that can fail like all else
     * @param random numbers that nobody can foresee
     */
    void run(Supplier<Task> open, LongSupplier random) {
        setRunner(Thread.currentThread());
        try {
            checkStopped();
            Task task = open.get();
            try (Replica _ = task.there) {
                if (approved != null) {
                    carryOut(approved, task);
                } else {
                    run(task, random);
                }
            }
        } catch (ReplicaException | GuardException | CancellationException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) { // a mistake of ours must not leave the repair running for ever
            LOG.error("repair {} of {} with {} failed", id, request.table(), request.peer(), e);
            fail("an error in Twinroot, see the log: " + e);
        } finally {
            setRunner(null);
        }
    }

    private void run(Task task, LongSupplier random) {
        try {
            Meeting meeting =
                    request.apply() ? Meeting.of(task.here, task.there) : Meeting.glance(task.here, task.there);
            Comparison found = compare(task, random);
            note(task.there);
            switch (found) {
                case Comparison.Same same -> {
                    if (request.apply()) {
                        apply(same, task, meeting);
                    } else {
                        end(RepairView.State.DONE, true, null);
                    }
                }
                case Comparison.NoneFound none -> {
                    if (request.apply()) {
                        apply(none, task, meeting);
                    } else { // nothing is known of what was not looked at, or is still on its way
                        end(RepairView.State.DONE, null, null);
                    }
                }
                case Comparison.Unsettled unsettled ->
                    fail("rows kept changing while they were compared; "
                            + unsettled.unsettled().size() + " did not settle");
                case Comparison.Different different -> {
                    count(different);
                    if (request.apply()) {
                        apply(different, task, meeting);
                    } else {
                        end(RepairView.State.DONE, false, null);
                    }
                }
            }
        } finally {
            note(task.there);
        }
    }

    private Comparison compare(Task task, LongSupplier random) {
        try {
            Comparison found =
                    Survey.run(task.here, task.there, task.scope, task.options, random, this::step, task.pause);
            schemas = schemas(found.mine(), found.theirs());
            return found;
        } catch (ReplicaException e) {
            if (e.kind() == ReplicaException.Kind.INCOMPATIBLE) {
                schemas = schemas(task.here.info(), task.there.info());
            }
            throw e;
        }
    }

    private static Schemas schemas(TableInfo here, TableInfo there) {
        return new Schemas(here.rules().schema(), there.rules().schema());
    }

    private void apply(Comparison found, Task task, Meeting meeting) {
        String node = task.here.knowledge().node();
        String from = "a repair of " + request.table() + (node.isEmpty() ? "" : " by node " + node.substring(0, 8));
        Terms terms = Terms.of(task.direction, task.guards, from).with(task.policy);
        Proposal proposal = Proposal.of(task.here, task.there, meeting, found, terms, this::step);
        RepairReport report;
        try {
            report = Repair.apply(proposal, task.here, task.there, this::step);
        } catch (GuardException e) {
            throw e.isHeld() ? e : held(e, proposal, found, task);
        }
        complete = report.complete() && task.direction.pulls();
        synced = report.complete() || (report.same() && report.refused().isEmpty());
        report.notes().forEach(text -> LOG.warn("repair {} of {}: {}", id, request.table(), text));
        count(report, task);
        end(RepairView.State.DONE, report.same(), trouble(meeting.notes(), report));
    }

    /** Holds the plan that a guard stopped, so that a person can approve it. */
    private GuardException held(GuardException stopped, Proposal proposal, Comparison found, Task task) {
        String why = String.valueOf(stopped.getMessage());
        HeldPlans.Stopped plan = new HeldPlans.Stopped(request, task.peerUrl, proposal, found, task.here, task.there);
        try {
            String from = "a repair of " + request.table() + " with " + request.peer() + " ";
            return new GuardException(why + "; " + task.plans.hold(plan, from + why, this::step), true);
        } catch (ReplicaException e) {
            return new GuardException(why + "; its plan could not be held: " + e.getMessage());
        }
    }

    private void carryOut(ApprovedPlan plan, Task task) {
        RepairReport report;
        try {
            report = plan.carryOut(task.here, task.there, this::step);
        } finally {
            note(task.there);
        }
        count(report, task);
        String trouble = trouble(skipped(report), report);
        plan.done(id + " carried it out, " + report.mine().all() + " changes here and "
                + report.theirs().all() + " at " + request.peer() + (trouble == null ? "" : "; " + trouble)
                + "; it is brought back with " + plan.wayBack());
        end(RepairView.State.DONE, report.same(), trouble);
    }

    private static List<String> skipped(RepairReport report) {
        List<Uid> uids = report.meanwhile();
        if (uids.isEmpty()) {
            return List.of();
        }
        String named = uids.stream().limit(UIDS_NAMED).map(Uid::toString).collect(Collectors.joining(", "));
        return List.of((uids.size() == 1 ? "1 row" : uids.size() + " rows")
                + " changed since the plan was made, and stay as they are: " + named
                + (uids.size() > UIDS_NAMED ? ", …" : ""));
    }

    private void count(RepairReport report, Task task) {
        note(task.there);
        change(() -> {
            changedHere = report.mine().all();
            changedThere = report.theirs().all();
            refused = report.refused().size();
        });
    }

    /** What a person should see of a repair that came to its end; null for nothing. */
    private static @Nullable String trouble(List<String> notes, RepairReport report) {
        List<String> all = new ArrayList<>(notes);
        if (!report.refused().isEmpty()) {
            RepairReport.Refusal first = report.refused().getFirst();
            all.add(report.refused().size() + " rows were refused, the first: " + first.uid() + ", " + first.why());
        }
        return all.isEmpty() ? null : String.join("; ", all);
    }

    private void count(Comparison.Different different) {
        long lackedHere = 0;
        long lackedThere = 0;
        for (Difference difference : different.differences()) {
            switch (difference) {
                case Difference.OnlyMine(var range, long count) -> lackedThere += count;
                case Difference.OnlyTheirs(var range, long count) -> lackedHere += count;
                case Difference.OfRow(var uid, RowState mine, RowState theirs) -> {
                    lackedHere += mine instanceof RowState.Live ? 0 : 1;
                    lackedThere += theirs instanceof RowState.Live ? 0 : 1;
                }
            }
        }
        long here = lackedHere;
        long there = lackedThere;
        change(() -> {
            differing = different.rows();
            missingHere = here;
            missingThere = there;
        });
    }

    /** Notes what the far side's replica has moved so far. */
    private void note(Replica there) {
        if (there instanceof Metered metered) {
            Traffic now = metered.traffic();
            change(() -> traffic = now);
        }
    }
}
