package io.twinroot.store;

import io.twinroot.table.Stamp;
import io.twinroot.tree.Salt;
import io.twinroot.tree.TreeBuilder;
import io.twinroot.tree.TreeNode;
import io.twinroot.tree.TreeRoot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a table's part of a view file from its sorted rows, in one pass: rows, tombstones, tree, counts. */
final class TableRebuild {
    private final TableWork table;
    private final Salt salt;
    private final LayerBuilder builder;
    private long count;
    private Manifest.Totals totals = Manifest.Totals.NONE;
    private @Nullable Stamp newest;

    TableRebuild(TableWork table, Salt salt, LayerBuilder builder) {
        this.table = table;
        this.salt = salt;
        this.builder = builder;
    }

    Manifest.Table run(TableRows rows) {
        List<List<TreeNode>> upper = new ArrayList<>();
        for (int level = 2; level <= TableWork.LEVELS; level++) {
            upper.add(new ArrayList<>());
        }
        TreeBuilder tree = new TreeBuilder(salt, (level, node) -> {
            if (level == 1) {
                builder.leaves().put(table.id(), node.start(), node);
            } else {
                upper.get(level - 2).add(node);
            }
        });
        while (rows.next()) {
            row(rows, tree);
        }
        TreeRoot root = tree.finish();
        for (int level = 2; level <= TableWork.LEVELS; level++) {
            for (TreeNode node : upper.get(level - 2)) {
                builder.upper(table.id(), level, node);
            }
        }
        return new Manifest.Table(
                table.id(),
                table.name(),
                table.rules(),
                root,
                count,
                totals,
                newest,
                table.listed().context());
    }

    private void row(TableRows rows, TreeBuilder tree) {
        IndexRow row = rows.value();
        if (row.isGone()) {
            return;
        }
        builder.rows().put(rows.key(), rows.encoded());
        totals = totals.replaced(null, row);
        var digest = row.digest();
        if (digest != null) {
            count++;
            tree.add(rows.uid(), digest);
        } else if (row.isTombstone()) {
            builder.tombstones().put(rows.key(), rows.encoded());
        }
        if (newest == null || newest.compareTo(row.stamp()) < 0) {
            newest = row.stamp();
        }
    }
}
