package io.twinroot.index;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Index} of what a scan gives, in bounded memory. What comes in UID order is written as it comes; what
 * does not is sorted afterwards, in pieces on the disk. For one thread.
 *
 * <p>In a folder of its own that is kept it can be interrupted at any point: {@link #resume} goes on after the last
 * {@link #mark}.
 */
public final class IndexBuilder implements AutoCloseable {
    private static final String ENTRIES = "entries";

    /** Makes the UID of the n-th more row, from 1 on, that shares one with others: of no other key. */
    @FunctionalInterface
    public interface Numbering {
        Uid numbered(Uid uid, int n);
    }

    private final Path folder;
    private final Salt salt;
    private final boolean ordered;
    private final boolean kept;
    private final RecordFile entries;
    private final List<RecordFile> levels = new ArrayList<>();
    private final TreeBuilder tree;
    private @Nullable Uid last;
    private boolean finished;

    private IndexBuilder(Path folder, Salt salt, boolean ordered, boolean kept, RecordFile entries) {
        this.folder = folder;
        this.salt = salt;
        this.ordered = ordered;
        this.kept = kept;
        this.entries = entries;
        this.tree = new TreeBuilder(salt, (level, node) -> level(level).add(node.start(), node.digest(), node.count()));
    }

    /**
     * Begins in files that vanish with this process.
     *
     * @param ordered whether the entries come in the order of their UIDs
     */
    public static IndexBuilder temporary(Salt salt, boolean ordered) {
        try {
            Path folder = Files.createTempDirectory("twinroot-index");
            IndexBuilder builder =
                    new IndexBuilder(folder, salt, ordered, false, RecordFile.create(folder.resolve(ENTRIES)));
            Files.delete(folder.resolve(ENTRIES)); // it lives as long as it is open
            return builder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How far an interrupted scan had come. */
    public record Progress(Uid last, long rows, long bytes) {}

    /**
     * Begins anew in a folder that is kept.
     *
     * @param identity of what is scanned, and how: only the same one is gone on with
     */
    public static IndexBuilder begin(Path folder, String identity, Salt salt, boolean ordered) {
        try {
            Files.createDirectories(folder);
            Checkpoint.delete(folder);
            RecordFile entries = RecordFile.create(folder.resolve(ENTRIES));
            Checkpoint.begin(folder, identity);
            return new IndexBuilder(folder, salt, ordered, true, entries);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How far the scan in a folder had come; empty where there is none of this identity. */
    public static Optional<Progress> progress(Path folder, String identity) {
        return Checkpoint.read(folder, identity).map(Checkpoint::progress);
    }

    /** Goes on in a folder, after its {@link #progress}. */
    public static IndexBuilder resume(Path folder, String identity, Salt salt, boolean ordered) {
        Checkpoint checkpoint = Checkpoint.read(folder, identity)
                .orElseThrow(() -> new IllegalStateException("nothing to go on with in " + folder));
        RecordFile entries = RecordFile.reopen(folder.resolve(ENTRIES), checkpoint.length());
        IndexBuilder builder = new IndexBuilder(folder, salt, ordered, true, entries);
        if (ordered) {
            RecordFile.Cursor all = entries.piece(0, entries.length());
            while (all.next()) {
                builder.last = all.uid();
                builder.tree.add(all.uid(), all.digest());
            }
        }
        return builder;
    }

    /** @throws OutOfOrder where entries are to come in order and do not */
    public void add(Uid uid, Digest digest) {
        if (ordered) {
            if (last != null && last.compareTo(uid) >= 0) {
                throw new OutOfOrder(last, uid);
            }
            last = uid;
            tree.add(uid, digest);
        }
        entries.add(uid, digest, 1);
    }

    /** An entry did not come in the order of the UIDs. */
    public static final class OutOfOrder extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OutOfOrder(Uid before, Uid uid) {
            super("the row " + uid + " came after the row " + before);
        }
    }

    /** All up to here need not be scanned again. Without effect in files that vanish. */
    public void mark(Progress progress) {
        if (kept) {
            entries.force();
            Checkpoint.write(folder, progress, entries.length());
        }
    }

    /** Call it once, after the last entry. */
    public Index finish() {
        return finish((uid, n) -> {
            throw new IllegalStateException("two rows have the UID " + uid);
        });
    }

    /** The same, of a table in which rows may share a key. */
    public Index finish(Numbering numbering) {
        RecordFile inOrder = entries;
        if (!ordered) {
            entries.flush();
            inOrder = file("sorted");
            EntrySort.sort(entries, folder, inOrder, tree, numbering);
            entries.close();
        }
        inOrder.flush();
        TreeRoot root = tree.finish();
        levels.forEach(RecordFile::flush);
        finished = true;
        if (kept) {
            removeFolder();
        } else {
            delete(folder);
        }
        List<RecordFile> files = new ArrayList<>();
        files.add(inOrder);
        files.addAll(levels);
        return new Index(new IndexFiles(salt, List.copyOf(files)), root);
    }

    private RecordFile level(int level) {
        while (levels.size() < level) {
            levels.add(file("level-" + (levels.size() + 1)));
        }
        return levels.get(level - 1);
    }

    /** A file that vanishes with this process. */
    private RecordFile file(String name) {
        Path path = folder.resolve(name);
        RecordFile file = RecordFile.create(path);
        delete(path);
        return file;
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void removeFolder() {
        try {
            Checkpoint.delete(folder);
            Files.deleteIfExists(folder.resolve(ENTRIES));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the files up where it was not finished; those of a folder that is kept stay. */
    @Override
    public void close() {
        if (!finished) {
            entries.close();
            levels.forEach(RecordFile::close);
            if (!kept) {
                delete(folder);
            }
        }
    }
}
