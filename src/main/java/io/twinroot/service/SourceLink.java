package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.source.SourceException;
import org.jspecify.annotations.Nullable;

/** The way to the database of a mirror: opened when it is first needed, and anew after it broke. For many threads. */
final class SourceLink implements AutoCloseable {
    private final Sources sources;
    private final Config.Source config;

    // guarded by this
    private @Nullable OpenSource open;
    private boolean closed;

    SourceLink(Sources sources, Config.Source config) {
        this.sources = sources;
        this.config = config;
    }

    /** @throws SourceException where it can't be opened, or is closed for good */
    synchronized OpenSource get() {
        if (closed) {
            throw new SourceException(SourceException.Kind.UNREACHABLE, "the node is stopping");
        }
        OpenSource known = open;
        if (known == null) {
            known = sources.open(config);
            open = known;
        }
        return known;
    }

    /** The next use opens it anew: so a table that was altered, or a server that moved, is seen as it is. */
    synchronized void renew() {
        if (open != null) {
            open.close();
            open = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        renew();
    }
}
