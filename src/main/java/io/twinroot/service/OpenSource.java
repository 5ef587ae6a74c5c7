package io.twinroot.service;

import io.twinroot.source.ChangeHints;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.source.SourceTable;
import java.util.Optional;

/** A table of a database that is open. For many threads. */
interface OpenSource extends AutoCloseable {
    SourceTable table();

    /**
     * Where the server stands in its history; empty where it does not say.
     *
     * @throws SourceException when it cannot be asked
     */
    Optional<SourceMark> mark();

    /**
     * What says which rows may have changed, always the same; empty for nothing. Closed with this.
     *
     * @throws SourceException when it is not there, or can't be used
     */
    default Optional<ChangeHints> hints() {
        return Optional.empty();
    }

    @Override
    void close();
}
