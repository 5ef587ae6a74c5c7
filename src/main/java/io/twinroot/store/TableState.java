package io.twinroot.store;

import io.twinroot.table.Context;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.twinroot.table.Uid;
import io.twinroot.table.UidRange;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A table at one moment. Immutable; many threads may read.
 *
 * @param overlays the newest cells first: what is being filled, and what is being written to a file
 * @param layers below the overlays, the newest first
 * @param upper the nodes of the levels from 2 on
 * @param root of the tree as it was last brought up to date
 * @param count of live rows
 * @param treeIsCurrent whether the tree has all changes of the rows
 */
record TableState(
        int id,
        TableName name,
        TableRules rules,
        List<Overlay> overlays,
        List<LayerFile> layers,
        List<UidMap<TreeNode>> upper,
        TreeRoot root,
        long count,
        Manifest.Totals totals,
        @Nullable Stamp newest,
        boolean treeIsCurrent) {

    <V> @Nullable V get(Space<V> space, Uid uid) {
        V value = null;
        for (int i = 0; i < overlays.size() && value == null; i++) {
            value = overlays.get(i).map(space).get(uid);
        }
        for (int i = 0; i < layers.size() && value == null; i++) {
            value = layers.get(i).get(space, id, uid);
        }
        return value == null || space.isMarker(value) ? null : value;
    }

    /** The newest cells of a range, markers among them. */
    <V> Run<V> run(Space<V> space, UidRange range) {
        return run(space, range, layer -> true);
    }

    private <V> Run<V> run(Space<V> space, UidRange range, Predicate<LayerFile> wanted) {
        List<Run<V>> runs = new ArrayList<>();
        for (Overlay overlay : overlays) {
            if (overlay.map(space).size() > 0) {
                runs.add(overlay.map(space).run(range));
            }
        }
        for (LayerFile layer : layers) {
            if (wanted.test(layer)) {
                runs.add(layer.run(space, id, range));
            }
        }
        return runs.isEmpty() ? UidMap.<V>empty().run(range) : MergedRun.of(runs);
    }

    /** The UIDs of live rows whose write a context does not cover, in their order; not more than a limit. */
    List<Uid> unseen(Context known, int limit) {
        List<Uid> found = new ArrayList<>();
        Run<IndexRow> all = run(Space.ROWS, UidRange.ALL, layer -> !layer.isCoveredBy(known, id));
        while (found.size() < limit && all.next()) {
            IndexRow row = all.value();
            if (row.isLive() && !row.isSeen(known) && isNewest(all.uid(), row)) {
                found.add(all.uid());
            }
        }
        return found;
    }

    /** Whether no layer that was left out has a newer version. */
    private boolean isNewest(Uid uid, IndexRow row) {
        IndexRow newest = get(Space.ROWS, uid);
        return newest != null && newest.stamp().equals(row.stamp());
    }

    UidMap<TreeNode> upper(int level) {
        return upper.get(level - 2);
    }

    @Nullable
    TreeNode lower(int level, Uid uid) {
        if (level > 1) {
            return lowerUpper(upper(level), uid);
        }
        // A leaf begins wherever a node of level 2 does, and there are few leaves in between.
        Uid from = uid;
        while (from != null) {
            from = upper(2).lowerKey(from);
            TreeNode last = null;
            Run<TreeNode> leaves = run(Space.LEAVES, new UidRange(from, uid));
            while (leaves.next()) {
                if (!ViewCodec.isGone(leaves.value())) {
                    last = leaves.value();
                }
            }
            if (last != null) {
                return last;
            }
        }
        return null;
    }

    private static @Nullable TreeNode lowerUpper(UidMap<TreeNode> nodes, Uid uid) {
        for (Uid key = nodes.lowerKey(uid); key != null; key = nodes.lowerKey(key)) {
            TreeNode node = nodes.get(key);
            if (node != null && !ViewCodec.isGone(node)) {
                return node;
            }
        }
        return null;
    }
}
