package io.twinroot.carry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.reconcile.Progress;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Value;
import io.twinroot.wire.CarryJson;
import io.twinroot.wire.CarryLine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The sample of docs/carry.md is what is written, and can be read. */
final class CarryPageTest {
    private static final TableName ORDERS = new TableName("shop/orders");

    private static List<String> sample() throws IOException {
        String page = Files.readString(Path.of("docs/carry.md"));
        int start = page.indexOf("```json\n") + "```json\n".length();
        return page.substring(start, page.indexOf("```", start)).lines().toList();
    }

    @Test
    void theSampleIsWhatIsWritten() throws IOException {
        FlushedBytes file = new FlushedBytes();
        CarryLine.Head head = new CarryLine.Head(
                "http://127.0.0.1:7400", Instant.parse("2026-01-02T03:04:05Z"), null, List.of(ORDERS));
        try (ChangesWriter writer = new ChangesWriter(file, head)) {
            writer.table(ORDERS, new TableRules(List.of("seen")));
            writer.row(
                    ORDERS,
                    Rows.fields("order-1", Rows.stamp(0, 1), "two books").row(),
                    null);
            writer.row(ORDERS, Rows.deleted("order-2", Rows.stamp(1, 1)).row(), null);
            writer.reached("1-4711-00000000000000000000000000000001");
            writer.flush();
            writer.row(
                    ORDERS,
                    Rows.blob("order-3/note", Rows.stamp(2, 1), new byte[] {'h', 'i'})
                            .row(),
                    new Value.Bytes(new byte[] {'h', 'i'}));
            writer.reached("1-4906-00000000000000000000000000000001");
            writer.end();
        }
        try (InputStream in = new ZstdInputStream(new ByteArrayInputStream(file.toByteArray()))) {
            assertEquals(String.join("\n", sample()) + "\n", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void theSampleCanBeRead() throws IOException {
        LinesFile file = new LinesFile();
        sample().forEach(file::line);
        Import bringing = new Import(MemoryReplicas.numbered(1), true, Set.of());
        assertEquals(new Ending.Whole(), bringing.run(new ByteArrayInputStream(file.bytes()), Progress.NONE));
        assertEquals(3, bringing.tables().getFirst().fresh());
    }

    @Test
    void theNumbersOfThePageAreThoseOfTheCode() throws IOException {
        String page = Files.readString(Path.of("docs/carry.md"));
        for (String number : List.of(
                "## Format " + CarryJson.FORMAT,
                String.format("%,d bytes are wrong", CarryJson.LINE_MAX),
                String.format("in base64, %,d in each line", Section.PIECE_BYTES),
                String.format("%,d rows, or %d MiB", Section.ROWS_MAX, Section.BYTES_MAX >> 20),
                String.format("at most %d MiB", 1 << (ChangesReader.WINDOW_LOG_MAX - 20)))) {
            assertTrue(page.replace('\n', ' ').contains(number), number);
        }
    }
}
