package io.twinroot.service;

import static io.twinroot.service.StoreReplicas.guarded;

import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.ProblemView;
import io.twinroot.store.Store;
import io.twinroot.store.StoreDamage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a store lost, as problems: their ids are {@code d1}, {@code d2} and so on. */
final class DamageProblems implements ProblemControl {
    private static final String PREFIX = "d";

    private final Store store;

    DamageProblems(Store store) {
        this.store = store;
    }

    @Override
    public List<ProblemView> list(boolean all) {
        return store.damages().stream()
                .filter(damage -> all || damage.state() == StoreDamage.State.OPEN)
                .map(DamageProblems::view)
                .toList();
    }

    @Override
    public Optional<ProblemView> accept(String id) {
        Optional<StoreDamage> open = store.damages().stream()
                .filter(damage -> damage.state() == StoreDamage.State.OPEN && id.equals(PREFIX + damage.id()))
                .findFirst();
        open.ifPresent(damage -> guarded(() -> {
            store.accept(damage.id());
            return true;
        }));
        return open.flatMap(before -> store.damages().stream()
                .filter(damage -> damage.id() == before.id())
                .map(DamageProblems::view)
                .findFirst());
    }

    private static ProblemView view(StoreDamage damage) {
        return new ProblemView(
                PREFIX + damage.id(),
                ProblemView.Kind.DAMAGE,
                damage.table(),
                damage.uid(),
                Instant.ofEpochMilli(damage.foundMs()),
                switch (damage.state()) {
                    case OPEN -> ProblemView.State.OPEN;
                    case HEALED, MENDED -> ProblemView.State.HEALED;
                    case ACCEPTED -> ProblemView.State.ACCEPTED;
                },
                damage.text(),
                damage.state() == StoreDamage.State.OPEN ? advice(damage) : "");
    }

    private static String advice(StoreDamage damage) {
        String what = damage.table() == null ? "all tables are" : "the table is";
        return "until this is healed " + what + " read-only; repair from a peer that has it (a node does that by"
                + " itself where it pulls from one), or give up what was lost: twinroot problems URL --accept "
                + PREFIX + damage.id();
    }
}
