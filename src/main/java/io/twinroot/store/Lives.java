package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import io.twinroot.table.Incarnation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The incarnations under which a store wrote: the file {@code LIVES}, a line {@code life HEX} for each. By them a copy
 * of the store knows writes as its own that it has not. For many threads.
 */
final class Lives {
    /** The most that are remembered; the oldest go. */
    static final int MAX = 100;

    static final String NAME = "LIVES";
    private static final String FIRST = "twinroot lives 1";

    private final Path directory;
    private final Disk disk;
    private List<Incarnation> all = List.of();
    private boolean isSaved;

    Lives(Path directory, Disk disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /**
     * Reads the file. The current one is the last from now on, and is in the file before anything is written under it.
     *
     * @param log who wrote the log as it is; these are lives too, whatever the file says
     * @return what is wrong with the file, if something is
     */
    synchronized Optional<String> open(List<Incarnation> log, Incarnation current) throws IOException {
        byte[] bytes = CheckedText.read(directory.resolve(NAME));
        Optional<String> trouble = Optional.empty();
        List<Incarnation> found = new ArrayList<>();
        if (bytes != null) {
            try {
                CheckedText.decode(FIRST, bytes).forEach(words -> found.add(Incarnation.ofHex(words.get(1))));
            } catch (RuntimeException e) {
                trouble = Optional.of("the list of lives, " + NAME + ", cannot be used (" + e.getMessage()
                        + "): only those are known that wrote the log");
                found.clear();
            }
        }
        log.stream()
                .filter(life -> !life.equals(new Incarnation(0, 0)) && !found.contains(life))
                .forEach(found::add);
        found.remove(current);
        found.add(current);
        all = last(found);
        return trouble;
    }

    private static List<Incarnation> last(List<Incarnation> lives) {
        return List.copyOf(lives.subList(Math.max(0, lives.size() - MAX), lives.size()));
    }

    /** Oldest first; the last one is the current. */
    synchronized List<Incarnation> list() {
        return all;
    }

    /** A new one begins; it is in the file when this returns. */
    synchronized void begin(Incarnation fresh) {
        List<Incarnation> more = new ArrayList<>(all);
        more.remove(fresh);
        more.add(fresh);
        save(last(more));
    }

    /** Makes sure that the current one is in the file. */
    synchronized void save() {
        if (!isSaved) {
            save(all);
        }
    }

    private void save(List<Incarnation> lives) {
        List<String> lines = lives.stream().map(life -> "life " + life.hex()).toList();
        try {
            CheckedText.replace(directory, NAME, CheckedText.encode(FIRST, lines), disk);
        } catch (IOException e) {
            throw StoreException.of("writing " + NAME + " of the store " + directory, e);
        }
        all = lives;
        isSaved = true;
    }
}
