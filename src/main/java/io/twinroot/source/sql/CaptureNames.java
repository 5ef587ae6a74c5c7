package io.twinroot.source.sql;

import io.twinroot.table.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the things are called that note changes in a database. */
final class CaptureNames {
    /** Begins the name of each table of changed keys; they are never compared. */
    static final String PREFIX = "twinroot_changes_";

    /** What both engines allow, less what the names of triggers have behind it. */
    private static final int MAX_BYTES = 60;

    private static final int SLOT_WORD = 30;

    private CaptureNames() {}

    /** The table of changed keys of a table, in the same schema. */
    static String ofTable(String table) {
        String name = PREFIX + table;
        if (name.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
            return name;
        }
        String hash = "_" + hash(table);
        StringBuilder cut = new StringBuilder(PREFIX);
        int room = MAX_BYTES - PREFIX.length() - hash.length();
        for (int c : table.codePoints().toArray()) {
            String letter = Character.toString(c);
            room -= letter.getBytes(StandardCharsets.UTF_8).length;
            if (room < 0) {
                break;
            }
            cut.append(letter);
        }
        return cut + hash;
    }

    /** The slot of a table, and its publication: a slot has a name that is the only one of the whole server. */
    static String ofSlot(String database, String schema, String table) {
        String word = table.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        return "twinroot_" + word.substring(0, Math.min(SLOT_WORD, word.length())) + "_"
                + hash(database + "\0" + schema + "\0" + table);
    }

    private static String hash(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 8);
    }
}
