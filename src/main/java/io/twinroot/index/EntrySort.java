package io.twinroot.index;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.TreeBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts entries that came in some other order: pieces in memory, which are then merged from one file. Rows that share a
 * UID, as NULLs in a unique key allow, get a number behind it, in the order of their digests, which is the same in every
 * copy.
 */
final class EntrySort {
    /** Entries in memory at a time: some 20 MB. */
    private static final int PIECE = 1 << 17;

    private static final Comparator<LeafEntry> ORDER =
            Comparator.comparing(LeafEntry::uid).thenComparing(LeafEntry::digest);

    private final RecordFile target;
    private final TreeBuilder tree;
    private final IndexBuilder.Numbering numbering;
    private @Nullable Uid last;
    private int repeats;

    private EntrySort(RecordFile target, TreeBuilder tree, IndexBuilder.Numbering numbering) {
        this.target = target;
        this.tree = tree;
        this.numbering = numbering;
    }

    /** One sorted piece, read on. */
    private record Head(LeafEntry entry, RecordFile.Cursor rest) {}

    static void sort(
            RecordFile entries, Path folder, RecordFile target, TreeBuilder tree, IndexBuilder.Numbering numbering) {
        Path path = folder.resolve("pieces");
        try (RecordFile pieces = RecordFile.create(path)) {
            deleteOpen(path);
            List<RecordFile.Cursor> cursors = pieces(entries, pieces);
            new EntrySort(target, tree, numbering).merge(cursors);
        }
    }

    private static void deleteOpen(Path path) {
        try {
            java.nio.file.Files.delete(path);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<RecordFile.Cursor> pieces(RecordFile entries, RecordFile pieces) {
        List<Long> ends = new ArrayList<>(List.of(0L));
        List<LeafEntry> piece = new ArrayList<>();
        RecordFile.Cursor all = entries.piece(0, entries.length());
        boolean more = true;
        while (more) {
            more = all.next();
            if (more) {
                piece.add(new LeafEntry(all.uid(), all.digest()));
            }
            if (!piece.isEmpty() && (!more || piece.size() == PIECE)) {
                piece.sort(ORDER);
                piece.forEach(entry -> pieces.add(entry.uid(), entry.digest(), 1));
                ends.add(pieces.length());
                piece.clear();
            }
        }
        pieces.flush();
        List<RecordFile.Cursor> cursors = new ArrayList<>();
        for (int i = 1; i < ends.size(); i++) {
            cursors.add(pieces.piece(ends.get(i - 1), ends.get(i)));
        }
        return cursors;
    }

    private void merge(List<RecordFile.Cursor> cursors) {
        PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(Head::entry, ORDER));
        cursors.forEach(cursor -> push(heads, cursor));
        for (Head head = heads.poll(); head != null; head = heads.poll()) {
            add(head.entry().uid(), head.entry().digest());
            push(heads, head.rest());
        }
    }

    private static void push(PriorityQueue<Head> heads, RecordFile.Cursor cursor) {
        if (cursor.next()) {
            heads.add(new Head(new LeafEntry(cursor.uid(), cursor.digest()), cursor));
        }
    }

    private void add(Uid uid, Digest digest) {
        repeats = uid.equals(last) ? repeats + 1 : 0;
        last = uid;
        Uid numbered = repeats == 0 ? uid : numbering.numbered(uid, repeats);
        target.add(numbered, digest, 1);
        tree.add(numbered, digest);
    }
}
