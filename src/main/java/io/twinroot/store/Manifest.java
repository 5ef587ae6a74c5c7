package io.twinroot.store;

import io.twinroot.log.LogPosition;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import io.twinroot.tree.TreeRoot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the files of the view are and which part of the log they reflect. A text of lines, the last of which is
 * the checksum of those before.
 *
 * @param saltId of the tables' trees
 * @param position the view has all frames before it, and none after
 * @param maxClock the largest clock of any stamp before the position
 * @param layers the newest first
 */
record Manifest(long saltId, LogPosition position, long maxClock, List<LayerFile.Listed> layers, List<Table> tables) {
    private static final String FIRST = "twinroot view 1";

    /** A table as it is at the position. */
    record Table(
            int id,
            TableName name,
            TableRules rules,
            TreeRoot root,
            long count,
            long tombstones,
            @Nullable Stamp newest) {}

    Manifest {
        layers = List.copyOf(layers);
        tables = List.copyOf(tables);
    }

    byte[] encoded() {
        StringBuilder text = new StringBuilder(FIRST).append('\n');
        HexFormat hex = HexFormat.of();
        text.append("salt ").append(hex.toHexDigits(saltId)).append('\n');
        text.append("position ").append(position.packed()).append('\n');
        text.append("clock ").append(hex.toHexDigits(maxClock)).append('\n');
        for (LayerFile.Listed layer : layers) {
            text.append("layer ").append(layer.name()).append(' ').append(layer.length());
            text.append(' ')
                    .append(hex.toHexDigits(layer.checksum()))
                    .append(' ')
                    .append(layer.cells());
            text.append('\n');
        }
        for (Table table : tables) {
            text.append("table ").append(table.id).append(' ').append(table.name);
            text.append(' ').append(rulesHex(table.rules)).append(' ').append(table.root.height());
            text.append(' ').append(table.root.root().hex()).append(' ').append(table.count);
            text.append(' ').append(table.tombstones).append(' ');
            text.append(table.newest == null ? "-" : table.newest.text()).append('\n');
        }
        String body = text.toString();
        return (body + "checksum " + hex.toHexDigits(checksum(body)) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalArgumentException when this is not what {@link #encoded} makes */
    static Manifest decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf("checksum ");
        if (end < 0
                || !text.startsWith(FIRST + "\n")
                || !text.substring(end)
                        .equals("checksum " + HexFormat.of().toHexDigits(checksum(text.substring(0, end))) + "\n")) {
            throw new IllegalArgumentException("its checksum is wrong, or its format unknown");
        }
        long salt = 0;
        long clock = 0;
        LogPosition position = null;
        List<LayerFile.Listed> layers = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        for (String line : text.substring(FIRST.length() + 1, end).split("\n", -1)) {
            List<String> words = Arrays.asList(line.split(" ", -1));
            switch (words.getFirst()) {
                case "salt" -> salt = HexFormat.fromHexDigitsToLong(words.get(1));
                case "clock" -> clock = HexFormat.fromHexDigitsToLong(words.get(1));
                case "position" -> position = LogPosition.unpack(Long.parseLong(words.get(1)));
                case "layer" ->
                    layers.add(new LayerFile.Listed(
                            words.get(1),
                            Long.parseLong(words.get(2)),
                            HexFormat.fromHexDigits(words.get(3)),
                            Long.parseLong(words.get(4))));
                case "table" -> tables.add(table(words));
                case "" -> {}
                default -> throw new IllegalArgumentException("unknown line: " + line);
            }
        }
        if (position == null) {
            throw new IllegalArgumentException("it has no position");
        }
        return new Manifest(salt, position, clock, layers, tables);
    }

    private static Table table(List<String> words) {
        long count = Long.parseLong(words.get(6));
        String newest = words.get(8);
        return new Table(
                Integer.parseInt(words.get(1)),
                new TableName(words.get(2)),
                rules(words.get(3)),
                new TreeRoot(Integer.parseInt(words.get(4)), count, Digest.ofHex(words.get(5))),
                count,
                Long.parseLong(words.get(7)),
                newest.equals("-") ? null : Stamp.parse(newest));
    }

    private static String rulesHex(TableRules rules) {
        Value names = new Value.Sequence(
                rules.digestExcludes().stream().<Value>map(Value.Text::new).toList());
        return HexFormat.of().formatHex(CanonicalCbor.encode(names));
    }

    private static TableRules rules(String hex) {
        if (!(CanonicalCbor.decode(HexFormat.of().parseHex(hex)) instanceof Value.Sequence(List<Value> names))) {
            throw new IllegalArgumentException("a table's rules are not a sequence");
        }
        List<String> excludes = new ArrayList<>();
        for (Value name : names) {
            if (name instanceof Value.Text(String text)) {
                excludes.add(text);
            }
        }
        return new TableRules(excludes);
    }

    private static int checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }
}
