package io.twinroot.reconcile;

import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.util.List;

/** The tables of one place: a node, a peer, a store. */
public interface Replicas extends AutoCloseable {
    /** All tables, ordered by name. */
    List<TableInfo> tables();

    /** @throws ReplicaException of kind {@link ReplicaException.Kind#UNKNOWN_TABLE} when there is none */
    Replica table(TableName name);

    /**
     * The table of this name, made where it is not there.
     *
     * @throws ReplicaException of kind {@link ReplicaException.Kind#INCOMPATIBLE} when it is there with other rules
     */
    Replica create(TableName name, TableRules rules);

    @Override
    void close();
}
