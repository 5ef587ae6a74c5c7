package io.twinroot.service;

import io.twinroot.table.Digest;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;

/** Stamps for rows that have no versions: made of what they hold. Equal rows have equal stamps; none is newer. */
final class ContentStamp {
    /** Of a row that is gone. */
    static final Stamp NONE = new Stamp(0, new Incarnation(0, 0), 1);

    private ContentStamp() {}

    static Stamp of(Digest digest) {
        return new Stamp(0, new Incarnation(digest.a(), digest.b()), 1);
    }

    static boolean isOne(Stamp stamp) {
        return stamp.clock() == 0 && stamp.seq() == 1;
    }
}
