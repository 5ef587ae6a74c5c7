package io.twinroot.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.twinroot.reconcile.Plan;
import io.twinroot.service.HeldBatch.What;
import io.twinroot.table.Digest;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A held batch in a file, sealed with a digest: an approval must not come of a flipped bit. */
final class HeldJson {
    private static final int FORMAT = 1;
    private static final String SEAL = "sha256";

    private HeldJson() {}

    static ObjectNode write(HeldBatch held) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("format", FORMAT)
                .put("id", held.id())
                .put("table", held.table().text())
                .put("why", held.why())
                .put("digest", held.digest().hex())
                .put("sinceMs", held.sinceMs())
                .put("seenMs", held.seenMs())
                .put("state", held.state().name())
                .put("endedMs", held.endedMs())
                .put("how", held.how());
        switch (held.what()) {
            case What.OfPlan(String peer, Plan.Effect here, Plan.Effect there) -> {
                json.put("peer", peer);
                write(json.putObject("here"), here);
                write(json.putObject("there"), there);
            }
            case What.OfIntent intent -> {
                json.put("from", intent.from())
                        .put("deleted", intent.deleted())
                        .put("changed", intent.changed())
                        .put("added", intent.added());
                write(json.putArray("firstDeleted"), intent.firstDeleted());
                write(json.putArray("firstChanged"), intent.firstChanged());
            }
        }
        return json.put(SEAL, seal(json).hex());
    }

    private static void write(ObjectNode json, Plan.Effect effect) {
        json.put("added", effect.added()).put("changed", effect.changed()).put("deleted", effect.deleted());
    }

    private static void write(ArrayNode json, List<Uid> uids) {
        uids.forEach(uid -> json.add(Base64.getEncoder().encodeToString(uid.toBytes())));
    }

    private static Digest seal(ObjectNode unsealed) {
        return Digest.sha256(unsealed.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IllegalArgumentException when it is not what was written */
    static HeldBatch read(JsonNode json) {
        if (!(json.deepCopy() instanceof ObjectNode unsealed)) {
            throw new IllegalArgumentException("it is no object");
        }
        if (json.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException(
                    "its format is " + json.path("format") + "; this program knows format " + FORMAT);
        }
        unsealed.remove(SEAL);
        if (!seal(unsealed).hex().equals(json.path(SEAL).asText())) {
            throw new IllegalArgumentException("it is not what was written: its digest differs");
        }
        What what = json.has("peer")
                ? new What.OfPlan(json.path("peer").asText(), effect(json.path("here")), effect(json.path("there")))
                : new What.OfIntent(
                        json.path("from").asText(),
                        json.path("deleted").asLong(),
                        json.path("changed").asLong(),
                        json.path("added").asLong(),
                        uids(json.path("firstDeleted")),
                        uids(json.path("firstChanged")));
        return new HeldBatch(
                json.path("id").asText(),
                new TableName(json.path("table").asText()),
                what,
                json.path("why").asText(),
                Digest.ofHex(json.path("digest").asText()),
                json.path("sinceMs").asLong(),
                json.path("seenMs").asLong(),
                HeldBatch.State.valueOf(json.path("state").asText()),
                json.path("endedMs").asLong(),
                json.path("how").asText());
    }

    private static Plan.Effect effect(JsonNode json) {
        return new Plan.Effect(
                json.path("added").asLong(),
                json.path("changed").asLong(),
                json.path("deleted").asLong());
    }

    private static List<Uid> uids(JsonNode json) {
        List<Uid> uids = new ArrayList<>();
        json.forEach(uid -> uids.add(Uid.of(Base64.getDecoder().decode(uid.asText()))));
        return uids;
    }
}
