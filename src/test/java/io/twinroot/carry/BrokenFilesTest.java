package io.twinroot.carry;

import static io.twinroot.carry.LinesFile.HEAD;
import static io.twinroot.carry.LinesFile.TABLE;
import static io.twinroot.carry.Rows.FILES;
import static io.twinroot.carry.Rows.ORDERS;
import static io.twinroot.carry.Rows.blob;
import static io.twinroot.carry.Rows.deleted;
import static io.twinroot.carry.Rows.fields;
import static io.twinroot.carry.Rows.stamp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Progress;
import io.twinroot.table.Body;
import io.twinroot.table.Change;
import io.twinroot.table.Row;
import io.twinroot.table.RowData;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.wire.CarryJson;
import io.twinroot.wire.CarryLine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Files that were cut off, damaged, or made to do harm: what is whole is used, nothing else, and nothing breaks. */
final class BrokenFilesTest {
    /** A file of several sections, its length at each flush point, and what a place has after 0, 1, 2 … of them. */
    private static final class Sample {
        private final byte[] file;
        private final List<Integer> ends;
        private final List<List<TableInfo>> states;

        Sample(byte[] file, List<Integer> ends, List<List<TableInfo>> states) {
            this.file = file;
            this.ends = ends;
            this.states = states;
        }

        int sectionsBefore(int length) {
            return (int) ends.stream().filter(end -> end <= length).count();
        }
    }

    /** @param largest the bytes of the largest blob */
    private static Sample sample(int largest) throws IOException {
        List<List<RowData>> sections = List.of(
                List.of(fields("a", stamp(1, 1), "one"), fields("b", stamp(2, 1), "two")),
                List.of(deleted("a", stamp(3, 1))),
                List.of(blob("large", stamp(4, 1), new byte[largest]), fields("c", stamp(5, 1), "three")),
                List.of(fields("b", stamp(6, 1), "four"), blob("small", stamp(7, 1), new byte[9])));
        FlushedBytes file = new FlushedBytes();
        MemoryReplicas model = MemoryReplicas.numbered(1);
        List<List<TableInfo>> states = new ArrayList<>(List.of(model.tables()));
        CarryLine.Head head = new CarryLine.Head("store:a", Instant.EPOCH, "log:0", List.of());
        try (ChangesWriter writer = new ChangesWriter(file, head)) {
            for (int i = 0; i < sections.size(); i++) {
                for (RowData data : sections.get(i)) {
                    TableName table = data.blob() == null ? ORDERS : FILES;
                    write(writer, table, data);
                    model.create(table, TableRules.DEFAULT).apply(List.of(new Change.Replicate(data, null)));
                }
                writer.reached("log:" + (i + 1));
                writer.flush();
                states.add(model.tables());
            }
            writer.end();
        }
        return new Sample(file.toByteArray(), file.flushes().subList(0, sections.size()), states);
    }

    private static void write(ChangesWriter writer, TableName table, RowData data) throws IOException {
        writer.table(table, TableRules.DEFAULT);
        if (data.blob() == null) {
            writer.row(table, data.row(), null);
            return;
        }
        Body.Blob blob = (Body.Blob) ((Row.Live) data.row()).body();
        try (InputStream bytes = data.blob().open()) {
            if (blob.size() > 64 << 10) {
                writer.row(table, data.row(), blob, bytes);
            } else {
                writer.row(table, data.row(), new io.twinroot.table.Value.Bytes(bytes.readAllBytes()));
            }
        }
    }

    /** What became of a file: how many of its sections are in the place, and how the reading ended. */
    private record Became(List<TableInfo> state, Reached reached, boolean whole, String why) {}

    private static Became bring(byte[] file) {
        MemoryReplicas place = MemoryReplicas.numbered(1);
        Import bringing = new Import(place, true, Set.of());
        try {
            return switch (bringing.run(new ByteArrayInputStream(file), Progress.NONE)) {
                case Ending.Whole() -> new Became(place.tables(), bringing.reached(), true, "");
                case Ending.Broken(String why) -> new Became(place.tables(), bringing.reached(), false, why);
            };
        } catch (CarryException e) {
            return new Became(place.tables(), bringing.reached(), false, String.valueOf(e.getMessage()));
        }
    }

    @Test
    void aFileCutAtAnyByteGivesExactlyTheSectionsBefore() throws IOException {
        Sample sample = sample(65_537);
        int whole = 0;
        for (int length = 0; length <= sample.file.length; length++) {
            Became became = bring(Arrays.copyOf(sample.file, length));
            int sections = sample.sectionsBefore(length);
            assertEquals(sample.states.get(sections), became.state(), "cut at " + length);
            whole += became.whole() ? 1 : 0;
            assertTrue(became.whole() || !became.why().isEmpty(), "cut at " + length);
        }
        assertEquals(1, whole, "only the whole file is whole");
    }

    @Test
    void aFileWithAnyBitFlippedNeverGivesAWrongRowAndAllThatIsBefore() throws IOException {
        flipBits(sample(5), 1);
        flipBits(sample(65_537), 31);
    }

    private static void flipBits(Sample sample, int step) {
        int last = sample.states.size() - 1;
        int harmless = 0;
        for (int bit = 0; bit < sample.file.length * 8; bit += step) {
            byte[] file = sample.file.clone();
            file[bit / 8] ^= (byte) (1 << bit % 8);
            Became became = bring(file);
            int sections = sample.states.lastIndexOf(became.state());
            assertTrue(sections >= sample.sectionsBefore(bit / 8), "bit " + bit + ": " + became);
            assertTrue(!became.whole() || sections == last, "bit " + bit);
            harmless += became.whole() ? 1 : 0;
        }
        assertTrue(harmless < 64, harmless + " flips changed nothing");
    }

    @Test
    void whatIsNoFileOfChangesIsRefusedInOneSentence() throws IOException {
        byte[] other = Zstd.compress("{\"uid\":1}\n".getBytes(StandardCharsets.US_ASCII));
        Map<String, byte[]> files = new TreeMap<>(Map.of(
                "the file is empty", new byte[0],
                "not a file of changes, which log export writes",
                        "PK\u0003\u0004zip".getBytes(StandardCharsets.US_ASCII),
                "the name 'uid' is not known here", other,
                "format 2 is not known here, only 1; use a newer twinroot",
                        new LinesFile()
                                .line("{\"twinroot\":\"changes\",\"format\":2,\"anything\":[{}]}")
                                .bytes(),
                "starts with {\"twinroot\":\"changes\"",
                        new LinesFile().line(TABLE).bytes(),
                "the file breaks off in its first line",
                        new LinesFile().raw(new byte[] {'{'}).bytes(),
                "the first line cannot be read", Arrays.copyOf(other, 5)));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            CarryException refused = assertThrows(
                    CarryException.class,
                    () -> new Import(MemoryReplicas.numbered(1), true, Set.of())
                            .run(new ByteArrayInputStream(file.getValue()), Progress.NONE));
            assertTrue(refused.getMessage().contains(file.getKey()), refused.getMessage());
        }
    }

    private static LinesFile start() {
        return new LinesFile().line(HEAD).line(TABLE).line(LinesFile.row(0)).flush(1, 1);
    }

    @Test
    void aLineThatIsWrongThoughItsDigestIsRightEndsTheReadingBeforeItsSection() {
        String large = "{\"table\":\"t\",\"row\":{\"uid\":\"l\",\"blob\":{\"size\":70000,\"sha256\":\"" + "0".repeat(64)
                + "\"},\"stamp\":\"019b7a0fb8000000-00000000000000000000000000000001-9\"}}";
        String piece = "{\"bytes\":\"" + "A".repeat(64 << 10) + "\"}";
        Map<String, LinesFile> wrong = new TreeMap<>(Map.ofEntries(
                Map.entry("in the middle", start().line(HEAD).flush(2, 1)),
                Map.entry("not known here", start().line("{\"more\":1}").flush(2, 1)),
                Map.entry("an empty object", start().line("{}").flush(2, 1)),
                Map.entry("not JSON", start().line("xyz").flush(2, 1)),
                Map.entry("the line is empty", start().line("").flush(2, 1)),
                Map.entry(
                        "comes before the table",
                        start().line(LinesFile.row(1).replace("\"t\"", "\"u\"")).flush(2, 2)),
                Map.entry(
                        "with other rules",
                        start().line("{\"table\":\"t\",\"digestExcludes\":[\"x\"]}")
                                .flush(2, 1)),
                Map.entry(
                        "come without a row",
                        start().line("{\"bytes\":\"AAAA\"}").flush(2, 1)),
                Map.entry(
                        "comes without its bytes",
                        start().line(large.replace("70000", "7")).flush(2, 2)),
                Map.entry("are not all there", start().line(large).line(piece).flush(2, 2)),
                Map.entry("where 49152 are expected", start().line(large).line("{\"bytes\":\"\"}")),
                Map.entry(
                        "are not those of its sha256",
                        start().line(large)
                                .line(piece)
                                .line("{\"bytes\":\"" + "A".repeat((70_000 - (48 << 10)) / 3 * 4) + "AA==\"}")
                                .flush(2, 2)),
                Map.entry(
                        "flush point 3 comes after",
                        start().line(LinesFile.row(1)).flush(3, 2)),
                Map.entry("2 changes where 3", start().line(LinesFile.row(1)).flush(2, 3)),
                Map.entry(
                        "without a flush point", start().line(LinesFile.row(1)).end(2)),
                Map.entry("1 changes where 2", start().end(2)),
                Map.entry(
                        "its digest differs",
                        start().line("{\"flush\":2,\"changes\":1,\"next\":null,\"sha256\":\"" + "0".repeat(64)
                                + "\"}")),
                Map.entry("it is cut off there", start().line(LinesFile.row(1)))));
        for (Map.Entry<String, LinesFile> file : wrong.entrySet()) {
            Became became = bring(file.getValue().bytes());
            assertTrue(became.why().contains(file.getKey()), file.getKey() + " is not in: " + became.why());
            assertEquals(1, became.reached().changes(), file.getKey());
            assertEquals(1, became.state().getFirst().count(), file.getKey());
        }
    }

    @Test
    void whatFollowsTheEndIsSaid() throws IOException {
        byte[] file = start().end(1).bytes();
        assertTrue(bring(file).whole());
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(file);
        twice.writeBytes(file);
        assertEquals("something follows the end", bring(twice.toByteArray()).why());
        byte[] longer = Arrays.copyOf(file, file.length + 3);
        assertTrue(
                bring(longer).why().contains("damaged or cut off"),
                bring(longer).why());
    }

    @Test
    void sectionsAtTheBoundAreTakenAndBeyondItRefused() {
        LinesFile full = start();
        for (int i = 1; i <= Section.ROWS_MAX; i++) {
            full.line(LinesFile.row(i));
        }
        LinesFile more = start();
        for (int i = 1; i <= Section.ROWS_MAX + 1; i++) {
            more.line(LinesFile.row(i));
        }
        assertTrue(bring(full.flush(2, 1 + Section.ROWS_MAX)
                        .end(1 + Section.ROWS_MAX)
                        .bytes())
                .whole());
        Became refused = bring(more.flush(2, 2 + Section.ROWS_MAX).bytes());
        assertTrue(refused.why().contains("the section is too long"), refused.why());
        assertEquals(1, refused.reached().changes());

        LinesFile gaps = start();
        String gap = "{\"gap\":\"" + "x".repeat(4_096 - 12) + "\"}";
        for (int i = 0; i < 1_100; i++) {
            gaps.line(gap);
        }
        assertTrue(bring(gaps.flush(2, 1).bytes()).why().contains("the section is too long"));
    }

    /** How much of a file was read before it was refused. */
    private static final class Watched extends InputStream {
        private final ByteArrayInputStream in;

        Watched(byte[] file) {
            in = new ByteArrayInputStream(file);
        }

        @Override
        public int read() {
            return in.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            return in.read(target, offset, length);
        }
    }

    @Test
    void aLineThatNeverEndsIsRefusedAtTheFirstBytesBeyondTheBound() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] spaces = new byte[1 << 20];
        Arrays.fill(spaces, (byte) ' ');
        try (ZstdOutputStream out = new ZstdOutputStream(file, 1)) {
            out.write((HEAD + "\n").getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 512; i++) {
                out.write(spaces);
            }
        }
        Watched watched = new Watched(file.toByteArray());
        Ending ending = new Import(MemoryReplicas.numbered(1), true, Set.of()).run(watched, Progress.NONE);
        assertTrue(
                ending.toString().contains("the line is longer than " + CarryJson.LINE_MAX + " bytes"),
                ending.toString());
        assertTrue(
                watched.in.available() > file.size() * 9 / 10,
                "of " + file.size() + " bytes only " + watched.in.available() + " were left");
    }

    @Test
    void aFileThatNeedsALargeWindowIsRefused() {
        LinesFile wide = new LinesFile(27).line(HEAD).line(TABLE);
        CarryException refused = assertThrows(
                CarryException.class,
                () -> new Import(MemoryReplicas.numbered(1), true, Set.of())
                        .run(new ByteArrayInputStream(wide.bytes()), Progress.NONE));
        assertTrue(refused.getMessage().contains("too much memory"), refused.getMessage());
        assertInstanceOf(IOException.class, refused.getCause());
    }

    @Test
    void aStickThatCannotBeReadOnIsUsedUpToThere() throws IOException {
        Sample sample = sample(65_537);
        int good = sample.ends.get(1) + 5;
        InputStream bad = new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                if (at == good) {
                    throw new IOException("Input/output error");
                }
                return sample.file[at++] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                if (length > 0) {
                    target[offset] = (byte) read();
                }
                return Math.min(length, 1);
            }
        };
        Import bringing = new Import(MemoryReplicas.numbered(1), true, Set.of());
        assertEquals(
                new Ending.Broken("the file cannot be read on: Input/output error"), bringing.run(bad, Progress.NONE));
        assertEquals(new Reached(3, "log:2"), bringing.reached());
    }
}
