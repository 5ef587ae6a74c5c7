package io.twinroot.reconcile;

import io.twinroot.table.Digest;
import io.twinroot.table.Entry;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.MemoryTree;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeView;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** A table in memory; each entry's stamp is made from its digest. It counts the entries that are read. */
final class MemorySnapshot implements Snapshot {
    final MemoryTree tree;
    final TableRules rules;
    private final Function<Uid, Entry> entries;
    long entriesRead;

    MemorySnapshot(MemoryTree tree) {
        this(tree, TableRules.DEFAULT);
    }

    MemorySnapshot(MemoryTree tree, TableRules rules) {
        this(tree, rules, null);
    }

    /** @param entries the entry of each UID; null for made-up stamps */
    MemorySnapshot(MemoryTree tree, TableRules rules, Function<Uid, Entry> entries) {
        this.tree = tree;
        this.rules = rules;
        this.entries = entries;
    }

    MemorySnapshot(Salt salt) {
        this(new MemoryTree(salt));
    }

    void write(Uid uid, Digest digest) {
        tree.write(uid, digest);
    }

    static Entry entry(Uid uid, Digest digest) {
        return new Entry(uid, new Stamp(digest.a(), new Incarnation(1, 2), 1 + (digest.b() >>> 40)), digest);
    }

    @Override
    public TreeView tree() {
        return tree;
    }

    @Override
    public TableRules rules() {
        return rules;
    }

    @Override
    public Iterator<Entry> entries(UidRange range) {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(tree.entries(range), Spliterator.ORDERED), false)
                .map(leaf -> {
                    entriesRead++;
                    return entries == null ? entry(leaf.uid(), leaf.digest()) : entries.apply(leaf.uid());
                })
                .iterator();
    }
}
