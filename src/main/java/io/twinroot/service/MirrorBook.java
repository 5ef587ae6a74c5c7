package io.twinroot.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.source.SourceMark;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is remembered of the mirrors of a folder, in the file {@code mirrors.json}. May be used by many threads. */
final class MirrorBook {
    static final String NAME = "mirrors.json";
    private static final int FORMAT = 1;
    private static final long MAX_BYTES = 64 << 20;

    private final StateFile file;

    // guarded by this
    private final Map<TableName, MirrorState> mirrors = new TreeMap<>();
    private long problems;

    /**
     * Reads the file of a folder, or begins without one.
     *
     * @throws ReplicaException of kind STORAGE when it is there and can't be read
     */
    MirrorBook(Path folder) {
        file = new StateFile(
                folder,
                NAME,
                MAX_BYTES,
                "Without the file all rows of the databases are read again, and one that was set back is not recognised by"
                        + " where its server stands");
        file.read(this::read);
    }

    private boolean read(JsonNode json) {
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException(
                    "its format is " + json.path("format") + "; this program knows format " + FORMAT);
        }
        problems = json.path("problems").asLong();
        for (JsonNode mirror : json.path("mirrors")) {
            try {
                mirrors.put(new TableName(mirror.path("table").asText()), state(mirror));
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("a time in it is none: " + mirror, e);
            }
        }
        return true;
    }

    private static MirrorState state(JsonNode mirror) {
        return new MirrorState(
                mirror.path("address").asText(),
                mirror.path("built").asBoolean(),
                mark(mirror.path("mark")),
                time(mirror.path("scanned")),
                suspicion(mirror.path("suspicion")));
    }

    private static @Nullable Instant time(JsonNode json) {
        return json.isTextual() ? Instant.parse(json.asText()) : null;
    }

    private static @Nullable SourceMark mark(JsonNode json) {
        return json.isObject()
                ? new SourceMark(
                        json.path("server").asText(),
                        json.path("timeline").asText(),
                        json.path("position").asText())
                : null;
    }

    private static @Nullable Suspicion suspicion(JsonNode json) {
        if (!json.isObject()) {
            return null;
        }
        JsonNode counts = json.path("counts");
        return new Suspicion(
                json.path("id").asText(),
                Instant.parse(json.path("since").asText()),
                json.path("why").asText(),
                new MirrorCounts(
                        counts.path("rows").asLong(),
                        counts.path("changed").asLong(),
                        counts.path("added").asLong(),
                        counts.path("returned").asLong(),
                        counts.path("vanished").asLong(),
                        counts.path("wentBack").asLong()),
                mark(json.path("mark")),
                Suspicion.Verdict.valueOf(json.path("verdict").asText()));
    }

    /** The tables of which something is remembered. */
    synchronized Set<TableName> tables() {
        return Set.copyOf(mirrors.keySet());
    }

    synchronized Optional<MirrorState> get(TableName table) {
        return Optional.ofNullable(mirrors.get(table));
    }

    /** Remembers it; on the disk when this returns. */
    synchronized void put(TableName table, MirrorState state) {
        if (!state.equals(mirrors.put(table, state))) {
            save();
        }
    }

    /** It is no mirror any more. */
    synchronized void forget(TableName table) {
        if (mirrors.remove(table) != null) {
            save();
        }
    }

    /** An id for a new problem. */
    synchronized String newProblem() {
        return "m" + ++problems;
    }

    private void save() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT);
        json.put("problems", problems);
        var all = json.putArray("mirrors");
        mirrors.forEach((table, state) -> write(all.addObject().put("table", table.text()), state));
        file.write(json);
    }

    private static void write(ObjectNode json, MirrorState state) {
        json.put("address", state.address()).put("built", state.built());
        write(json, "mark", state.mark());
        json.put("scanned", state.scanned() == null ? null : state.scanned().toString());
        Suspicion suspicion = state.suspicion();
        if (suspicion == null) {
            json.putNull("suspicion");
            return;
        }
        ObjectNode to = json.putObject("suspicion");
        to.put("id", suspicion.id()).put("since", suspicion.since().toString()).put("why", suspicion.why());
        MirrorCounts counts = suspicion.counts();
        to.putObject("counts")
                .put("rows", counts.rows())
                .put("changed", counts.changed())
                .put("added", counts.added())
                .put("returned", counts.returned())
                .put("vanished", counts.vanished())
                .put("wentBack", counts.wentBack());
        write(to, "mark", suspicion.mark());
        to.put("verdict", suspicion.verdict().name());
    }

    private static void write(ObjectNode json, String name, @Nullable SourceMark mark) {
        if (mark == null) {
            json.putNull(name);
        } else {
            json.putObject(name)
                    .put("server", mark.server())
                    .put("timeline", mark.timeline())
                    .put("position", mark.position());
        }
    }
}
