package io.twinroot.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes this one has met, in the file {@code peers.json}: in which life each was last, so that two that pass
 * for one are noticed, and how far each was with each table, so that marks of deletes can go once all have seen
 * them. May be used by many threads.
 *
 * <p>What is lost with the file is only learned again: too little is remembered then, never too much.
 */
final class PeerBook {
    static final String NAME = "peers.json";
    private static final int FORMAT = 1;
    private static final long MAX_BYTES = 256 << 20;
    private static final int PEERS_MAX = 1_000;
    private static final int RETIRED_MAX = 100;
    private static final long SAVE_MS = 5_000;

    private final StateFile file;

    // guarded by this
    private final Map<String, OfPeer> peers = new TreeMap<>();
    private long savedMs;
    private boolean dirty;

    /** What is known of one node. */
    private static final class OfPeer {
        private @Nullable Incarnation head;
        private final Set<Incarnation> retired = new LinkedHashSet<>();
        private final Map<TableName, Seen> tables = new TreeMap<>();
        private long metMs;
    }

    private record Seen(Context context, long atMs) {}

    PeerBook(Path folder) {
        this.file = new StateFile(
                folder,
                NAME,
                MAX_BYTES,
                "Without the file the node learns again which others there are, and keeps marks of deletes longer");
        file.read(this::read);
    }

    private boolean read(JsonNode json) {
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException(
                    "its format is " + json.path("format") + "; this program knows format " + FORMAT);
        }
        for (Map.Entry<String, JsonNode> entry : json.path("peers").properties()) {
            OfPeer peer = new OfPeer();
            JsonNode value = entry.getValue();
            peer.head = value.hasNonNull("head")
                    ? Incarnation.ofHex(value.path("head").asText())
                    : null;
            value.path("retired").forEach(life -> peer.retired.add(Incarnation.ofHex(life.asText())));
            peer.metMs = value.path("metMs").asLong();
            for (Map.Entry<String, JsonNode> table : value.path("tables").properties()) {
                byte[] context = Base64.getDecoder()
                        .decode(table.getValue().path("context").asText());
                peer.tables.put(
                        new TableName(table.getKey()),
                        new Seen(
                                Context.decode(context),
                                table.getValue().path("atMs").asLong()));
            }
            peers.put(entry.getKey(), peer);
        }
        return true;
    }

    /** When another node's copy of a table was last met, in milliseconds since 1970; 0 for never. */
    synchronized long lastMetMs(TableName table) {
        long last = 0;
        for (OfPeer peer : peers.values()) {
            Seen seen = peer.tables.get(table);
            last = seen == null ? last : Math.max(last, seen.atMs);
        }
        return last;
    }

    /**
     * Another node was met.
     *
     * @return where it does not know of the life in which it was last here: it was started from a copy that is
     *     older than that life. Empty where all is well
     * @throws ReplicaException of kind IDENTITY_CONFLICT when it speaks in a life that another one, of the same
     *     name, had taken the place of
     */
    synchronized Optional<String> met(Knowledge other, long nowMs) {
        Incarnation life = other.incarnation();
        if (other.node().isEmpty() || life == null) {
            return Optional.empty();
        }
        if (!peers.containsKey(other.node()) && peers.size() >= PEERS_MAX) {
            forgetLongestUnseen();
        }
        OfPeer peer = peers.computeIfAbsent(other.node(), any -> new OfPeer());
        if (peer.retired.contains(life)) {
            throw conflict(other.node());
        }
        peer.metMs = Math.max(peer.metMs, nowMs);
        dirty = true;
        Incarnation head = peer.head;
        if (life.equals(head)) {
            return Optional.empty();
        }
        boolean unknown =
                head != null && !other.lives().contains(head) && other.lives().size() < Knowledge.LIVES_MAX;
        if (head != null) {
            peer.retired.add(head);
            if (peer.retired.size() > RETIRED_MAX) {
                peer.retired.remove(peer.retired.iterator().next());
            }
        }
        peer.head = life;
        save(nowMs);
        return unknown
                ? Optional.of("node " + other.node().substring(0, 8)
                        + " was started from an older copy of its data than it had when it was here last")
                : Optional.empty();
    }

    static ReplicaException conflict(String node) {
        return new ReplicaException(
                Kind.IDENTITY_CONFLICT,
                "two nodes pass for node " + node.substring(0, 8)
                        + ": a copy of its folder was started beside it. Nothing is exchanged with either until one of"
                        + " them is another: stop the copy and run: twinroot identity --renew FOLDER");
    }

    private void forgetLongestUnseen() {
        peers.entrySet().stream()
                .min((one, other) -> Long.compare(one.getValue().metMs, other.getValue().metMs))
                .ifPresent(oldest -> peers.remove(oldest.getKey()));
    }

    /** How far another node was with a table. */
    synchronized void seen(String node, TableName table, Context context, long nowMs) {
        OfPeer peer = peers.get(node);
        if (peer != null) {
            peer.tables.put(table, new Seen(context, nowMs));
            dirty = true;
            if (nowMs - savedMs > SAVE_MS) {
                save(nowMs);
            }
        }
    }

    /** What those nodes have seen of a table that were met since a moment; the table is known to them. */
    synchronized List<Context> seenSince(TableName table, long sinceMs) {
        List<Context> all = new ArrayList<>();
        for (OfPeer peer : peers.values()) {
            Seen seen = peer.tables.get(table);
            if (seen != null && seen.atMs >= sinceMs) {
                all.add(seen.context);
            }
        }
        return all;
    }

    /** Writes what is new. */
    synchronized void save(long nowMs) {
        if (!dirty) {
            return;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT);
        ObjectNode all = json.putObject("peers");
        peers.forEach((name, peer) -> {
            ObjectNode one = all.putObject(name).put("metMs", peer.metMs);
            one.put("head", peer.head == null ? null : peer.head.hex());
            ArrayNode retired = one.putArray("retired");
            peer.retired.forEach(life -> retired.add(life.hex()));
            ObjectNode tables = one.putObject("tables");
            peer.tables.forEach((table, seen) -> tables.putObject(table.text())
                    .put("context", Base64.getEncoder().encodeToString(seen.context.encoded()))
                    .put("atMs", seen.atMs));
        });
        file.write(json);
        savedMs = nowMs;
        dirty = false;
    }
}
