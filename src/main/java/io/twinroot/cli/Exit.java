package io.twinroot.cli;

/** Exit codes, as those of diff(1). */
final class Exit {
    /** The copies are the same, or what was asked for is done. */
    static final int SAME = 0;
    /** The copies differ, or a repair left differences. */
    static final int DIFFERENT = 1;
    /** It could not be found out or done; standard error says why. */
    static final int TROUBLE = 2;

    private Exit() {}
}
