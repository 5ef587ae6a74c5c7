package io.twinroot.peer;

/** Starts, shows and stops the scrub of a node. Implemented by the node; used by many threads; waits for none. */
public interface ScrubControl {
    ScrubView view();

    /** Starts one, unless it is going on. */
    ScrubView start();

    /** Asks the one that goes on to stop, which it does soon. The next goes on where it was. */
    ScrubView stop();
}
