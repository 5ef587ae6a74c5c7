package io.twinroot.service;

import io.twinroot.config.Config;
import io.twinroot.source.ChangeHints;
import io.twinroot.source.Pacing;
import io.twinroot.source.RowSink;
import io.twinroot.source.SourceChange;
import io.twinroot.source.SourceException;
import io.twinroot.source.SourceMark;
import io.twinroot.source.SourceOutcome;
import io.twinroot.source.SourceRow;
import io.twinroot.source.SourceTable;
import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A table of a database in memory, stricter than a real one: it refuses calls that break the port's rules, gives rows in an
 * order that is not theirs, and overwrites the bytes that it lent. Faults are set by fields. For many threads.
 */
final class FakeDatabase implements SourceTable, Sources {
    private static final int CHUNK = 7;

    private final TreeMap<Uid, Value.Mapping> rows = new TreeMap<>();

    /** Rows that it does not let anybody change. */
    final Set<Uid> refused = Collections.synchronizedSet(new HashSet<>());

    volatile boolean down;
    volatile boolean breaksAfterWriting;
    volatile boolean ordered = true;
    volatile Runnable afterScan = () -> {};
    volatile Runnable beforeWriting = () -> {};
    volatile @Nullable SourceMark mark;
    volatile @Nullable List<Uid> hinted;
    final AtomicInteger scans = new AtomicInteger();
    final AtomicInteger opened = new AtomicInteger();

    static Uid uid(int number) {
        return Uid.ofText("order-%04d".formatted(number));
    }

    static Value.Mapping fields(int value) {
        return Value.Mapping.of(Map.of("v", new Value.Int(value), "note", Value.Null.NULL));
    }

    private static Digest digest(Value.Mapping fields) {
        return Digest.sha256(CanonicalCbor.encode(fields));
    }

    /** As an application does. */
    synchronized void put(int number, int value) {
        rows.put(uid(number), fields(value));
    }

    synchronized void delete(int number) {
        rows.remove(uid(number));
    }

    synchronized Map<Uid, Value.Mapping> all() {
        return new TreeMap<>(rows);
    }

    /** As a restore does. */
    synchronized void become(Map<Uid, Value.Mapping> other) {
        rows.clear();
        rows.putAll(other);
    }

    private void check() {
        if (down) {
            throw new SourceException(SourceException.Kind.UNREACHABLE, "fake: connecting: refused");
        }
    }

    @Override
    public OpenSource open(Config.Source source) {
        check();
        opened.incrementAndGet();
        return new OpenSource() {
            @Override
            public SourceTable table() {
                return FakeDatabase.this;
            }

            @Override
            public Optional<SourceMark> mark() {
                check();
                return Optional.ofNullable(mark);
            }

            @Override
            public Optional<ChangeHints> hints() {
                return hinted == null
                        ? Optional.empty()
                        : Optional.of(new ChangeHints() {
                            @Override
                            public Step step(Taker taker) {
                                List<Uid> some = Objects.requireNonNull(hinted);
                                if (some.isEmpty()) {
                                    return Step.NOTHING;
                                }
                                if (!taker.take(some)) {
                                    return Step.REFUSED;
                                }
                                hinted = List.of();
                                return Step.SOME;
                            }

                            @Override
                            public boolean cut() {
                                return false;
                            }

                            @Override
                            public void close() {}
                        });
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public String address() {
        return "fake:orders";
    }

    @Override
    public boolean isOrdered() {
        return ordered;
    }

    @Override
    public void scan(@Nullable Uid after, Pacing pacing, RowSink sink) {
        check();
        List<Map.Entry<Uid, Value.Mapping>> all = new ArrayList<>(all().entrySet());
        if (!ordered) {
            Collections.reverse(all);
        }
        long chunk = 0;
        for (int i = 0; i < all.size(); i++) {
            check();
            byte[] canonical = CanonicalCbor.encode(all.get(i).getValue());
            byte[] lent = Arrays.copyOf(canonical, canonical.length + 3);
            sink.row(all.get(i).getKey(), Digest.sha256(canonical), lent, canonical.length);
            Arrays.fill(lent, (byte) 0xff);
            chunk++;
            if (chunk == CHUNK || i == all.size() - 1) {
                sink.chunk(all.get(i).getKey(), chunk, chunk * 10);
                pacing.after(chunk, chunk * 10, 1);
                chunk = 0;
            }
        }
        scans.incrementAndGet();
        Runnable then = afterScan;
        afterScan = () -> {};
        then.run();
    }

    private static void checkBatch(List<Uid> uids) {
        if (uids.size() > MAX_BATCH || uids.isEmpty() || new HashSet<>(uids).size() != uids.size()) {
            throw new IllegalArgumentException(
                    "a batch of " + uids.size() + " with doubled UIDs, or too large, or empty");
        }
    }

    @Override
    public synchronized List<SourceRow> fetch(List<Uid> uids) {
        check();
        checkBatch(uids);
        List<SourceRow> found = new ArrayList<>();
        for (Uid uid : uids.reversed()) {
            Value.Mapping fields = rows.get(uid);
            if (fields != null) {
                found.add(new SourceRow(uid, digest(fields), fields));
            }
        }
        return found;
    }

    @Override
    public List<SourceOutcome> apply(List<SourceChange> changes) {
        check();
        checkBatch(changes.stream().map(SourceChange::uid).toList());
        Runnable first = beforeWriting;
        beforeWriting = () -> {};
        first.run();
        List<SourceOutcome> outcomes = new ArrayList<>();
        synchronized (this) {
            changes.forEach(change -> outcomes.add(apply(change)));
        }
        if (breaksAfterWriting) {
            breaksAfterWriting = false;
            throw new SourceException(SourceException.Kind.UNREACHABLE, "fake: the connection broke");
        }
        return outcomes;
    }

    private SourceOutcome apply(SourceChange change) {
        Value.Mapping held = rows.get(change.uid());
        Digest now = held == null ? null : digest(held);
        if (Objects.equals(held, change.wanted())) {
            return new SourceOutcome.Same();
        }
        if (!Objects.equals(now, change.expected())) {
            return new SourceOutcome.Changed(now);
        }
        if (refused.contains(change.uid())) {
            return new SourceOutcome.Refused("a trigger says no");
        }
        if (change.wanted() == null) {
            rows.remove(change.uid());
        } else {
            rows.put(change.uid(), change.wanted());
        }
        return new SourceOutcome.Applied();
    }
}
