package io.twinroot.reconcile;

import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import java.util.List;

/** The tables of one place: a node, a peer, a store. */
public interface Replicas extends AutoCloseable {
    /** All tables, ordered by name. */
    List<TableInfo> tables();

    /** The names of all tables, in order: where it costs much to say more of them. */
    default List<TableName> names() {
        return tables().stream().map(TableInfo::name).toList();
    }

    /** These tables in an order in which rows may be inserted: what others refer to comes first. */
    default List<TableName> parentsFirst(List<TableName> names) {
        return names;
    }

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
