package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows in CSV (RFC 4180, UTF-8) with a header. */
final class CsvInputs implements Inputs {
    private static final int MAX_COLUMNS = 10_000;

    /** A column of the header. */
    private record Column(String name, ColumnType type) {}

    private final String name;
    private final CountedStream in;
    private final long total;
    private final UidTemplate template;
    private final CsvParser parser;
    private final List<Column> columns;
    private long line = 1;

    /**
     * Reads the header.
     *
     * @param name of the file, for messages
     * @param types by column; a column that is not named has texts
     */
    CsvInputs(String name, InputStream in, long total, UidTemplate template, Map<String, ColumnType> types)
            throws IOException, BadInput {
        this.name = name;
        this.in = new CountedStream(in);
        this.total = total;
        this.template = template;
        CsvFactory factory = CsvFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Body.MAX_FIELDS_BYTES)
                        .build())
                .build();
        this.parser = factory.createParser(new InputStreamReader(
                this.in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
        parser.enable(CsvParser.Feature.WRAP_AS_ARRAY);
        parser.enable(CsvParser.Feature.SKIP_EMPTY_LINES);
        this.columns = header(types);
    }

    private List<Column> header(Map<String, ColumnType> types) throws IOException, BadInput {
        read(); // the start of the array of rows
        List<String> names = cells();
        if (names == null) {
            throw new BadInput(name, "it is empty; the first line names the columns");
        }
        names.set(0, names.getFirst().replaceFirst("^\ufeff", ""));
        Set<String> seen = new HashSet<>();
        for (String column : names) {
            if (column.isEmpty() || !seen.add(column)) {
                throw new BadInput(
                        place(),
                        column.isEmpty()
                                ? "the header has a column without a name"
                                : "the header names the column '" + column + "' twice");
            }
        }
        for (String typed : types.keySet()) {
            if (!seen.contains(typed)) {
                throw new BadInput(
                        place(), "--types names the column '" + typed + "'; there are " + String.join(", ", names));
            }
        }
        return names.stream()
                .map(column -> new Column(column, types.getOrDefault(column, ColumnType.TEXT)))
                .toList();
    }

    @Override
    public @Nullable Input next() throws IOException, BadInput {
        List<String> cells = cells();
        if (cells == null) {
            return null;
        }
        if (cells.size() != columns.size()) {
            throw new BadInput(
                    place(),
                    "there are " + cells.size() + " cells, and the header has " + columns.size()
                            + " columns; put a text that holds a comma, a quote or a line break in double quotes");
        }
        Map<String, Value> fields = new TreeMap<>();
        int bytes = 100;
        for (int i = 0; i < cells.size(); i++) {
            Column column = columns.get(i);
            bytes += 2 * cells.get(i).length() + 50;
            fields.put(column.name(), value(column, i + 1, cells.get(i)));
        }
        try {
            Value.Mapping body = Value.Mapping.of(fields);
            Uid uid = template.of(body);
            return new Input(place(), new Change.Put(uid, new Body.Fields(body), null, null), bytes);
        } catch (IllegalArgumentException e) {
            throw new BadInput(place(), String.valueOf(e.getMessage()), e);
        }
    }

    private Value value(Column column, int number, String cell) throws BadInput {
        try {
            return column.type().read(cell);
        } catch (IllegalArgumentException e) {
            throw new BadInput(
                    place(),
                    "column " + number + " (" + column.name() + "): '"
                            + (cell.length() > 60 ? cell.substring(0, 60) + "…" : cell) + "' is not "
                            + column.type().description() + "; correct it, or load the column as text (leave it out of"
                            + " --types)",
                    e);
        }
    }

    /** The cells of the next line that is not empty; null after the last. */
    private @Nullable List<String> cells() throws IOException, BadInput {
        while (read() == JsonToken.START_ARRAY) {
            List<String> cells = new ArrayList<>();
            while (read() != JsonToken.END_ARRAY) {
                if (cells.isEmpty()) {
                    line = parser.currentTokenLocation().getLineNr();
                }
                if (cells.size() == MAX_COLUMNS) {
                    throw new BadInput(place(), "it has more than " + MAX_COLUMNS + " columns");
                }
                cells.add(parser.getText());
            }
            boolean isEmptyLine =
                    cells.isEmpty() || (cells.size() == 1 && cells.getFirst().isEmpty());
            if (!isEmptyLine) {
                return cells;
            }
        }
        return null;
    }

    private @Nullable JsonToken read() throws IOException, BadInput {
        try {
            return parser.nextToken();
        } catch (CharacterCodingException e) {
            throw new BadInput(name, "it is not UTF-8 after line " + line + "; convert it first (iconv -t UTF-8)", e);
        } catch (JsonProcessingException e) {
            throw new BadInput(name + ":" + e.getLocation().getLineNr(), "not CSV: " + e.getOriginalMessage(), e);
        }
    }

    private String place() {
        return name + ":" + line;
    }

    @Override
    public long done() {
        return in.count();
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public String unit() {
        return "bytes";
    }

    @Override
    public void close() throws IOException {
        parser.close();
        in.close();
    }
}
