package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Damage;
import io.twinroot.log.Disk;
import io.twinroot.log.Frame;
import io.twinroot.table.Stamp;
import io.twinroot.table.TableName;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What damage was found in a store and what became of it: the file {@code DAMAGE}. May be used by many threads.
 *
 * <p>The book decides only which tables are read-only; which rows are lost is in the log. A book that is
 * itself lost takes nothing with it.
 */
final class DamageBook {
    /** The most open entries; more are summed up in one. */
    static final int OPEN_MAX = 10_000;

    private static final int ENDED_MAX = 1_000;
    static final String NAME = "DAMAGE";
    private static final String FIRST = "twinroot damage 1";
    private static final String NONE = "*";

    private final Path directory;
    private final Disk disk;
    private final LongSupplier nowMs;
    private final NavigableMap<Long, StoreDamage> entries = new TreeMap<>();
    private boolean unsaved;
    private volatile Runnable onFound = () -> {};

    DamageBook(Path directory, Disk disk, LongSupplier nowMs) {
        this.directory = directory;
        this.disk = disk;
        this.nowMs = nowMs;
    }

    /** Tells this when something was found; it must not block. */
    void onFound(Runnable listener) {
        onFound = listener;
    }

    /** Reads the file; says what is wrong with it, if something is. */
    synchronized Optional<String> open() throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(NAME));
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            for (List<String> words : CheckedText.decode(FIRST, bytes)) {
                StoreDamage entry = decode(words);
                entries.put(entry.id(), entry);
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            entries.clear();
            return Optional.of("the list of damages, " + NAME + ", cannot be used (" + e.getMessage()
                    + "): what was found before is found again when it is read");
        }
    }

    synchronized List<StoreDamage> list() {
        return List.copyOf(entries.values());
    }

    synchronized @Nullable StoreDamage get(long id) {
        return entries.get(id);
    }

    /** Notes what a reading of the log met: rows of which nothing newer was found, and what cannot be told. */
    void found(View view, List<Damage> met) {
        for (Damage what : met) {
            String place = "log position " + what.at();
            Frame.Lost row = what.row();
            TableWork table = row == null ? null : view.byNumber(row.table());
            if (row != null && table != null) {
                IndexRow held = table.held(row.uid());
                if (held != null && held.isLost()) {
                    found(table.name(), row.uid(), row.stamp(), place, what.why());
                }
            } else if (view.tables().isEmpty()) {
                found(null, null, null, place, what.why());
            } else {
                view.tables().forEach(any -> found(any.name(), null, null, place, what.why()));
            }
        }
    }

    /** The tables of which damage took rows, or may have, that is not in the book yet. */
    synchronized Set<TableWork> unnoted(View view, List<Damage> met) {
        Set<TableWork> tables = new LinkedHashSet<>();
        for (Damage what : met) {
            String place = "log position " + what.at();
            Frame.Lost row = what.row();
            TableWork table = row == null ? null : view.byNumber(row.table());
            if (row != null && table != null) {
                IndexRow held = table.held(row.uid());
                if (held != null && held.isLost() && !isNoted(table.name(), row.uid(), place)) {
                    tables.add(table);
                }
            } else {
                view.tables().stream()
                        .filter(any -> !isNoted(any.name(), null, place))
                        .forEach(tables::add);
            }
        }
        return tables;
    }

    private boolean isNoted(@Nullable TableName table, @Nullable Uid uid, String place) {
        return entries.values().stream()
                .anyMatch(entry -> entry.state() != StoreDamage.State.MENDED
                        && java.util.Objects.equals(table, entry.table())
                        && (entry.place().equals(place)
                                || (uid != null
                                        && uid.equals(entry.uid())
                                        && entry.state() == StoreDamage.State.OPEN)));
    }

    /** Notes damage that took nothing, and was made good from what else the store has. */
    synchronized void mended(String place, String why) {
        long now = nowMs.getAsLong();
        StoreDamage entry = new StoreDamage(id(), now, null, null, null, place, why, StoreDamage.State.MENDED, now);
        entries.put(entry.id(), entry);
        System.getLogger(DamageBook.class.getName()).log(System.Logger.Level.WARNING, entry.text());
        save();
    }

    /** Whether damage was ever noted at a place, as far back as the book reaches. */
    synchronized boolean isKnown(String place) {
        return entries.values().stream().anyMatch(entry -> entry.place().equals(place));
    }

    /** Whether what was damaged at a place took nothing and was made good. */
    synchronized boolean isMended(String place) {
        return entries.values().stream()
                .anyMatch(entry -> entry.state() == StoreDamage.State.MENDED
                        && entry.place().equals(place));
    }

    /** Whether unknown rows of this table may be lost. */
    synchronized boolean isOpen(TableName table) {
        return entries.values().stream()
                .anyMatch(entry -> entry.state() == StoreDamage.State.OPEN
                        && entry.uid() == null
                        && (entry.table() == null || entry.table().equals(table)));
    }

    /** Notes damage, unless that place is known. */
    synchronized void found(
            @Nullable TableName table, @Nullable Uid uid, @Nullable Stamp stamp, String place, String why) {
        if (isNoted(table, uid, place)) {
            return;
        }
        long open = entries.values().stream()
                .filter(entry -> entry.state() == StoreDamage.State.OPEN)
                .count();
        StoreDamage entry =
                new StoreDamage(id(), nowMs.getAsLong(), table, uid, stamp, place, why, StoreDamage.State.OPEN, 0);
        if (open >= OPEN_MAX) {
            entry = new StoreDamage(
                    entry.id(),
                    entry.foundMs(),
                    null,
                    null,
                    null,
                    "more than " + OPEN_MAX + " places",
                    why,
                    StoreDamage.State.OPEN,
                    0);
            if (open > OPEN_MAX) {
                return;
            }
        }
        entries.put(entry.id(), entry);
        System.getLogger(DamageBook.class.getName()).log(System.Logger.Level.WARNING, entry.text());
        save();
        onFound.run();
    }

    private long id() {
        return entries.isEmpty() ? 1 : entries.lastKey() + 1;
    }

    /** A lost row came back. */
    void healed(TableName table, Uid uid) {
        end(entry -> uid.equals(entry.uid()) && table.equals(entry.table()), StoreDamage.State.HEALED);
    }

    /** A table was found equal to a copy that nothing was lost of. */
    synchronized void healed(TableName table) {
        end(entry -> entry.uid() == null && table.equals(entry.table()), StoreDamage.State.HEALED);
    }

    void accepted(long id) {
        end(entry -> entry.id() == id, StoreDamage.State.ACCEPTED);
    }

    private synchronized void end(Predicate<StoreDamage> which, StoreDamage.State how) {
        List<StoreDamage> ended = entries.values().stream()
                .filter(entry -> entry.state() == StoreDamage.State.OPEN && which.test(entry))
                .toList();
        ended.forEach(entry -> entries.put(entry.id(), entry.ended(how, nowMs.getAsLong())));
        if (!ended.isEmpty()) {
            save();
        }
    }

    private void save() {
        List<StoreDamage> past = entries.values().stream()
                .filter(entry -> entry.state() != StoreDamage.State.OPEN)
                .toList();
        past.subList(0, Math.max(0, past.size() - ENDED_MAX)).forEach(entry -> entries.remove(entry.id()));
        List<String> lines = new ArrayList<>();
        entries.values().forEach(entry -> lines.add(encode(entry)));
        try {
            CheckedText.replace(directory, NAME, CheckedText.encode(FIRST, lines), disk);
            unsaved = false;
        } catch (IOException e) {
            unsaved = true;
            System.getLogger(DamageBook.class.getName())
                    .log(System.Logger.Level.WARNING, "the list of damages could not be written: " + e.getMessage());
        }
    }

    /** Writes it where that failed before. */
    synchronized void close() {
        if (unsaved) {
            save();
        }
    }

    private static String encode(StoreDamage entry) {
        return String.join(
                " ",
                "damage",
                Long.toString(entry.id()),
                Long.toString(entry.foundMs()),
                entry.table() == null ? NONE : entry.table().text(),
                entry.uid() == null
                        ? NONE
                        : HexFormat.of().formatHex(entry.uid().toBytes()),
                entry.stamp() == null ? NONE : entry.stamp().text(),
                entry.state().name(),
                Long.toString(entry.endedMs()),
                URLEncoder.encode(entry.place(), StandardCharsets.UTF_8),
                URLEncoder.encode(entry.why(), StandardCharsets.UTF_8));
    }

    private static StoreDamage decode(List<String> words) {
        return new StoreDamage(
                Long.parseLong(words.get(1)),
                Long.parseLong(words.get(2)),
                words.get(3).equals(NONE) ? null : new TableName(words.get(3)),
                words.get(4).equals(NONE) ? null : Uid.of(HexFormat.of().parseHex(words.get(4))),
                words.get(5).equals(NONE) ? null : Stamp.parse(words.get(5)),
                URLDecoder.decode(words.get(8), StandardCharsets.UTF_8),
                URLDecoder.decode(words.get(9), StandardCharsets.UTF_8),
                StoreDamage.State.valueOf(words.get(6)),
                Long.parseLong(words.get(7)));
    }
}
