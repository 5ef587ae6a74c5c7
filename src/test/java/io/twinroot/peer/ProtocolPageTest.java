package io.twinroot.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.MemoryReplicas;
import io.twinroot.table.Change;
import io.twinroot.table.Marks;
import io.twinroot.table.Past;
import io.twinroot.table.RowData;
import io.twinroot.table.Value;
import io.twinroot.wire.ChangeJson;
import io.twinroot.wire.OutcomeJson;
import io.twinroot.wire.Problem;
import io.twinroot.wire.RowJson;
import io.twinroot.wire.StateJson;
import io.twinroot.wire.ValueJson;
import io.twinroot.wire.WireRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What docs/protocol.md says is so. */
final class ProtocolPageTest {
    private final ProtocolPage page;

    ProtocolPageTest() throws Exception {
        page = new ProtocolPage();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> samples(String kind) {
        List<String> lines = page.lines("json " + kind);
        assertTrue(lines.size() > 1, "samples of " + kind);
        return lines;
    }

    @Test
    void theSamplesAnswerAsShown() throws Exception {
        try (TestNode node = TestNode.with(MemoryReplicas.numbered(1), new ScriptedRepairs(), List::of)) {
            List<String> blocks = page.blocks("http");
            assertTrue(blocks.size() > 20, () -> blocks.size() + " samples");
            for (String block : blocks) {
                ProtocolPage.Sample sample = ProtocolPage.Sample.of(block);
                List<String> headers = ProtocolPage.headersOf(sample.answer());
                assertEquals(sample.answer(), ProtocolPage.shown(sample.ask(node.port()), headers), block);
            }
        }
    }

    @Test
    void theJsonSamplesAreReadAndWrittenAsShown() {
        for (String json : samples("value")) {
            Value value = ValueJson.decode(utf8(json));
            assertEquals(value, ValueJson.decode(ValueJson.encode(value)));
        }
        for (String json : samples("row")) {
            WireRow row = RowJson.decode(utf8(json));
            assertEquals(row, RowJson.decode(RowJson.encode(row.row(), row.content())));
        }
        for (String json : samples("state")) {
            assertEquals(json, new String(StateJson.encode(StateJson.decode(utf8(json))), StandardCharsets.UTF_8));
        }
        for (String json : samples("outcome")) {
            assertEquals(json, new String(OutcomeJson.encode(OutcomeJson.decode(utf8(json))), StandardCharsets.UTF_8));
        }
        for (String json : page.lines("json knowledge")) {
            assertEquals(
                    json,
                    new String(MeetingJson.encode(MeetingJson.decodeKnowledge(utf8(json))), StandardCharsets.UTF_8));
        }
        for (String json : page.lines("json met")) {
            assertEquals(
                    json, new String(MeetingJson.encode(MeetingJson.decodeMet(utf8(json))), StandardCharsets.UTF_8));
        }
        for (String json : page.lines("json intent")) {
            assertEquals(
                    json, new String(MeetingJson.encode(MeetingJson.decodeIntent(utf8(json))), StandardCharsets.UTF_8));
        }
        for (String json : samples("change")) {
            Change change = ChangeJson.decode(utf8(json));
            Value.Bytes content = switch (change) {
                case Change.Put put -> RowLines.content(put.body(), put.blob());
                case Change.Replicate(RowData data, var expected) -> RowLines.content(data.row(), data.blob());
                case Change.Delete delete -> null;
                case Change.Flag flag -> null;
                case Change.Drop drop -> null;
            };
            assertEquals(
                    change.uid(),
                    ChangeJson.decode(ChangeJson.encode(change, content)).uid());
        }
    }

    @Test
    void everyProblemIsListed() {
        for (Problem.Type type : Problem.Type.values()) {
            String name = type.uri().substring("urn:twinroot:problem:".length());
            assertTrue(page.text().contains("| `" + name + "` | " + type.status() + " |"), name);
        }
    }

    @Test
    void theLimitsAreTheDefaults() {
        Limits limits = Limits.DEFAULT;
        assertEquals(8 << 10, limits.uriMax());
        assertEquals(16 << 10, limits.headersMax());
        assertEquals(3 << 20, limits.lineMax());
        assertEquals(4 << 20, MeetingJson.KNOWLEDGE_BYTES_MAX);
        assertEquals(1_000_000, MeetingJson.INTENT_ITEMS_MAX);
        assertEquals(100, Knowledge.LIVES_MAX);
        assertEquals(1_000, Marks.PARTS_MAX);
        assertEquals(8, Past.SEEN_MAX);
        assertEquals(24 << 20, limits.listMax());
        assertEquals(4 << 20, limits.narrowMax());
        assertEquals(4 << 20, limits.batchBytes());
        assertEquals(1L << 40, limits.blobMax());
        assertEquals(1_000, limits.connectionsMax());
        assertEquals(64, limits.requestsMax());
        assertEquals(30, limits.headTimeout().toSeconds());
        assertEquals(30, limits.requestTimeout().toSeconds());
        assertEquals(10, limits.streamTimeout().toMinutes());
        assertEquals(1_024, limits.leastRate());
        assertEquals(10, limits.rateWindow().toSeconds());
    }
}
