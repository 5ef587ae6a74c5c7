package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.peer.ProblemControl;
import io.twinroot.peer.SourceControl;
import io.twinroot.peer.SourceView;
import io.twinroot.store.Store;
import io.twinroot.store.StoreException;
import io.twinroot.store.StoreTable;
import io.twinroot.table.TableName;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of a node that mirror tables of databases. For many threads. */
final class Mirrors implements SourceControl, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirrors.class);

    private final List<Mirror> all;

    private Mirrors(List<Mirror> all) {
        this.all = List.copyOf(all);
    }

    /** Those that the configuration has; a table that it has without a source is no mirror any more. */
    static Mirrors of(Store store, Config config, Sources sources, InstantSource clock) {
        MirrorBook book = new MirrorBook(store.directory());
        List<Mirror> mirrors = new ArrayList<>();
        Set<TableName> mirrored = new HashSet<>();
        for (Config.Table table : config.tables()) {
            Config.Source source = table.source();
            if (source != null) {
                mirrored.add(table.name());
                mirrors.add(new Mirror(store.table(table.name()), source, sources, book, clock));
            }
        }
        for (TableName table : book.tables()) {
            if (!mirrored.contains(table)) {
                LOG.warn(
                        "table {} has no source in the configuration any more: it is a table of this node's own now",
                        table);
                book.forget(table);
                tableOf(store, table).ifPresent(own -> own.writeThrough(null));
            }
        }
        return new Mirrors(mirrors);
    }

    private static java.util.Optional<StoreTable> tableOf(Store store, TableName name) {
        return store.tables().stream()
                .filter(table -> table.name().equals(name))
                .findFirst();
    }

    /** Without their node's configuration mirrors may be read only: what is written to them must go to the database. */
    static void close(Store store) {
        for (TableName name : new MirrorBook(store.directory()).tables()) {
            tableOf(store, name)
                    .ifPresent(table -> table.writeThrough((changes, origin) -> {
                        throw new StoreException(
                                StoreException.Kind.NOT_WRITABLE,
                                "table " + name
                                        + " mirrors a table of a database; write to it there, or to its node while that runs");
                    }));
        }
    }

    void begin() {
        all.forEach(Mirror::begin);
    }

    List<Mirror> all() {
        return all;
    }

    @Override
    public List<SourceView> sources() {
        return all.stream().map(Mirrors::view).toList();
    }

    private static SourceView view(Mirror mirror) {
        MirrorState state = mirror.state();
        MirrorFigures figures = mirror.figures();
        Suspicion suspicion = state.suspicion();
        String problem = suspicion != null
                ? suspicion.id()
                : mirror.trouble().map(Mirror.Trouble::id).orElse(null);
        return new SourceView(
                mirror.table(),
                mirror.address(),
                mirror.changes(),
                state.scanned(),
                figures.running(),
                figures.rows(),
                figures.rate(),
                figures.found() == null ? null : figures.found().differing(),
                problem);
    }

    @Override
    public void scan() {
        all.forEach(Mirror::ask);
    }

    ProblemControl problems(Supplier<String> url) {
        return new MirrorProblems(all, url);
    }

    @Override
    public void close() {
        all.forEach(Mirror::close);
    }
}
