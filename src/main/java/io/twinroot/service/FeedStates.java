package io.twinroot.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the feeds of a node must remember, in the file {@code feeds.json}: as whom it reads, how far it is with
 * each peer, and which feeds were switched by hand. May be used by many threads.
 */
final class FeedStates {
    private static final String NAME = "feeds.json";
    private static final int FORMAT = 1;
    private static final long MAX_BYTES = 16 << 20;

    private final Path folder;

    // guarded by this
    private final Map<String, OfPeer> peers = new TreeMap<>();
    private final String reader;
    private boolean dirty;

    private static final class OfPeer {
        private @Nullable String cursor;
        private final Map<TableName, Boolean> switches = new TreeMap<>();
        private final Set<TableName> aligned = new TreeSet<>();
    }

    private FeedStates(Path folder, String reader) {
        this.folder = folder;
        this.reader = reader;
    }

    private static StateFile file(Path folder) {
        return new StateFile(
                folder,
                NAME,
                MAX_BYTES,
                "Without the file the feeds start as the configuration says, and repairs bring what was missed");
    }

    /**
     * Reads the file of a folder, or begins without one.
     *
     * @param random for the name of a new reader
     * @throws ReplicaException of kind STORAGE when it is there and can't be read
     */
    static FeedStates load(Path folder, LongSupplier random) {
        return file(folder).read(json -> read(folder, json)).orElseGet(() -> {
            HexFormat hex = HexFormat.of();
            return new FeedStates(folder, hex.toHexDigits(random.getAsLong()) + hex.toHexDigits(random.getAsLong()));
        });
    }

    private static FeedStates read(Path folder, JsonNode json) {
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException(
                    "its format is " + json.path("format") + "; this program knows format " + FORMAT);
        }
        String reader = json.path("reader").asText();
        if (!reader.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("its reader is no name of 32 hexadecimal digits");
        }
        FeedStates states = new FeedStates(folder, reader);
        for (Map.Entry<String, JsonNode> peer : json.path("peers").properties()) {
            OfPeer state = new OfPeer();
            state.cursor = peer.getValue().path("cursor").textValue();
            for (Map.Entry<String, JsonNode> table :
                    peer.getValue().path("tables").properties()) {
                state.switches.put(
                        new TableName(table.getKey()), table.getValue().asBoolean());
            }
            peer.getValue().path("aligned").forEach(table -> state.aligned.add(new TableName(table.asText())));
            states.peers.put(peer.getKey(), state);
        }
        return states;
    }

    /** As whom this node reads the feeds of others. */
    String reader() {
        return reader;
    }

    /** Where to read on with a peer; empty when that is not known. */
    synchronized Optional<String> cursor(String peer) {
        OfPeer state = peers.get(peer);
        return state == null ? Optional.empty() : Optional.ofNullable(state.cursor);
    }

    /** Notes where to read on, null when that is not known; {@link #save} makes it last. */
    synchronized void cursor(String peer, @Nullable String cursor) {
        OfPeer state = peers.computeIfAbsent(peer, name -> new OfPeer());
        dirty |= !java.util.Objects.equals(state.cursor, cursor);
        state.cursor = cursor;
        if (cursor == null) {
            state.aligned.clear();
        }
    }

    /**
     * Whether all that a peer had of a table before its cursor is here, so that with the pages after it this copy
     * has seen what the peer has.
     */
    synchronized boolean isAligned(String peer, TableName table) {
        OfPeer state = peers.get(peer);
        return state != null && state.cursor != null && state.aligned.contains(table);
    }

    /** Notes whether that is so; {@link #save} makes it last. */
    synchronized void aligned(String peer, TableName table, boolean is) {
        OfPeer state = peers.computeIfAbsent(peer, name -> new OfPeer());
        dirty |= is ? state.aligned.add(table) : state.aligned.remove(table);
    }

    /** Nothing that a peer had before its cursor is known to be here. */
    synchronized void unaligned(String peer) {
        OfPeer state = peers.get(peer);
        if (state != null && !state.aligned.isEmpty()) {
            state.aligned.clear();
            dirty = true;
        }
    }

    synchronized boolean isDirty() {
        return dirty;
    }

    /** How the feed of a table was switched by hand; empty when it was not. */
    synchronized Optional<Boolean> switched(String peer, TableName table) {
        OfPeer state = peers.get(peer);
        return state == null ? Optional.empty() : Optional.ofNullable(state.switches.get(table));
    }

    /** Switches the feed of a table, and makes that last. */
    synchronized void turn(String peer, TableName table, boolean on) {
        OfPeer state = peers.computeIfAbsent(peer, name -> new OfPeer());
        Boolean before = state.switches.put(table, on);
        dirty = true;
        try {
            save();
        } catch (ReplicaException e) {
            if (before == null) {
                state.switches.remove(table);
            } else {
                state.switches.put(table, before);
            }
            throw e;
        }
    }

    /**
     * Writes the file where there is something new.
     *
     * @throws ReplicaException of kind STORAGE when it could not be written
     */
    synchronized void save() {
        if (!dirty) {
            return;
        }
        file(folder).write(encoded());
        dirty = false;
    }

    private ObjectNode encoded() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT).put("reader", reader);
        ObjectNode all = json.putObject("peers");
        peers.forEach((name, state) -> {
            ObjectNode peer = all.putObject(name).put("cursor", state.cursor);
            ObjectNode tables = peer.putObject("tables");
            state.switches.forEach((table, on) -> tables.put(table.text(), on));
            ArrayNode aligned = peer.putArray("aligned");
            state.aligned.forEach(table -> aligned.add(table.text()));
        });
        return json;
    }
}
