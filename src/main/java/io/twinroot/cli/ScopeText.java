package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.twinroot.reconcile.Mode;
import io.twinroot.reconcile.Scope;
import java.io.IOException;
import java.time.Instant;

/** What a comparison looked at and what not, in one line. */
final class ScopeText {
    private ScopeText() {}

    static String line(Scope scope) {
        return "Mode " + scope.mode().word() + ": compared " + scope.seen() + "; not looked at: " + scope.unseen()
                + ".";
    }

    static void write(JsonGenerator json, Scope scope) throws IOException {
        json.writeStringField("mode", scope.mode().word());
        if (scope.mode() == Mode.INCREMENTAL) {
            json.writeStringField("since", Instant.ofEpochMilli(scope.sinceMs()).toString());
        }
        json.writeStringField("notLookedAt", scope.unseen());
    }
}
