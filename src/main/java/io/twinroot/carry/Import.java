package io.twinroot.carry;

import io.twinroot.reconcile.Logged;
import io.twinroot.reconcile.Progress;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.Replicas;
import io.twinroot.table.RowData;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.wire.CarryLine;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings a file of changes into the tables of a place, section by section. Rows keep their stamps, so an import
 * that is done twice, or before or after another, gives the same rows. For one thread and one use; what it
 * counted can be asked also when it failed.
 */
public final class Import {
    /** The most gaps that are remembered. */
    static final int GAPS_MAX = Export.GAPS_MAX;

    private final Replicas place;
    private final boolean create;
    private final Set<TableName> wanted;
    private final Map<TableName, TargetTable> tables = new TreeMap<>();
    private final List<String> gaps = new ArrayList<>();
    private CarryLine.@Nullable Head head;
    private Reached reached = new Reached(0, null);

    /**
     * @param create whether tables that are missing are made, with the file's rules
     * @param wanted the tables to bring in; none for all
     */
    public Import(Replicas place, boolean create, Set<TableName> wanted) {
        this.place = place;
        this.create = create;
        this.wanted = Set.copyOf(wanted);
    }

    /**
     * Reads the file to its end, or to where it is of no use.
     *
     * @param file from its start; it is closed
     * @throws CarryException when it is no such file, or large blobs find no room
     * @throws ReplicaException when the place does not go on; the file can be imported again
     */
    public Ending run(InputStream file, Progress progress) {
        try (SpoolFolder spools = new SpoolFolder();
                ChangesReader reader = new ChangesReader(file, spools)) {
            head = reader.head();
            reached = new Reached(0, reader.head().since());
            while (true) {
                switch (reader.next()) {
                    case Part.OfSection(Section section) -> {
                        try (section) {
                            apply(section);
                        }
                        progress.at("import", reached.changes(), -1);
                    }
                    case Part.Whole(CarryLine.End end) -> {
                        reached = new Reached(end.changes(), end.next());
                        return new Ending.Whole();
                    }
                    case Part.Broken(String why) -> {
                        return new Ending.Broken(why);
                    }
                }
            }
        } finally {
            tables.values().forEach(TargetTable::close);
        }
    }

    private void apply(Section section) {
        Map<TableName, List<RowData>> rows = new LinkedHashMap<>();
        for (Logged item : section.items()) {
            if (!wanted.isEmpty() && !wanted.contains(item.table())) {
                continue;
            }
            switch (item) {
                case Logged.Table(TableName name, TableRules rules) ->
                    tables.computeIfAbsent(name, n -> TargetTable.open(place, n, rules, create));
                case Logged.OfRow(TableName name, RowData data) ->
                    rows.computeIfAbsent(name, n -> new ArrayList<>()).add(data);
            }
        }
        rows.forEach((name, batch) -> table(name).apply(batch));
        for (String gap : section.gaps()) {
            if (gaps.size() < GAPS_MAX) {
                gaps.add(gap);
            }
        }
        reached = new Reached(section.flush().changes(), section.flush().next());
    }

    private TargetTable table(TableName name) {
        TargetTable table = tables.get(name);
        if (table == null) {
            throw new IllegalStateException("the reader gave a row of " + name + " before the table");
        }
        return table;
    }

    /** The file's first line; null while it was not read. */
    public CarryLine.@Nullable Head head() {
        return head;
    }

    /** How far the file was brought in. */
    public Reached reached() {
        return reached;
    }

    /** What became of the changes, by table. */
    public List<TableTally> tables() {
        Collection<TargetTable> opened = tables.values();
        return opened.stream().map(TargetTable::tally).toList();
    }

    /** What the file itself says that it lacks. */
    public List<String> gaps() {
        return List.copyOf(gaps);
    }
}
