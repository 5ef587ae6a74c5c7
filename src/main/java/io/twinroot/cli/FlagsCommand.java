package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.RowCursor;
import io.twinroot.service.Address;
import io.twinroot.service.Addresses;
import io.twinroot.table.Change;
import io.twinroot.table.Marks;
import io.twinroot.table.Outcome;
import io.twinroot.table.Row;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code twinroot flags}. */
@Command(
        name = "flags",
        description = "Shows the flags of a row, after some were added or removed.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class FlagsCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(index = "0", paramLabel = "ADDRESS", description = "The table.", converter = AddressConverter.class)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Address address;

    @Parameters(index = "1", paramLabel = "UID", description = "The row.")
    private String row = "";

    @Option(
            names = "--add",
            paramLabel = "FLAG",
            description = "A flag that is on afterwards; may be given several times.")
    private List<String> add = List.of();

    @Option(
            names = "--remove",
            paramLabel = "FLAG",
            description = "A flag that is off afterwards; may be given several times.")
    private List<String> remove = List.of();

    @Option(
            names = "--set",
            paramLabel = "SET",
            defaultValue = "flags",
            description = "The set that the flags are in; by default ${DEFAULT-VALUE}.")
    private String set = "flags";

    @Mixin
    private final OutputOptions output = new OutputOptions();

    FlagsCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() {
        TableName name = address.table()
                .orElseThrow(() -> new Trouble("flags needs a table: " + address + " names none; write "
                        + address.with(new TableName("TABLE"))));
        Change.Flag change = change();
        try (Replicas place = Addresses.open(address);
                Replica table = place.table(name)) {
            boolean changes = !add.isEmpty() || !remove.isEmpty();
            if (changes) {
                apply(table, change);
            }
            report(change.uid(), flags(table, change.uid()), changes);
        }
        return Exit.SAME;
    }

    private Change.Flag change() {
        try {
            add.forEach(flag -> Marks.Part.flag(set, flag));
            remove.forEach(flag -> Marks.Part.flag(set, flag));
            for (String flag : remove) {
                if (add.contains(flag)) {
                    throw new Trouble("flag '" + flag + "' is both added and removed");
                }
            }
            return new Change.Flag(Uid.ofText(row), set, add, remove, null);
        } catch (IllegalArgumentException e) {
            throw new Trouble(String.valueOf(e.getMessage()), e);
        }
    }

    private void apply(Replica table, Change.Flag change) {
        String refusal = switch (table.apply(List.of(change)).getFirst()) {
            case Outcome.Applied done -> "";
            case Outcome.Same nothing -> "";
            case Outcome.Older older -> "a newer version is held";
            case Outcome.ChangedMeanwhile changed -> "it changed meanwhile";
            case Outcome.Lingering gone -> "it was deleted";
            case Outcome.Parked(String reason) -> reason;
            case Outcome.Refused(String reason) -> reason;
        };
        if (!refusal.isEmpty()) {
            throw new Trouble("the flags of " + change.uid() + " in " + address + " were not changed: " + refusal);
        }
    }

    private List<String> flags(Replica table, Uid uid) {
        try (RowCursor rows = table.fetch(List.of(uid))) {
            if (rows.hasNext() && rows.next().row() instanceof Row.Live live) {
                return live.marks().flags().getOrDefault(set, List.of()).stream()
                        .sorted()
                        .toList();
            }
            throw new Trouble("there is no row " + uid + " in " + address);
        }
    }

    private void report(Uid uid, List<String> flags, boolean changed) {
        if (output.json) {
            new JsonLines(screen.out()).line("flags", json -> {
                json.writeStringField("address", address.toString());
                json.writeStringField("uid", row);
                json.writeStringField("set", set);
                json.writeArrayFieldStart("flags");
                for (String flag : flags) {
                    json.writeString(flag);
                }
                json.writeEndArray();
                json.writeBooleanField("changed", changed);
            });
        } else if (!output.quiet) {
            screen.out().println(uid + ": " + (flags.isEmpty() ? "(none)" : String.join(" ", flags)));
        }
    }
}
