package io.twinroot.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.service.Address;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** When two copies were last brought together, as their nodes remember it. */
final class LastSync {
    private LastSync() {}

    /** The earlier of what the two nodes say; empty where neither of them repairs with the other, or has not yet. */
    static Optional<Instant> of(Address a, Address b) {
        return Stream.of(asked(a, b), asked(b, a)).flatMap(Optional::stream).min(Instant::compareTo);
    }

    private static Optional<Instant> asked(Address one, Address other) {
        if (!(one instanceof Address.Http node)
                || !(other instanceof Address.Http)
                || !one.table().equals(other.table())) {
            return Optional.empty();
        }
        try (NodeClient client = new NodeClient(node.url())) {
            for (JsonNode link : NodeStatus.list(client.get("/v1/links"), "links")) {
                boolean isThis =
                        link.path("address").asText().equals(other.place().toString())
                                && node.table()
                                        .filter(table -> table.text()
                                                .equals(link.path("table").asText()))
                                        .isPresent();
                if (isThis && link.path("lastSync").isTextual()) {
                    return Optional.of(Instant.parse(link.path("lastSync").asText()));
                }
            }
            return Optional.empty();
        } catch (DateTimeException e) {
            throw new Trouble(node.url() + "/v1/links has a lastSync that is no time; say --since", e);
        }
    }
}
