package io.twinroot.peer;

import io.twinroot.reconcile.Direction;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Repairs at the peer "b" that end as soon as they are followed or stopped. Thread-safe. */
final class ScriptedRepairs implements RepairControl {
    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");

    private final List<RepairView> views = new ArrayList<>();
    private int followers;
    private boolean patient;

    /** From now on, being followed ends no repair. */
    synchronized void takeTheirTime() {
        patient = true;
    }

    synchronized int followers() {
        return followers;
    }

    private static RepairView view(String id, RepairRequest request, RepairView.State state) {
        boolean over = state != RepairView.State.RUNNING;
        return new RepairView(
                id,
                request,
                null,
                state,
                over ? "over" : "comparing",
                STARTED,
                over ? STARTED.plusSeconds(2) : null,
                over ? true : null,
                over ? 3 : 0,
                over ? 2 : 0,
                over ? 1 : 0,
                over ? 2 : 0,
                over ? 1 : 0,
                0,
                over ? 1_234 : 0,
                over ? 5_678 : 0,
                over ? 6 : 0,
                null);
    }

    @Override
    public synchronized RepairView start(RepairRequest request) {
        if (!request.peer().equals("b")) {
            throw new ReplicaException(
                    ReplicaException.Kind.BAD_REQUEST, "there is no peer '" + request.peer() + "'; there are: b");
        }
        RepairView view = view(Integer.toString(views.size() + 1), request, RepairView.State.RUNNING);
        views.add(view);
        return view;
    }

    @Override
    public synchronized List<RepairView> list() {
        return List.copyOf(views.reversed());
    }

    @Override
    public synchronized Optional<RepairView> get(String id) {
        return views.stream().filter(view -> view.id().equals(id)).findFirst();
    }

    private synchronized Optional<RepairView> end(String id, RepairView.State state) {
        Optional<RepairView> found = get(id);
        found.filter(view -> !view.isOver())
                .ifPresent(view -> views.set(views.indexOf(view), view(id, view.request(), state)));
        return get(id);
    }

    @Override
    public Optional<RepairView> stop(String id) {
        return end(id, RepairView.State.STOPPED);
    }

    @Override
    public synchronized Optional<Following> follow(String id, Consumer<RepairView> listener) {
        Optional<RepairView> found = get(id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        followers++;
        listener.accept(found.get());
        if (!found.get().isOver() && !patient) {
            end(id, RepairView.State.DONE).ifPresent(listener);
        }
        return Optional.of(() -> {
            synchronized (this) {
                followers--;
            }
        });
    }

    @Override
    public List<LinkView> links() {
        return List.of(new LinkView(
                new TableName("shop/orders"),
                "b",
                "http://127.0.0.1:8402",
                Direction.BOTH,
                Duration.ofMinutes(1),
                Mode.TREE,
                STARTED,
                STARTED,
                STARTED,
                STARTED.plusSeconds(60),
                0,
                null,
                null));
    }
}
