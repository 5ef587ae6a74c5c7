package io.twinroot.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.twinroot.peer.LinkView;
import io.twinroot.peer.RepairView;
import io.twinroot.store.KeptRow;
import io.twinroot.store.Store;
import io.twinroot.store.StoreDamage;
import io.twinroot.store.Verified;
import io.twinroot.table.TableName;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a node for Prometheus. Asking for them reads what is published already and waits for no write.
 * May be used by many threads.
 */
final class NodeMetrics implements AutoCloseable {
    private final Store store;
    private final RepairBoard repairs;
    private final Mirrors mirrors;
    private final InstantSource clock;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MultiGauge verifiedAge;
    private final MultiGauge rows;
    private final MultiGauge tombstones;
    private final MultiGauge readOnly;
    private final MultiGauge successAge;
    private final MultiGauge failures;
    private final MultiGauge scanAge;
    private final MultiGauge scanRows;
    private final MultiGauge scanDiffering;
    private final MultiGauge suspect;

    NodeMetrics(Store store, RepairBoard repairs, Mirrors mirrors, InstantSource clock) {
        this.store = store;
        this.repairs = repairs;
        this.mirrors = mirrors;
        this.clock = clock;
        verifiedAge = gauges(
                "twinroot.verified.age",
                "seconds",
                "Since the range of the table that was read longest ago was found whole; +Inf where one never was");
        rows = gauges("twinroot.rows", null, "Live rows");
        tombstones = gauges("twinroot.tombstones", null, "Deletes remembered");
        readOnly = gauges("twinroot.table.damaged", null, "1 where damage keeps the table from taking new writes");
        successAge =
                gauges("twinroot.repair.success.age", "seconds", "Since table and peer were last seen to be the same");
        failures = gauges("twinroot.repair.failures", null, "Repairs that failed, in a row, to now");
        scanAge = gauges(
                "twinroot.source.scan.age",
                "seconds",
                "Since the last scan began after which database and mirror agreed; +Inf where there was none");
        scanRows = gauges("twinroot.source.scan.rows", null, "Rows that the last scan of the database has read");
        scanDiffering = gauges("twinroot.source.scan.differing", null, "Rows that the last whole scan found different");
        suspect =
                gauges("twinroot.source.suspect", null, "1 where the database looks set back and a person must decide");
        Gauge.builder("twinroot.damage.open", store, NodeMetrics::open)
                .description("Damage that is neither healed nor accepted")
                .register(registry);
        for (KeptRow.Kind kind : KeptRow.Kind.values()) {
            Gauge.builder(
                            "twinroot.kept.rows",
                            store,
                            any -> any.kept().counts().getOrDefault(kind, 0L))
                    .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                    .description("Rows kept aside that are open: the trash, conflicts, and parked rows")
                    .register(registry);
        }
        Gauge.builder("twinroot.log", store, any -> any.logSize().bytes())
                .baseUnit("bytes")
                .description("Of the log's segments")
                .register(registry);
        Gauge.builder("twinroot.log.needed", store, any -> any.logSize().neededBytes())
                .baseUnit("bytes")
                .description("Of the log, what rows need")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
    }

    private MultiGauge gauges(String name, @Nullable String unit, String what) {
        return MultiGauge.builder(name).baseUnit(unit).description(what).register(registry);
    }

    private static double open(Store store) {
        return (double) store.damages().stream()
                .filter(damage -> damage.state() == StoreDamage.State.OPEN)
                .count();
    }

    /** Counts a repair that ended. */
    void repaired(RepairView repair) {
        String result = repair.state() != RepairView.State.DONE
                ? repair.state().name().toLowerCase(Locale.ROOT)
                : Boolean.TRUE.equals(repair.same()) ? "same" : "different";
        Tags tags = link(repair.request().peer(), repair.request().table());
        registry.counter("twinroot.repair.runs", tags.and("result", result)).increment();
        registry.counter("twinroot.repair.changed.rows", tags).increment((double) repair.changedHere());
    }

    private static Tags link(String peer, TableName table) {
        return Tags.of("peer", peer, "table", table.text());
    }

    /** All figures, as of now, in the text format. */
    synchronized String scrape() {
        long nowMs = clock.millis();
        List<MultiGauge.Row<?>> ages = new ArrayList<>();
        for (Map.Entry<TableName, Verified> table : store.verified().entrySet()) {
            long oldest = table.getValue().oldestMs();
            ages.add(row(
                    table.getKey(), oldest == 0 ? Double.POSITIVE_INFINITY : Math.max(0, nowMs - oldest) / 1_000.0));
        }
        List<MultiGauge.Row<?>> live = new ArrayList<>();
        List<MultiGauge.Row<?>> deleted = new ArrayList<>();
        List<MultiGauge.Row<?>> damaged = new ArrayList<>();
        store.counts().forEach((table, counts) -> {
            live.add(row(table, (double) counts.rows()));
            deleted.add(row(table, (double) counts.tombstones()));
            damaged.add(row(table, store.isReadOnly(table) ? 1 : 0));
        });
        List<MultiGauge.Row<?>> since = new ArrayList<>();
        List<MultiGauge.Row<?>> failed = new ArrayList<>();
        for (LinkView link : repairs.links()) {
            Tags tags = link(link.peer(), link.table());
            failed.add(MultiGauge.Row.of(tags, link.failures()));
            if (link.verified() != null) {
                Duration age = Duration.between(link.verified(), clock.instant());
                since.add(MultiGauge.Row.of(tags, age.toMillis() / 1_000.0));
            }
        }
        verifiedAge.register(ages, true);
        rows.register(live, true);
        tombstones.register(deleted, true);
        readOnly.register(damaged, true);
        successAge.register(since, true);
        failures.register(failed, true);
        mirrored(nowMs);
        return registry.scrape();
    }

    private void mirrored(long nowMs) {
        List<MultiGauge.Row<?>> ages = new ArrayList<>();
        List<MultiGauge.Row<?>> read = new ArrayList<>();
        List<MultiGauge.Row<?>> differing = new ArrayList<>();
        List<MultiGauge.Row<?>> suspects = new ArrayList<>();
        for (Mirror mirror : mirrors.all()) {
            MirrorState state = mirror.state();
            MirrorFigures figures = mirror.figures();
            ages.add(row(
                    mirror.table(),
                    state.scanned() == null
                            ? Double.POSITIVE_INFINITY
                            : Math.max(0, nowMs - state.scanned().toEpochMilli()) / 1_000.0));
            read.add(row(mirror.table(), (double) figures.rows()));
            if (figures.found() != null) {
                differing.add(row(mirror.table(), (double) figures.found().differing()));
            }
            suspects.add(row(mirror.table(), state.suspicion() == null ? 0 : 1));
        }
        scanAge.register(ages, true);
        scanRows.register(read, true);
        scanDiffering.register(differing, true);
        suspect.register(suspects, true);
    }

    private static MultiGauge.Row<?> row(TableName table, double value) {
        return MultiGauge.Row.of(Tags.of("table", table.text()), value);
    }

    @Override
    public void close() {
        registry.close();
    }
}
