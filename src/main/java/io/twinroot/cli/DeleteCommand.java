package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.Change;
import io.twinroot.table.Outcome;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code twinroot delete}. */
@Command(
        name = "delete",
        description = "Deletes rows; the deletes travel to other copies with the next repair.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DeleteCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(index = "0", paramLabel = "ADDRESS", description = "The table.", converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "UID", description = "The rows.")
    private List<String> uids = List.of();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    DeleteCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        TableName name = address.table()
                .orElseThrow(() -> new Trouble("delete needs a table: " + address + " names none; write "
                        + address.with(new TableName("TABLE"))));
        List<Change> deletes = new ArrayList<>();
        for (String uid : uids) {
            try {
                deletes.add(new Change.Delete(Uid.ofText(uid), null));
            } catch (IllegalArgumentException e) {
                throw new Trouble("'" + uid + "': " + e.getMessage(), e);
            }
        }
        long deleted = 0;
        long absent = 0;
        List<String> refused = new ArrayList<>();
        try (Replicas place = Addresses.open(address);
                Replica table = place.table(name)) {
            for (int from = 0; from < deletes.size(); from += Replica.MAX_BATCH) {
                List<Change> batch = deletes.subList(from, Math.min(deletes.size(), from + Replica.MAX_BATCH));
                List<Outcome> outcomes = table.apply(batch);
                for (int i = 0; i < outcomes.size(); i++) {
                    switch (outcomes.get(i)) {
                        case Outcome.Applied done -> deleted++;
                        case Outcome.Same nothing -> absent++;
                        case Outcome.Older older -> refused.add(batch.get(i).uid() + ": a newer version is held");
                        case Outcome.ChangedMeanwhile changed ->
                            refused.add(batch.get(i).uid() + ": it changed meanwhile");
                        case Outcome.Lingering gone -> absent++;
                        case Outcome.Parked(String reason) ->
                            refused.add(batch.get(i).uid() + ": " + reason);
                        case Outcome.Refused(String reason) ->
                            refused.add(batch.get(i).uid() + ": " + reason);
                    }
                }
            }
        }
        report(deleted, absent, refused);
        return refused.isEmpty() ? Exit.SAME : Exit.TROUBLE;
    }

    private void report(long deleted, long absent, List<String> refused) {
        refused.forEach(refusal -> screen.err().println("not deleted: " + refusal));
        if (output.json) {
            new JsonLines(screen.out()).line("deleted", json -> {
                json.writeStringField("address", address.toString());
                json.writeNumberField("deleted", deleted);
                json.writeNumberField("absent", absent);
                json.writeNumberField("refused", refused.size());
            });
        } else if (!output.quiet) {
            screen.out()
                    .println("Deleted " + screen.bold(Figures.count(deleted, "row")) + " of " + address
                            + (absent == 0
                                    ? ""
                                    : "; " + Figures.count(absent) + (absent == 1 ? " was" : " were") + " not there")
                            + ".");
        }
    }
}
