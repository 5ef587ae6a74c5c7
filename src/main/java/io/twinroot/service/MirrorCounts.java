package io.twinroot.service;

/**
 * How a table of a database differs from its mirror, in rows.
 *
 * @param rows that the mirror has
 * @param changed that are in both and differ
 * @param added that the mirror has not
 * @param returned that the mirror has not because they were deleted
 * @param vanished that the database has not
 * @param wentBack of the changed ones, those that have a content again that they had before
 */
record MirrorCounts(long rows, long changed, long added, long returned, long vanished, long wentBack) {
    static final MirrorCounts NONE = new MirrorCounts(0, 0, 0, 0, 0, 0);

    long differing() {
        return changed + added + returned + vanished;
    }

    boolean isSame() {
        return differing() == 0;
    }

    /** As a part of a sentence. */
    String text() {
        return "of the " + rows + " rows of the mirror the database lacks " + vanished + " and has " + changed
                + " otherwise, " + wentBack + " of these as they were before; it has " + added + " more, and "
                + returned
                + " that had been deleted";
    }
}
