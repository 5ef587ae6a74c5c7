package io.twinroot.peer;

import java.util.List;

/** The databases whose tables a node mirrors. Implemented by the node; used by many threads; waits for none. */
public interface SourceControl {
    List<SourceView> sources();

    /** Has all of them scanned soon. */
    void scan();
}
