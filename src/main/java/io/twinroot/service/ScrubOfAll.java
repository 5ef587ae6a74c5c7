package io.twinroot.service;

import io.twinroot.peer.ScrubControl;
import io.twinroot.peer.ScrubView;

/** The scrub of a node's store; where one is started, its mirrors are compared with their databases too. */
record ScrubOfAll(ScrubControl store, Mirrors mirrors) implements ScrubControl {
    @Override
    public ScrubView view() {
        return store.view();
    }

    @Override
    public ScrubView start() {
        mirrors.scan();
        return store.start();
    }

    @Override
    public ScrubView stop() {
        return store.stop();
    }
}
