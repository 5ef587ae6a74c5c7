package io.twinroot.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import io.twinroot.table.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The story of two copies: B becomes a duplicate of A, lives through a restore from an older copy, deletes,
 * changes and a damaged file; verify finds exactly that, repair heals exactly that, and the second time the
 * schedule heals it alone. Every command is run as the command line runs it, and every answer is checked
 * against what was done.
 */
final class Demo implements AutoCloseable {
    private static final String CHARACTERS = "unicode/characters";
    private static final String FILES = "jdk/files";
    private static final Duration HEALING = Duration.ofSeconds(40);
    private static final int CHANGED_IN_A = 60;
    private static final int NEW_IN_A = 20;
    private static final int DELETED_IN_B = 40;
    private static final int CHANGED_IN_B = 25;

    private final Path folder;
    private final Screen screen;
    private final PrintStream out;
    private final Stage stage;
    private final boolean keep;
    private final Thread cleaning = new Thread(this::cleanUp);
    private final AtomicReference<@Nullable NodeProcess> a = new AtomicReference<>();
    private final AtomicReference<@Nullable NodeProcess> b = new AtomicReference<>();
    private final int portA = freePort();
    private final int portB = freePort();
    private final int[] characters;
    private final Path files;
    private final long started = System.nanoTime();
    private long size;

    private Demo(Path folder, Screen screen, boolean keep, boolean small) throws IOException {
        this.folder = folder;
        this.screen = screen;
        this.out = screen.out();
        this.stage = new Stage(folder, screen);
        this.keep = keep;
        int[] all = UnicodeCharacters.all();
        this.characters = small ? Arrays.copyOf(all, 3_000) : all;
        this.files = Path.of(System.getProperty("java.home"), small ? "conf" : "");
    }

    static Demo in(Path temp, Screen screen, boolean keep, boolean small) throws IOException {
        Files.createDirectories(temp);
        Demo demo = new Demo(Files.createTempDirectory(temp, "twinroot-demo-"), screen, keep, small);
        Runtime.getRuntime().addShutdownHook(demo.cleaning);
        return demo;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private String placeA() {
        return "http://127.0.0.1:" + portA;
    }

    private String placeB() {
        return "http://127.0.0.1:" + portB;
    }

    void run() throws IOException, InterruptedException {
        startTwoNodes();
        loadA();
        duplicateToB();
        copyB();
        lifeGoesOn();
        damageB();
        findOut();
        repair();
        healAlone();
        out.println();
        out.println(screen.green("All of it went as it should, in "
                + Figures.time(Duration.ofNanos(System.nanoTime() - started)) + "."));
    }

    private void startTwoNodes() throws IOException, InterruptedException {
        stage.title("Two nodes, two processes, each with its own data");
        start(a, "a", "serve", "--data", "a", "--port", Integer.toString(portA));
        startB();
    }

    private void startB() throws IOException, InterruptedException {
        start(b, "b", "serve", "--data", "b", "--port", Integer.toString(portB));
    }

    private void start(AtomicReference<@Nullable NodeProcess> node, String name, String... arguments)
            throws IOException, InterruptedException {
        stage.command("twinroot " + String.join(" ", arguments) + " &");
        NodeProcess started = NodeProcess.launch(folder, folder.resolve(name + ".log"), List.of(arguments));
        node.set(started); // before waiting, so that it is ended whatever happens
        started.awaitListening();
    }

    private void loadA() throws IOException {
        stage.title("Real data into A: the JDK's Unicode database, and the JDK's own files");
        Path rows = folder.resolve("unicode.jsonl");
        UnicodeCharacters.write(rows, characters);
        stage.say("unicode.jsonl has " + Figures.count(characters.length, "row") + ", "
                + Figures.bytes(Files.size(rows)));
        stage.run(Exit.SAME, "load", placeA() + "/" + CHARACTERS, rows.toString(), "--create");
        stage.run(Exit.SAME, "load", placeA() + "/" + FILES, "--files", files.toString(), "--create");
        size = Files.size(rows) + Stage.size(files);
    }

    private void duplicateToB() throws IOException {
        stage.title("B has nothing yet; repair makes it a complete duplicate over the wire");
        stage.run(Exit.DIFFERENT, "verify", placeA(), placeB());
        stage.run(Exit.SAME, "repair", placeA(), placeB(), "--apply");
        stage.run(Exit.SAME, "verify", placeA(), placeB());
    }

    private void copyB() throws IOException, InterruptedException {
        stage.title("Somebody makes a backup of B");
        stop(b, "B");
        stage.command("cp -r b b-backup");
        Stage.copy(folder.resolve("b"), folder.resolve("b-backup"));
        startB();
    }

    private void lifeGoesOn() throws IOException {
        stage.title("Life goes on: " + CHANGED_IN_A + " rows change in A, " + NEW_IN_A + " are new, and B follows");
        Map<String, Map<String, Value>> rows = new TreeMap<>();
        for (int codePoint : changedInA()) {
            rows.put(UnicodeCharacters.uid(codePoint), renamed(codePoint, " (CORRECTED IN A)"));
        }
        for (String uid : newInA()) {
            rows.put(uid, Map.of("name", new Value.Text("PROPOSED " + uid)));
        }
        stage.run(Exit.SAME, "load", placeA() + "/" + CHARACTERS, write("corrections.jsonl", rows));
        stage.run(Exit.SAME, "repair", placeA(), placeB(), "--apply");
    }

    private void damageB() throws IOException, InterruptedException {
        stage.title("B breaks, and is restored from the older backup: it forgets all of that");
        stop(b, "B");
        restoreB();
        startB();

        stage.title("B's users go on with it: they delete " + DELETED_IN_B + " rows and change " + CHANGED_IN_B);
        List<String> delete = new ArrayList<>(List.of("delete", placeB() + "/" + CHARACTERS));
        delete.addAll(deletedInB());
        stage.run(Exit.SAME, delete.toArray(String[]::new));
        Map<String, Map<String, Value>> rows = new TreeMap<>();
        for (int codePoint : changedInB()) {
            rows.put(UnicodeCharacters.uid(codePoint), renamed(codePoint, " (EDITED IN B)"));
        }
        stage.run(Exit.SAME, "load", placeB() + "/" + CHARACTERS, write("edits.jsonl", rows));

        stage.title("And a file of B's database loses half of its bytes");
        stop(b, "B");
        cutLargestFile(folder.resolve("b/view"));
        long before = Files.size(folder.resolve("b.log"));
        startB();
        String said = Files.readString(folder.resolve("b.log"))
                .substring((int) before)
                .strip();
        Stage.check(!said.isEmpty(), "B did not say that it found the damage");
        said.lines().limit(3).forEach(line -> stage.say("B says: " + line));
    }

    private void restoreB() throws IOException {
        stage.command("rm -r b; cp -r b-backup b");
        Stage.delete(folder.resolve("b"));
        Stage.copy(folder.resolve("b-backup"), folder.resolve("b"));
    }

    private void findOut() throws IOException {
        stage.title("verify finds out what differs: exactly this, and nothing else");
        stage.run(Exit.DIFFERENT, "verify", placeA(), placeB());
        Map<String, String> expected = new TreeMap<>();
        IntStream.concat(IntStream.of(changedInA()), IntStream.of(changedInB()))
                .forEach(codePoint -> expected.put(UnicodeCharacters.uid(codePoint), Kind.CHANGED.json()));
        Stream.concat(newInA().stream(), deletedInB().stream())
                .forEach(uid -> expected.put(uid, Kind.ONLY_IN_A.json()));
        Map<String, String> found = new TreeMap<>();
        long bytes = 0;
        long roundTrips = 0;
        for (JsonNode line : stage.json("verify", placeA(), placeB(), "--json")) {
            if (line.path("type").asText().equals("difference")) {
                Stage.check(line.path("table").asText().equals(CHARACTERS), "a difference in another table: " + line);
                found.put(line.path("uid").asText(), line.path("kind").asText());
            }
            bytes += line.path("type").asText().equals("table")
                    ? line.path("bytes").asLong()
                    : 0;
            roundTrips += line.path("roundTrips").asLong();
        }
        Stage.check(found.equals(expected), "verify found " + found + " where " + expected + " was done");
        stage.say(Figures.bytes(bytes) + " and " + Figures.count(roundTrips, "round trip")
                + " to find them in tables of " + Figures.bytes(size));
        stage.say("checked: these " + Figures.count(found.size(), "row")
                + " are the ones that were touched, no more, no less");
    }

    private void repair() throws IOException {
        stage.title("repair shows its plan, then does it: the newer version of each row wins, and nothing else moves;"
                + " it names the copy that was restored, and its exit code is 1 for that");
        stage.run(Exit.DIFFERENT, "repair", placeA(), placeB(), "--limit", "6");
        stage.run(Exit.DIFFERENT, "repair", placeA(), placeB(), "--apply");
        stage.run(Exit.SAME, "verify", placeA(), placeB());
    }

    private void healAlone() throws IOException, InterruptedException {
        stage.title("The second time nobody is asked: B repairs itself with A, every 2 seconds");
        stop(b, "B");
        restoreB();
        Path config = folder.resolve("b.json");
        Files.writeString(config, """
                {
                  "data": "b",
                  "listen": {"port": %d},
                  "peers": [{"name": "a", "url": "%s", "every": "2s", "settle": "200ms", "feed": false}]
                }
                """.formatted(portB, placeA()));
        stage.command("cat b.json");
        Files.readString(config).lines().forEach(out::println);
        long from = System.nanoTime();
        start(b, "b", "serve", "--config", "b.json");
        while (stage.silently("verify", placeA(), placeB(), "--quiet") != Exit.SAME) {
            Stage.check(
                    System.nanoTime() - from < HEALING.toNanos(),
                    "B was not healed within " + Figures.time(HEALING) + ":\n"
                            + Files.readString(folder.resolve("b.log")));
            Thread.sleep(200);
        }
        stage.say("healed " + Figures.time(Duration.ofNanos(System.nanoTime() - from)) + " after the start");
        stage.run(Exit.SAME, "verify", placeA(), placeB());
        stage.run(Exit.SAME, "status", placeB());
    }

    private int[] changedInA() {
        return spread(CHANGED_IN_A, 0);
    }

    private int[] changedInB() {
        return spread(CHANGED_IN_B, 1);
    }

    private List<String> deletedInB() {
        return IntStream.of(spread(DELETED_IN_B, 2))
                .mapToObj(UnicodeCharacters::uid)
                .toList();
    }

    private static List<String> newInA() {
        return IntStream.rangeClosed(1, NEW_IN_A)
                .mapToObj(i -> String.format("proposal-%02d", i))
                .toList();
    }

    /** So many characters, spread over the table. The three choices do not meet. */
    private int[] spread(int count, int choice) {
        int stride = characters.length / count / 3 * 3;
        return IntStream.range(0, count)
                .map(i -> characters[i * stride + choice])
                .toArray();
    }

    private static Map<String, Value> renamed(int codePoint, String remark) {
        Map<String, Value> fields = new TreeMap<>(UnicodeCharacters.fields(codePoint));
        fields.put("name", new Value.Text(Character.getName(codePoint) + remark));
        return fields;
    }

    private String write(String name, Map<String, Map<String, Value>> rows) throws IOException {
        Path file = folder.resolve(name);
        JsonFactory factory = new JsonFactory();
        try (OutputStream lines = Files.newOutputStream(file)) {
            for (Map.Entry<String, Map<String, Value>> row : rows.entrySet()) {
                lines.write(UnicodeCharacters.line(factory, row.getKey(), row.getValue()));
            }
        }
        return file.toString();
    }

    private void cutLargestFile(Path view) throws IOException {
        Path largest;
        try (Stream<Path> files = Files.walk(view)) {
            largest = files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow(() -> new Trouble("there is no file under " + view));
        }
        long half = Files.size(largest) / 2;
        stage.command("truncate -s " + half + " " + folder.relativize(largest));
        try (RandomAccessFile file = new RandomAccessFile(largest.toFile(), "rw")) {
            file.setLength(half);
        }
    }

    private void stop(AtomicReference<@Nullable NodeProcess> node, String name) throws InterruptedException {
        stage.command("kill %" + name);
        NodeProcess running = node.getAndSet(null);
        if (running != null) {
            running.stop();
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(cleaning);
        cleanUp();
    }

    /** Also when the demo is interrupted: no process and no data stay behind. */
    private void cleanUp() {
        Stream.of(a, b).map(AtomicReference::get).forEach(node -> {
            if (node != null) {
                node.close();
            }
        });
        if (keep) {
            out.println("The data is in " + folder);
            return;
        }
        try {
            Stage.delete(folder);
        } catch (IOException e) {
            screen.err().println("twinroot: " + folder + " could not be removed: " + e.getMessage());
        }
    }
}
