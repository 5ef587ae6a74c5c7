package io.twinroot.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
    }

    private FeedStates(Path folder, String reader) {
        this.folder = folder;
        this.reader = reader;
    }

    /**
     * Reads the file of a folder, or begins without one.
     *
     * @param random for the name of a new reader
     * @throws ReplicaException of kind STORAGE when it is there and can't be read
     */
    static FeedStates load(Path folder, LongSupplier random) {
        Path file = folder.resolve(NAME);
        try {
            if (Files.notExists(file)) {
                HexFormat hex = HexFormat.of();
                return new FeedStates(
                        folder, hex.toHexDigits(random.getAsLong()) + hex.toHexDigits(random.getAsLong()));
            }
            if (Files.size(file) > MAX_BYTES) {
                throw unreadable(file, "it has more than " + MAX_BYTES + " bytes", null);
            }
            return read(folder, new ObjectMapper().readTree(Files.readAllBytes(file)));
        } catch (JsonProcessingException e) {
            throw unreadable(file, "it is not JSON", e);
        } catch (IllegalArgumentException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static ReplicaException unreadable(Path file, String why, @Nullable Exception cause) {
        String message = file + " cannot be read: " + why
                + ". Without the file the feeds start as the configuration says, and repairs bring what was missed";
        return cause == null
                ? new ReplicaException(Kind.STORAGE, message)
                : new ReplicaException(Kind.STORAGE, message, cause);
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
        Path unfinished = folder.resolve(NAME + ".tmp");
        try {
            try (FileChannel out = FileChannel.open(
                    unfinished,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(encoded());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(
                    unfinished,
                    folder.resolve(NAME),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
            dirty = false;
        } catch (IOException e) {
            throw new ReplicaException(
                    Kind.STORAGE, "writing " + folder.resolve(NAME) + " failed: " + e.getMessage(), e);
        }
    }

    private byte[] encoded() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("format", FORMAT).put("reader", reader);
        ObjectNode all = json.putObject("peers");
        peers.forEach((name, state) -> {
            ObjectNode peer = all.putObject(name).put("cursor", state.cursor);
            ObjectNode tables = peer.putObject("tables");
            state.switches.forEach((table, on) -> tables.put(table.text(), on));
        });
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }
}
