package io.twinroot.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The real files of a folder, and what a loss of power would leave of them: it remembers which bytes of each
 * file were forced, and which names were made durable by forcing their folder. All else may be there or not.
 *
 * <p>The rules are POSIX's and no file system's: forcing a file says nothing of its name, forcing a folder
 * nothing of the names in the folders above. Changes of names that were not forced happen each or not, in their
 * order; a rename happens whole. Unforced bytes are kept, lost, or zeros, each sector by itself; the length is
 * the old one, the new one, or between.
 *
 * <p>Operations are one at a time, so that a cut falls between them. Files that others write (MapDB's) count as
 * unforced until they are forced here.
 */
public final class PowerDisk implements Disk {
    private static final int SECTOR = 512;

    /** A file, whatever its name is; a folder has no bytes. */
    private static final class Node {
        private final boolean folder;
        private byte[] forced = new byte[0];

        Node(boolean folder) {
            this.folder = folder;
        }
    }

    /** A change of a folder's names: the node appears under the one and goes from the other. */
    private record Renaming(String from, String to, Node node) {}

    /** The names of a folder: those that are durable, those that are there, and what happened since. */
    private static final class Names {
        private final Map<String, Node> durable = new TreeMap<>();
        private final Map<String, Node> now = new TreeMap<>();
        private final List<Renaming> unforced = new ArrayList<>();
    }

    private final Path root;
    private final Map<Path, Names> folders = new LinkedHashMap<>();
    private Runnable betweenOperations = () -> {};
    private boolean dead;
    private long operations;

    /** @param root a folder that is there, empty, and durable */
    public PowerDisk(Path root) {
        this.root = root;
        folders.put(root, new Names());
    }

    /** What is run before and after each operation, in the thread that does it; it may {@link #cut}. */
    public synchronized void betweenOperations(Runnable action) {
        betweenOperations = action;
    }

    /** How many moments between operations there were so far. */
    public synchronized long operations() {
        return operations;
    }

    /** From now on every operation fails, as if the process had been killed: what it wrote stays, unforced. */
    public synchronized void kill() {
        dead = true;
    }

    /** Another process may use the files. */
    public synchronized void revive() {
        dead = false;
    }

    private void moment() throws IOException {
        if (dead) {
            throw new IOException("the process was killed");
        }
        operations++;
        betweenOperations.run();
        if (dead) {
            throw new IOException("the process was killed");
        }
    }

    /** Finds the names that came and went without this disk. */
    private void observe() throws IOException {
        List<Path> open = new ArrayList<>(List.of(root));
        while (!open.isEmpty()) {
            Path folder = open.removeLast();
            Names names = folders.computeIfAbsent(folder, path -> new Names());
            Map<String, Boolean> found = new HashMap<>();
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    found.put(file.getFileName().toString(), Files.isDirectory(file));
                }
            }
            for (String gone : List.copyOf(names.now.keySet())) {
                if (!found.containsKey(gone)) {
                    names.unforced.add(new Renaming(gone, "", names.now.remove(gone)));
                }
            }
            found.forEach((name, isFolder) -> {
                if (!names.now.containsKey(name)) {
                    appear(names, name, new Node(isFolder));
                }
                if (isFolder) {
                    open.add(folder.resolve(name));
                }
            });
        }
    }

    private static void appear(Names names, String name, Node node) {
        names.now.put(name, node);
        names.unforced.add(new Renaming("", name, node));
    }

    private Names names(Path folder) {
        Names names = folders.get(folder);
        if (names == null) {
            throw new IllegalStateException("nothing is known of folder " + folder);
        }
        return names;
    }

    @Override
    public synchronized Output create(Path file) throws IOException {
        moment();
        observe();
        Output real = Disk.super.create(file);
        Names names = names(file.getParent());
        Node node = new Node(false);
        appear(names, file.getFileName().toString(), node);
        moment();
        return new Watched(real, node);
    }

    @Override
    public synchronized Output append(Path file) throws IOException {
        moment();
        observe();
        Node node = names(file.getParent()).now.get(file.getFileName().toString());
        return new Watched(Disk.super.append(file), node);
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        moment();
        observe();
        Disk.super.rename(from, to);
        String old = from.getFileName().toString();
        String name = to.getFileName().toString();
        Names source = names(from.getParent());
        Names target = names(to.getParent());
        Node node = source.now.remove(old);
        target.now.put(name, node);
        target.unforced.add(new Renaming(source == target ? old : "", name, node));
        if (source != target) {
            source.unforced.add(new Renaming(old, "", node));
        }
        moment();
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        moment();
        observe();
        Disk.super.delete(file);
        observe();
        moment();
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        moment();
        observe();
        Names names = names(directory);
        names.durable.clear();
        names.durable.putAll(names.now);
        names.unforced.clear();
        moment();
    }

    /** Makes a copy of the folder as it would be found after a loss of power at this moment. */
    public synchronized void cut(Path copy, Random random) throws IOException {
        observe();
        cut(root, copy, random);
    }

    private void cut(Path folder, Path copy, Random random) throws IOException {
        Files.createDirectories(copy);
        Names names = names(folder);
        Map<String, Node> left = new TreeMap<>(names.durable);
        int kept = random.nextInt(3); // none, all, or some
        for (Renaming change : names.unforced) {
            if (kept == 1 || (kept == 2 && random.nextBoolean())) {
                left.remove(change.from(), change.node());
                if (!change.to().isEmpty()) {
                    left.put(change.to(), change.node());
                }
            }
        }
        for (Map.Entry<String, Node> name : left.entrySet()) {
            Path file = copy.resolve(name.getKey());
            if (name.getValue().folder) {
                cut(folder.resolve(name.getKey()), file, random);
            } else {
                Files.write(file, bytes(name.getValue(), written(name.getValue()), random));
            }
        }
    }

    /** What a file has by now; what it had when it was forced, where it has no name any more. */
    private byte[] written(Node node) throws IOException {
        for (Map.Entry<Path, Names> folder : folders.entrySet()) {
            for (Map.Entry<String, Node> name : folder.getValue().now.entrySet()) {
                if (name.getValue() == node) {
                    try {
                        return Files.readAllBytes(folder.getKey().resolve(name.getKey()));
                    } catch (NoSuchFileException e) {
                        return node.forced; // it went this moment
                    }
                }
            }
        }
        return node.forced;
    }

    private static byte[] bytes(Node node, byte[] written, Random random) {
        byte[] forced = node.forced;
        int kept = random.nextInt(4);
        if (kept == 0 || Arrays.equals(forced, written)) {
            return forced;
        }
        if (kept == 1) {
            return written;
        }
        int least = Math.min(forced.length, written.length);
        int most = Math.max(forced.length, written.length);
        byte[] left = Arrays.copyOf(forced, kept == 2 ? written.length : least + random.nextInt(most - least + 1));
        for (int from = 0; from < left.length; from += SECTOR) {
            int to = Math.min(left.length, from + SECTOR);
            if (random.nextBoolean() && from < written.length) {
                System.arraycopy(written, from, left, from, Math.min(to, written.length) - from);
            }
        }
        return left;
    }

    private final class Watched implements Output {
        private final Output real;
        private final Node node;

        Watched(Output real, Node node) {
            this.real = real;
            this.node = node;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            synchronized (PowerDisk.this) {
                moment();
                real.write(bytes);
                moment();
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (PowerDisk.this) {
                moment();
                node.forced = written(node);
                moment();
            }
        }

        @Override
        public void truncate(long length) throws IOException {
            synchronized (PowerDisk.this) {
                moment();
                real.truncate(length);
                moment();
            }
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }
}
