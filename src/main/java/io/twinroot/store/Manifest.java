package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.LogPosition;
import io.twinroot.table.Context;
import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.tree.TreeRoot;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the files of the view are and which part of the log they reflect. A text of lines, the last of which is
 * the checksum of those before.
 *
 * @param saltId of the tables' trees
 * @param position the view has all frames before it, and none after
 * @param maxClock the largest clock of any stamp before the position
 * @param own the writes before the position under the incarnation that wrote the segment there
 * @param layers the newest first
 */
record Manifest(
        long saltId,
        LogPosition position,
        long maxClock,
        OwnRun own,
        List<LayerFile.Listed> layers,
        List<Table> tables) {
    private static final String FIRST = "twinroot view 3";

    private static final String UNKNOWN = "?";

    /**
     * A table as it is at the position.
     *
     * @param context what it has seen, its own writes aside; null where damage made that doubtful
     */
    record Table(
            int id,
            TableName name,
            TableRules rules,
            TreeRoot root,
            long count,
            Totals totals,
            @Nullable Stamp newest,
            @Nullable Context context) {}

    /**
     * What else a table has.
     *
     * @param tombstones deletes remembered
     * @param lost rows that damage took
     * @param bytes of the frames in the log that the table's rows need
     */
    record Totals(long tombstones, long lost, long bytes) {
        static final Totals NONE = new Totals(0, 0, 0);

        /** With a row in the place of what was held. */
        Totals replaced(@Nullable IndexRow held, IndexRow row) {
            return new Totals(
                    tombstones + (row.isTombstone() ? 1 : 0) - (held != null && held.isTombstone() ? 1 : 0),
                    lost + (row.isLost() ? 1 : 0) - (held != null && held.isLost() ? 1 : 0),
                    bytes + row.bytes() - (held == null ? 0 : held.bytes()));
        }
    }

    Manifest {
        layers = List.copyOf(layers);
        tables = List.copyOf(tables);
    }

    byte[] encoded() {
        List<String> lines = new ArrayList<>();
        HexFormat hex = HexFormat.of();
        lines.add("salt " + hex.toHexDigits(saltId));
        lines.add("position " + position.packed());
        lines.add("clock " + hex.toHexDigits(maxClock));
        lines.add("own " + own.incarnation().hex() + " " + own.seq());
        for (LayerFile.Listed layer : layers) {
            lines.add("layer " + layer.name() + " " + layer.length() + " " + hex.toHexDigits(layer.checksum()) + " "
                    + layer.cells());
        }
        for (Table table : tables) {
            lines.add("table " + table.id + " " + table.name + " " + hex.formatHex(table.rules.encoded()) + " "
                    + table.root.height()
                    + " " + table.root.root().hex() + " " + table.count + " " + table.totals.tombstones() + " "
                    + table.totals.lost() + " " + table.totals.bytes() + " "
                    + (table.newest == null ? "-" : table.newest.text()) + " "
                    + (table.context == null ? UNKNOWN : hex.formatHex(table.context.encoded())));
        }
        return CheckedText.encode(FIRST, lines);
    }

    /** @throws IllegalArgumentException when this is not what {@link #encoded} makes */
    static Manifest decode(byte[] bytes) {
        long salt = 0;
        long clock = 0;
        LogPosition position = null;
        OwnRun own = OwnRun.NONE;
        List<LayerFile.Listed> layers = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        for (List<String> words : CheckedText.decode(FIRST, bytes)) {
            switch (words.getFirst()) {
                case "salt" -> salt = HexFormat.fromHexDigitsToLong(words.get(1));
                case "clock" -> clock = HexFormat.fromHexDigitsToLong(words.get(1));
                case "position" -> position = LogPosition.unpack(Long.parseLong(words.get(1)));
                case "own" -> own = new OwnRun(Incarnation.ofHex(words.get(1)), Long.parseLong(words.get(2)));
                case "layer" ->
                    layers.add(new LayerFile.Listed(
                            words.get(1),
                            Long.parseLong(words.get(2)),
                            HexFormat.fromHexDigits(words.get(3)),
                            Long.parseLong(words.get(4))));
                case "table" -> tables.add(table(words));
                default -> throw new IllegalArgumentException("unknown line: " + words);
            }
        }
        if (position == null) {
            throw new IllegalArgumentException("it has no position");
        }
        return new Manifest(salt, position, clock, own, layers, tables);
    }

    private static Table table(List<String> words) {
        long count = Long.parseLong(words.get(6));
        String newest = words.get(10);
        String context = words.get(11);
        return new Table(
                Integer.parseInt(words.get(1)),
                new TableName(words.get(2)),
                TableRules.decode(HexFormat.of().parseHex(words.get(3))),
                new TreeRoot(Integer.parseInt(words.get(4)), count, Digest.ofHex(words.get(5))),
                count,
                new Totals(Long.parseLong(words.get(7)), Long.parseLong(words.get(8)), Long.parseLong(words.get(9))),
                newest.equals("-") ? null : Stamp.parse(newest),
                context.equals(UNKNOWN) ? null : Context.decode(HexFormat.of().parseHex(context)));
    }
}
