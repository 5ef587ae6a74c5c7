package io.twinroot.service;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.twinroot.carry.DurableFile;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder {@code held} in that of a node: a small file for each batch ({@code g1.json}), for a plan the plan
 * ({@code g1.jsonl}) and, once it was approved, the way back ({@code g1.undo.jsonl}). Calls that change it are made by
 * one thread at a time, but for {@link #unfinished}.
 */
final class HeldFolder {
    /** Its name. */
    static final String NAME = "held";

    private static final Logger LOG = LoggerFactory.getLogger(HeldFolder.class);
    private static final String ID = "g[1-9][0-9]{0,17}";
    private static final Pattern RECORD = Pattern.compile(ID + "\\.json");
    private static final Pattern OF_A_RECORD = Pattern.compile(ID + "\\.(undo\\.)?jsonl");
    private static final long RECORD_BYTES = 4 << 20;

    private final Path folder;
    private long last;

    /** @param data the folder of the node; nothing is written to it before there is something to hold */
    HeldFolder(Path data) {
        this.folder = data.resolve(NAME);
    }

    private StateFile ids() {
        return new StateFile(
                folder, "ids.json", 4_096, "Without the file the ids go on after the largest that is held");
    }

    private StateFile record(String id) {
        return new StateFile(folder, id + ".json", RECORD_BYTES, "Without the file it is not held any more");
    }

    /** The file of a plan that is held. */
    Path plan(String id) {
        return folder.resolve(id + ".jsonl");
    }

    /** The file with the way back, once a plan was approved. */
    Path undo(String id) {
        return folder.resolve(id + ".undo.jsonl");
    }

    /** The number in an id. */
    static long number(String id) {
        return Long.parseLong(id.substring(1));
    }

    /**
     * All that is held. What was not finished is deleted; a file that was altered or cut off is named in the log, and
     * left out.
     *
     * @throws ReplicaException of kind STORAGE when the folder, or the file with the last id, cannot be read
     */
    List<HeldBatch> load() {
        List<HeldBatch> all = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return all;
        }
        last = ids().<Long>read(json -> json.path("last").asLong()).orElse(0L);
        for (String name : names()) {
            if (RECORD.matcher(name).matches()) {
                String id = name.substring(0, name.indexOf('.'));
                last = Math.max(last, number(id));
                try {
                    record(id)
                            .read(HeldJson::read)
                            .filter(held -> held.id().equals(id))
                            .ifPresent(all::add);
                } catch (ReplicaException e) {
                    LOG.warn("{}", e.getMessage());
                }
            } else if (isLeftOver(name)) {
                delete(folder.resolve(name));
            }
        }
        return all;
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw failed("reading " + folder, e);
        }
    }

    private boolean isLeftOver(String name) {
        return name.endsWith(".tmp")
                || OF_A_RECORD.matcher(name).matches()
                        && Files.notExists(folder.resolve(name.substring(0, name.indexOf('.')) + ".json"));
    }

    private static ReplicaException failed(String what, IOException e) {
        return new ReplicaException(Kind.STORAGE, what + " failed: " + e.getMessage(), e);
    }

    private void make() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed("making " + folder, e);
        }
    }

    /** A new file for what is not finished; it goes at the next start. May be called by any thread. */
    Path unfinished() {
        make();
        try {
            return Files.createTempFile(folder, "unfinished", ".tmp");
        } catch (IOException e) {
            throw failed("making a file in " + folder, e);
        }
    }

    /** Gives a finished file its name; after a power loss it has the one or the other. */
    void finish(Path written, Path name) {
        try {
            Files.move(written, name, StandardCopyOption.ATOMIC_MOVE);
            DurableFile.forceFolderOf(name);
        } catch (IOException e) {
            throw failed("writing " + name, e);
        }
    }

    /** An id that was never given before, also not before a restart. */
    String nextId() {
        make();
        ids().write(JsonNodeFactory.instance.objectNode().put("last", last + 1));
        last++;
        return "g" + last;
    }

    /** Writes what is known of a batch; it is on the disk when this returns. */
    void save(HeldBatch held) {
        record(held.id()).write(HeldJson.write(held));
    }

    /** Deletes all that there is of a batch. */
    void delete(String id) {
        delete(record(id).path());
        delete(plan(id));
        delete(undo(id));
    }

    /** Deletes a file. One that cannot be deleted is in nobody's way. */
    void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted: {}", file, e.getMessage());
        }
    }
}
