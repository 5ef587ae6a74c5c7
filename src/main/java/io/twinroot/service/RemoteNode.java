package io.twinroot.service;

import io.twinroot.peer.HttpReplicas;
import io.twinroot.reconcile.ChangeFeed;
import io.twinroot.reconcile.ChangePage;
import io.twinroot.reconcile.Metered;
import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.reconcile.Traffic;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import io.twinroot.table.TableRules;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.InputStream;
import java.net.URI;
import java.util.List;

/** Another node's tables, with the client's own event loop, which ends when this is closed. */
final class RemoteNode implements Replicas, ChangeFeed, Metered {
    private final Vertx vertx;
    private final HttpReplicas tables;

    private RemoteNode(Vertx vertx, HttpReplicas tables) {
        this.vertx = vertx;
        this.tables = tables;
    }

    static RemoteNode at(URI url) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
        return new RemoteNode(vertx, new HttpReplicas(vertx, url));
    }

    /** The archive of the node's backup. */
    InputStream backup() {
        return tables.backup();
    }

    @Override
    public List<TableInfo> tables() {
        return tables.tables();
    }

    @Override
    public Replica table(TableName name) {
        return tables.table(name);
    }

    @Override
    public Replica create(TableName name, TableRules rules) {
        return tables.create(name, rules);
    }

    @Override
    public ChangePage changes(Query query) {
        return tables.changes(query);
    }

    @Override
    public String cursorAt(long sinceMs) {
        return tables.cursorAt(sinceMs);
    }

    @Override
    public Traffic traffic() {
        return tables.traffic();
    }

    @Override
    public void close() {
        tables.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
