package io.twinroot.table;

/** A record of a table: a UID and its newest known write, which gave it a body or deleted it. */
public sealed interface Row {
    Uid uid();

    /** Of the newest write that it has. */
    Stamp stamp();

    Past past();

    /** A row that is there. */
    record Live(Uid uid, Stamp stamp, Body body, Past past) implements Row {
        public Live {
            Stamp newest = past.marks().newest();
            if (newest != null && !newest.equals(stamp)) {
                throw new IllegalArgumentException(
                        "row " + uid + " has the stamp " + stamp.text() + " and a part with " + newest.text());
            }
        }

        public Live(Uid uid, Stamp stamp, Body body) {
            this(uid, stamp, body, Past.NONE);
        }

        public Marks marks() {
            return past.marks();
        }

        /** The stamp of the body as a whole, without the flags. */
        public Stamp bodyStamp() {
            Stamp body = past.marks().body();
            return body == null ? stamp : body;
        }

        /** The digest of what a reader sees: the body, without the fields that the rules exclude, and the flags. */
        public Digest digest(TableRules rules) {
            return RowDigest.of(body.digest(rules), past.marks());
        }
    }

    /** The mark of a delete, kept so that the delete can travel. It is in no tree. */
    record Tombstone(Uid uid, Stamp stamp, Past past) implements Row {
        public Tombstone {
            if (!past.marks().isEmpty()) {
                throw new IllegalArgumentException("the delete of " + uid + " has marks on parts of a row");
            }
        }

        public Tombstone(Uid uid, Stamp stamp) {
            this(uid, stamp, Past.NONE);
        }
    }
}
