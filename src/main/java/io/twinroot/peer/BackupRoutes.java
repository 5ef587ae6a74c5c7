package io.twinroot.peer;

import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.util.Set;

/** The backup of a running node, as a stream. */
final class BackupRoutes {
    private final BackupSource source;

    BackupRoutes(BackupSource source) {
        this.source = source;
    }

    void addTo(PeerRoutes routes) {
        routes.path("/v1/backup").slow(HttpMethod.GET, this::get).only();
    }

    private void get(Exchange exchange) throws IOException {
        exchange.query(Set.of());
        StreamOutput out = exchange.stream(200, BackupSource.TYPE);
        source.writeTo(out);
        out.finish();
    }
}
