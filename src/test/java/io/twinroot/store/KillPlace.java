package io.twinroot.store;

import io.twinroot.store.HaltingDisk.Moment;
import java.util.List;

/**
 * A place where a process is killed on purpose.
 *
 * @param name what is going on there, for people
 * @param before what is done to the store's directory before the process starts
 * @param file a regular expression of the names that {@link HaltingDisk} gives
 * @param within it is one of the first so many such operations
 */
record KillPlace(String name, Before before, Moment moment, String file, int within) {
    /** What the process finds. */
    enum Before {
        /** The store as the last kill left it. */
        AS_IT_IS,
        /** No store yet. */
        EMPTY,
        /** No manifest: the view is made again from the log. */
        NO_MANIFEST,
        /** Bytes at the end of the log that were never a frame. */
        TORN_TAIL
    }

    private static final String SEGMENT = "log/\\d+\\.seg";
    private static final String BASE = "log/\\d+\\.base";
    private static final String CATALOG = "log/CATALOG\\.tmp";
    private static final String BLOB = "blobs/unfinished/\\d+ new";
    private static final String KEPT = "kept/\\d+\\.kept";
    private static final String VIEW_FILE = "view/\\d+\\.mapdb\\.tmp";
    private static final String MANIFEST = "view/MANIFEST\\.tmp";

    /** All that are known; a new kind of file or step gets its lines here. */
    static final List<KillPlace> ALL = List.of(
            at("commit, half written", Moment.HALF_WRITTEN, SEGMENT, 60),
            at("commit, not forced", Moment.BEFORE_FORCE, SEGMENT, 60),
            at("commit, forced", Moment.FORCED, SEGMENT, 60),
            new KillPlace("kept row, file made", Before.EMPTY, Moment.CREATED, KEPT, 1),
            new KillPlace("kept row, header half written", Before.EMPTY, Moment.HALF_WRITTEN, KEPT + " new", 1),
            at("kept row, half written", Moment.HALF_WRITTEN, KEPT + "( new)?", 20),
            at("kept row, not forced", Moment.BEFORE_FORCE, KEPT + "( new)?", 20),
            at("kept row, forced, and nothing of it in the log", Moment.FORCED, KEPT + "( new)?", 20),
            at("roll, file made", Moment.CREATED, SEGMENT, 6),
            at("roll, header half written", Moment.HALF_WRITTEN, SEGMENT + " new", 6),
            at("roll, header not forced", Moment.BEFORE_FORCE, SEGMENT + " new", 6),
            at("roll, name not forced", Moment.BEFORE_FORCE_DIRECTORY, "log", 6),
            at("roll, done", Moment.DIRECTORY_FORCED, "log", 6),
            at("blob, file made", Moment.CREATED, "blobs/unfinished/\\d+", 6),
            at("blob, half written", Moment.HALF_WRITTEN, BLOB, 6),
            at("blob, not forced", Moment.BEFORE_FORCE, BLOB, 6),
            at("blob, not renamed", Moment.BEFORE_RENAME, "blobs/unfinished/\\d+", 6),
            at("blob, name not forced", Moment.BEFORE_FORCE_DIRECTORY, "blobs/[0-9a-f]{2}", 6),
            at("blob, done", Moment.DIRECTORY_FORCED, "blobs/[0-9a-f]{2}", 6),
            at("view file, MapDB writes it", Moment.GROWING, VIEW_FILE, 2),
            at("view file, not forced", Moment.BEFORE_FORCE, VIEW_FILE, 2),
            at("view file, not renamed", Moment.BEFORE_RENAME, VIEW_FILE, 2),
            at("view file, renamed", Moment.RENAMED, VIEW_FILE, 2),
            at("manifest, file made", Moment.CREATED, MANIFEST, 2),
            at("manifest, half written", Moment.HALF_WRITTEN, MANIFEST + " new", 2),
            at("manifest, not forced", Moment.BEFORE_FORCE, MANIFEST + " new", 2),
            at("manifest, not renamed", Moment.BEFORE_RENAME, MANIFEST, 2),
            at("manifest, renamed", Moment.RENAMED, MANIFEST, 2),
            at("compaction, base made", Moment.CREATED, BASE + "\\.tmp", 3),
            at("compaction, base half written", Moment.HALF_WRITTEN, BASE + "\\.tmp new", 3),
            at("compaction, base not forced", Moment.BEFORE_FORCE, BASE + "\\.tmp new", 3),
            at("compaction, base not renamed", Moment.BEFORE_RENAME, BASE + "\\.tmp", 3),
            at("compaction, base renamed", Moment.RENAMED, BASE + "\\.tmp", 3),
            at("compaction, segment not dropped", Moment.BEFORE_DELETE, SEGMENT, 3),
            at("compaction, segment dropped", Moment.DELETED, SEGMENT, 3),
            at("compaction, base dropped", Moment.DELETED, BASE, 2),
            at("catalog, file made", Moment.CREATED, CATALOG, 4),
            at("catalog, half written", Moment.HALF_WRITTEN, CATALOG + " new", 4),
            at("catalog, not renamed", Moment.BEFORE_RENAME, CATALOG, 4),
            at("catalog, renamed", Moment.RENAMED, CATALOG, 4),
            new KillPlace("rebuild, MapDB writes it", Before.NO_MANIFEST, Moment.GROWING, VIEW_FILE, 2),
            new KillPlace("rebuild, view file renamed", Before.NO_MANIFEST, Moment.RENAMED, VIEW_FILE, 2),
            new KillPlace(
                    "rebuild, manifest half written", Before.NO_MANIFEST, Moment.HALF_WRITTEN, MANIFEST + " new", 1),
            new KillPlace("rebuild, manifest renamed", Before.NO_MANIFEST, Moment.RENAMED, MANIFEST, 1),
            new KillPlace("torn tail, not cut", Before.TORN_TAIL, Moment.BEFORE_TRUNCATE, SEGMENT, 1),
            new KillPlace("torn tail, cut and not forced", Before.TORN_TAIL, Moment.TRUNCATED, SEGMENT, 1),
            new KillPlace("birth, store.json made", Before.EMPTY, Moment.CREATED, "store\\.json\\.tmp", 1),
            new KillPlace(
                    "birth, store.json half written", Before.EMPTY, Moment.HALF_WRITTEN, "store\\.json\\.tmp new", 1),
            new KillPlace("birth, store.json not renamed", Before.EMPTY, Moment.BEFORE_RENAME, "store\\.json\\.tmp", 1),
            new KillPlace("birth, store.json renamed", Before.EMPTY, Moment.RENAMED, "store\\.json\\.tmp", 1),
            new KillPlace("birth, log half begun", Before.EMPTY, Moment.HALF_WRITTEN, SEGMENT + " new", 1),
            new KillPlace("birth, log begun", Before.EMPTY, Moment.DIRECTORY_FORCED, "log", 1),
            new KillPlace("birth, first table half written", Before.EMPTY, Moment.HALF_WRITTEN, SEGMENT, 1));

    /** Those about rows that are kept aside, and about bytes at the end of the log that were never a frame. */
    static List<KillPlace> ofKeptRowsAndTornTails() {
        return ALL.stream()
                .filter(place -> place.file().startsWith("kept") || place.before() == Before.TORN_TAIL)
                .toList();
    }

    private static KillPlace at(String name, Moment moment, String file, int within) {
        return new KillPlace(name, Before.AS_IT_IS, moment, file, within);
    }
}
