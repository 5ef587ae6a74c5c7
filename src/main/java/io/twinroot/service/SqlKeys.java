package io.twinroot.service;

import io.twinroot.source.sql.KeyText;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.List;

/** The UIDs of rows of databases, for people. */
public final class SqlKeys {
    private SqlKeys() {}

    /** The values of the key, as {@code 42} or {@code 7, "DE"}; a UID of another kind as it is. */
    public static String text(Uid uid) {
        return KeyText.of(uid);
    }

    /** The values of the key; none for a UID of another kind. */
    public static List<Value> values(Uid uid) {
        return KeyText.values(uid);
    }
}
