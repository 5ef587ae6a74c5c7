package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.Marks;
import io.twinroot.table.Row;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.HashTree;
import io.twinroot.tree.LeafEntry;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import io.twinroot.tree.TreeStore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A table as the committer changes it. Only the committer's thread uses it, but for {@link #published}, which
 * has the last state that others may see.
 */
final class TableWork {
    /** How many levels a tree can have. */
    static final int LEVELS = Salt.MAX_LEVEL + 1;

    /** From this many changes on the tree is brought up to date without being asked for. */
    private static final int DIRTY_MAX = 8192;

    private final int id;
    private final TableName name;
    private volatile TableRules rules;
    private final Salt salt;
    private final Supplier<OwnRun> own;
    private final Context.Editor context = Context.EMPTY.edit();
    private boolean isDoubtful;

    private UidMap.Editor<IndexRow> rows = UidMap.<IndexRow>empty().edit();
    private UidMap.Editor<IndexRow> tombstones = UidMap.<IndexRow>empty().edit();
    private UidMap.Editor<TreeNode> leaves = UidMap.<TreeNode>empty().edit();
    private List<UidMap.Editor<TreeNode>> upper = emptyUpper();
    private @Nullable Overlay frozen;
    private List<LayerFile> layers = List.of();
    private TreeRoot root;
    private long count;
    private Manifest.Totals totals = Manifest.Totals.NONE;
    private @Nullable Stamp newest;
    private final List<Uid> dirty = new ArrayList<>();
    private volatile TableState published;

    /** @param own this store's writes of now, which no table's context lists */
    TableWork(int id, TableName name, TableRules rules, Salt salt, Supplier<OwnRun> own) {
        this.own = own;
        this.id = id;
        this.name = name;
        this.rules = rules;
        this.salt = salt;
        this.root = TreeRewrite.emptyRoot(salt);
        this.published = state();
    }

    private static List<UidMap.Editor<TreeNode>> emptyUpper() {
        List<UidMap.Editor<TreeNode>> upper = new ArrayList<>();
        for (int level = 2; level <= LEVELS; level++) {
            upper.add(UidMap.<TreeNode>empty().edit());
        }
        return upper;
    }

    /** Takes what the files have, in place of all that is here. The overlays must be empty or in the files. */
    void restore(Manifest.Table table, List<LayerFile> newLayers) {
        layers = List.copyOf(newLayers);
        root = table.root();
        count = table.count();
        totals = table.totals();
        newest = table.newest();
        Context known = table.context();
        context.set(known == null ? Context.EMPTY : known);
        isDoubtful = known == null;
        rows = UidMap.<IndexRow>empty().edit();
        dirty.clear();
    }

    /** Takes all that another has, which is not used any more, but for its context. */
    void takeOver(TableWork made) {
        rows = made.rows;
        tombstones = made.tombstones;
        leaves = made.leaves;
        upper = made.upper;
        frozen = made.frozen;
        layers = made.layers;
        root = made.root;
        count = made.count;
        totals = made.totals;
        newest = made.newest;
        dirty.clear();
        dirty.addAll(made.dirty);
    }

    /** Takes an upper node of the files. */
    void restoreUpper(int level, TreeNode node) {
        editor(level).put(node.start(), node);
    }

    int id() {
        return id;
    }

    TableName name() {
        return name;
    }

    /** Its rows are of a later schema version from now on. */
    void raise(TableRules higher) {
        rules = higher;
        publish();
    }

    TableRules rules() {
        return rules;
    }

    TableState published() {
        return published;
    }

    void publish() {
        published = state();
    }

    private TableState state() {
        List<Overlay> overlays = new ArrayList<>(2);
        overlays.add(overlay());
        if (frozen != null) {
            overlays.add(frozen);
        }
        return new TableState(
                id,
                name,
                rules,
                overlays,
                layers,
                upper.stream().map(UidMap.Editor::map).toList(),
                root,
                count,
                totals,
                newest,
                dirty.isEmpty());
    }

    private Overlay overlay() {
        return new Overlay(rows.map(), tombstones.map(), leaves.map());
    }

    @Nullable
    IndexRow held(Uid uid) {
        IndexRow held = rows.get(uid);
        if (held == null && frozen != null) {
            held = frozen.rows().get(uid);
        }
        for (int i = 0; i < layers.size() && held == null; i++) {
            held = layers.get(i).get(Space.ROWS, id, uid);
        }
        return held == null || held.isGone() ? null : held;
    }

    /** Puts a row, a tombstone or a marker in the place of what is held, without asking which is newer. */
    void put(Uid uid, @Nullable IndexRow held, IndexRow row) {
        rows.put(uid, row);
        count += (row.isLive() ? 1 : 0) - (held != null && held.isLive() ? 1 : 0);
        totals = totals.replaced(held, row);
        if (row.isTombstone()) {
            tombstones.put(uid, row);
        } else if (held != null && held.isTombstone()) {
            tombstones.put(uid, IndexRow.GONE);
        }
        if (held == null ? row.isLive() : !java.util.Objects.equals(held.digest(), row.digest())) {
            dirty.add(uid);
        }
        if (!row.isGone()) {
            saw(row.stamp());
        }
    }

    /** Whether damage took rows that did not come back yet. */
    boolean hasLost() {
        return totals.lost() > 0;
    }

    private void saw(Stamp stamp) {
        if (newest == null || newest.compareTo(stamp) < 0) {
            newest = stamp;
        }
    }

    /** Whether this copy has seen a write. */
    boolean covers(Stamp stamp) {
        return !isDoubtful && (own.get().covers(stamp) || context.covers(stamp));
    }

    /** All that this copy has seen, its own writes up to now among it. */
    Context context() {
        OwnRun mine = own.get();
        if (isDoubtful || mine.seq() == 0) {
            return isDoubtful ? Context.EMPTY : context.context();
        }
        Context.Editor all = context.context().edit();
        all.addUpTo(mine.incarnation(), mine.seq());
        return all.context();
    }

    /** A write that is not this store's own was applied here, or it is not needed any more. */
    void saw(Stamp stamp, Incarnation incarnation) {
        if (!stamp.incarnation().equals(incarnation)) {
            context.add(stamp);
        }
    }

    /** A row came here, with all its parts. */
    void saw(Row row, Incarnation incarnation) {
        saw(row.stamp(), incarnation);
        saw(row.past().marks(), incarnation);
    }

    void saw(Marks marks, Incarnation incarnation) {
        Stamp body = marks.body();
        if (body != null) {
            saw(body, incarnation);
            marks.parts().values().forEach(mark -> saw(mark.stamp(), incarnation));
        }
    }

    /** The writes under an incarnation that is over. */
    void sawAll(OwnRun ended) {
        context.addUpTo(ended.incarnation(), ended.seq());
    }

    /** This is what it has seen, and nothing else. */
    void knows(Context known) {
        context.set(known);
    }

    /**
     * Damage was met that may be of this table: until that is clear nothing counts as seen. What the log says after it
     * does not help, as bytes are damaged long after they were written.
     */
    void doubt() {
        isDoubtful = true;
    }

    /** It was clear. */
    void trust() {
        isDoubtful = false;
    }

    boolean isDoubtful() {
        return isDoubtful;
    }

    long cells() {
        return (long) rows.size() + tombstones.size() + leaves.size();
    }

    boolean isDirty() {
        return !dirty.isEmpty();
    }

    /** Whether so much has changed that the tree should follow, so that a reader need not wait long for it. */
    boolean wantsRefresh(long overlayRows) {
        return dirty.size() >= (count <= 4 * overlayRows ? Math.max(DIRTY_MAX, count / 4) : DIRTY_MAX);
    }

    /** Brings the tree up to date. After a failure it is as it was. */
    void refresh() {
        if (dirty.isEmpty()) {
            return;
        }
        UidMap<TreeNode> oldLeaves = leaves.map();
        List<UidMap<TreeNode>> oldUpper = upper.stream().map(UidMap.Editor::map).toList();
        TreeRoot oldRoot = root;
        boolean done = false;
        try {
            if (dirty.size() >= count / 16) { // as measured, about where one pass over all costs the same
                upper = emptyUpper();
                root = TreeRewrite.run(state(), salt, leaves, this::restoreUpper);
            } else {
                root = HashTree.refresh(new Tree(), salt, root, new TreeSet<>(dirty));
            }
            if (root.count() != count) {
                throw new IllegalStateException(
                        "table " + name + " has " + count + " live rows and its tree " + root.count());
            }
            done = true;
        } finally {
            if (!done) {
                leaves = oldLeaves.edit();
                upper = new ArrayList<>(oldUpper.stream().map(UidMap::edit).toList());
                root = oldRoot;
            }
        }
        dirty.clear();
    }

    /** Sets aside what is in memory, to be written to a file. The tree must be up to date. */
    Overlay freeze() {
        Overlay overlay = overlay();
        frozen = overlay;
        rows = UidMap.<IndexRow>empty().edit();
        tombstones = UidMap.<IndexRow>empty().edit();
        leaves = UidMap.<TreeNode>empty().edit();
        return overlay;
    }

    /** Takes the files in which what was set aside is now. */
    void written(List<LayerFile> newLayers) {
        frozen = null;
        layers = List.copyOf(newLayers);
    }

    Manifest.Table listed() {
        return new Manifest.Table(id, name, rules, root, count, totals, newest, isDoubtful ? null : context.context());
    }

    private UidMap.Editor<TreeNode> editor(int level) {
        return level == 1 ? leaves : upper.get(level - 2);
    }

    /** The tree's nodes over all layers, changed in the overlay. */
    private final class Tree implements TreeStore {
        @Override
        public @Nullable TreeNode lower(int level, Uid uid) {
            if (level > 1) {
                UidMap.Editor<TreeNode> nodes = editor(level);
                for (Uid key = nodes.lowerKey(uid); key != null; key = nodes.lowerKey(key)) {
                    TreeNode node = nodes.get(key);
                    if (node != null && !ViewCodec.isGone(node)) {
                        return node;
                    }
                }
                return null;
            }
            return lowerLeaf(uid);
        }

        /** Leaves begin wherever a node of level 2 began, and where the overlay says; few lie in between. */
        private @Nullable TreeNode lowerLeaf(Uid uid) {
            Uid from = uid;
            while (from != null) {
                Uid above = editor(2).lowerKey(from);
                Uid changed = leaves.lowerKey(from);
                from = above == null || (changed != null && changed.compareTo(above) > 0) ? changed : above;
                TreeNode last = null;
                Run<TreeNode> run = leafRun(new UidRange(from, uid));
                while (run.next()) {
                    if (!ViewCodec.isGone(run.value())) {
                        last = run.value();
                    }
                }
                if (last != null) {
                    return last;
                }
            }
            return null;
        }

        private Run<TreeNode> leafRun(UidRange range) {
            List<Run<TreeNode>> runs = new ArrayList<>();
            runs.add(leaves.run(range));
            if (frozen != null) {
                runs.add(frozen.leaves().run(range));
            }
            for (LayerFile layer : layers) {
                runs.add(layer.run(Space.LEAVES, id, range));
            }
            return MergedRun.of(runs);
        }

        @Override
        public Iterator<TreeNode> nodes(int level, UidRange range) {
            Run<TreeNode> run = level == 1 ? leafRun(range) : editor(level).run(range);
            return new Cells<>(run, r -> ViewCodec.isGone(r.value()) ? null : r.value());
        }

        @Override
        public Iterator<LeafEntry> entries(UidRange range) {
            List<Run<IndexRow>> runs = new ArrayList<>();
            runs.add(rows.run(range));
            if (frozen != null) {
                runs.add(frozen.rows().run(range));
            }
            for (LayerFile layer : layers) {
                runs.add(layer.run(Space.ROWS, id, range));
            }
            return TreeRewrite.entries(MergedRun.of(runs));
        }

        @Override
        public void put(int level, TreeNode node) {
            editor(level).put(node.start(), node);
        }

        @Override
        public void remove(int level, Uid start) {
            editor(level).put(start, ViewCodec.goneNode(start));
        }
    }
}
