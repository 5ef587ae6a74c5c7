package io.twinroot.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.config.Config;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When each table was last brought together with each peer, in the file {@code links.json}. What was of a peer that is
 * at another address now is forgotten. May be used by many threads.
 *
 * <p>It is written some seconds apart: after a crash it may say a time that is too early, which costs a comparison more
 * work, and never one that is too late.
 */
final class LinkBook {
    static final String NAME = "links.json";
    private static final int FORMAT = 1;
    private static final long MAX_BYTES = 64 << 20;
    private static final Duration SAVE_EVERY = Duration.ofSeconds(5);

    /**
     * @param sync when the last repair began after which nothing was left out
     * @param whole the same of those that compared all rows; null for never
     */
    record Times(Instant sync, @Nullable Instant whole) {}

    private final StateFile file;
    private final Map<String, String> urls;

    // guarded by this
    private final Map<Link.Key, Times> links =
            new TreeMap<>(Comparator.comparing(Link.Key::peer).thenComparing(Link.Key::table));
    private Instant saved = Instant.MIN;
    private boolean dirty;

    /**
     * Reads the file of a folder, or begins without one.
     *
     * @throws ReplicaException of kind STORAGE when it is there and can't be read
     */
    LinkBook(Path folder, List<Config.Peer> peers) {
        this.file = new StateFile(
                folder, NAME, MAX_BYTES, "Without the file the next repairs compare all rows, in whatever mode");
        this.urls = peers.stream()
                .collect(Collectors.toMap(Config.Peer::name, peer -> peer.url().toString()));
        file.read(this::read);
    }

    private boolean read(JsonNode json) {
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException(
                    "its format is " + json.path("format") + "; this program knows format " + FORMAT);
        }
        for (JsonNode link : json.path("links")) {
            String peer = link.path("peer").asText();
            if (link.path("url").asText().equals(urls.get(peer))) {
                try {
                    Instant sync = Instant.parse(link.path("lastSync").asText());
                    String whole = link.path("lastWhole").textValue();
                    links.put(
                            new Link.Key(peer, new TableName(link.path("table").asText())),
                            new Times(sync, whole == null ? null : Instant.parse(whole)));
                } catch (DateTimeException e) {
                    throw new IllegalArgumentException("a time in it is none: " + link, e);
                }
            }
        }
        return true;
    }

    /** Those of which something is known. */
    synchronized Set<Link.Key> keys() {
        return Set.copyOf(links.keySet());
    }

    synchronized Optional<Times> times(Link.Key link) {
        return Optional.ofNullable(links.get(link));
    }

    /**
     * A repair left nothing out.
     *
     * @param whole whether it compared all rows
     */
    synchronized void synced(Link.Key link, Instant began, boolean whole, Instant now) {
        Times before = links.get(link);
        links.put(link, new Times(began, whole ? began : before == null ? null : before.whole));
        dirty = true;
        if (saved.isBefore(now.minus(SAVE_EVERY)) || now.isBefore(saved)) {
            save(now);
        }
    }

    /**
     * Writes what is new.
     *
     * @throws ReplicaException of kind STORAGE when it could not be written
     */
    synchronized void save(Instant now) {
        if (!dirty) {
            return;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT);
        ArrayNode all = json.putArray("links");
        links.forEach((link, times) -> all.addObject()
                .put("peer", link.peer())
                .put("url", urls.get(link.peer()))
                .put("table", link.table().text())
                .put("lastSync", times.sync.toString())
                .put("lastWhole", times.whole == null ? null : times.whole.toString()));
        file.write(json);
        saved = now;
        dirty = false;
    }
}
