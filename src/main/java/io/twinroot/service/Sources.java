package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.source.SourceException;

/** Opens tables of databases. For many threads. */
@FunctionalInterface
interface Sources {
    /**
     * Opens one.
     *
     * @throws SourceException when that is not possible, now or ever
     */
    OpenSource open(Config.Source source);
}
