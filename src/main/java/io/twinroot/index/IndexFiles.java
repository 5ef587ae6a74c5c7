package io.twinroot.index;

import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of an index when they are written. They are closed when they are garbage: snapshots share them.
 *
 * @param levels the entries, the leaves, and each level above
 */
record IndexFiles(Salt salt, List<RecordFile> levels) {
    RecordFile.@Nullable Cursor cursor(int level, UidRange range) {
        return level < levels.size() ? levels.get(level).cursor(range) : null;
    }

    @Nullable
    TreeNode lower(int level, Uid uid) {
        return level < levels.size() ? levels.get(level).lower(uid) : null;
    }

    void close() {
        levels.forEach(RecordFile::close);
    }
}
