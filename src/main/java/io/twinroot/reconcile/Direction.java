package io.twinroot.reconcile;

/** Which side a repair may change. */
public enum Direction {
    /** Mine takes what is newer on the other side. */
    PULL,
    /** The other side is given what is newer on mine. */
    PUSH,
    /** Both. */
    BOTH;

    public boolean pulls() {
        return this != PUSH;
    }

    public boolean pushes() {
        return this != PULL;
    }
}
