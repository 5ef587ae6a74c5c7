package io.twinroot.store;

import io.twinroot.log.CheckedText;
import io.twinroot.log.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code store.json}: says that a directory is a store, and of which format. */
final class StoreFile {
    static final int FORMAT = 3;

    static final String NAME = "store.json";
    private static final int MAX_BYTES = 64 << 10;
    private static final Pattern FORM = Pattern.compile("\"format\"\\s*:\\s*(\\d{1,9})\\b");

    private StoreFile() {}

    static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(NAME));
    }

    /** Makes sure that a directory is a store of our format; makes it one where it is empty. */
    static void check(Path directory, Disk disk, boolean create, long nowMs) throws IOException {
        Path file = directory.resolve(NAME);
        if (Files.notExists(file)) {
            if (!create) {
                throw new StoreException(StoreException.Kind.ABSENT, "there is no store in " + directory);
            }
            refuseForeign(directory);
            write(directory, disk, nowMs);
        }
        String text;
        try (var in = Files.newInputStream(file)) {
            text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        }
        Matcher format = FORM.matcher(text);
        if (!format.find()) {
            throw new StoreException(
                    StoreException.Kind.FORMAT, file + " does not say its format; put back a copy of this file");
        }
        if (Integer.parseInt(format.group(1)) != FORMAT) {
            throw new StoreException(
                    StoreException.Kind.FORMAT,
                    "the store " + directory + " is of format " + format.group(1) + "; this program knows format "
                            + FORMAT + ". " + wayOver(Integer.parseInt(format.group(1))));
        }
    }

    private static String wayOver(int format) {
        return format > FORMAT
                ? "Use the program that wrote it, or a newer one"
                : "Dump its tables with the program that wrote it, and load them into a new store";
    }

    private static void refuseForeign(Path directory) throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("LOCK") && !name.equals(NAME + ".tmp"))
                    .sorted()
                    .limit(4)
                    .toList();
        }
        if (names.contains("log")) {
            throw new StoreException(
                    StoreException.Kind.DAMAGED,
                    "the store " + directory + " has a log and no " + NAME + "; put back a copy of that file");
        }
        if (!names.isEmpty()) {
            throw new StoreException(
                    StoreException.Kind.FORMAT,
                    directory + " is not a store and not empty (" + String.join(", ", names)
                            + "); name an empty or new directory");
        }
    }

    private static void write(Path directory, Disk disk, long nowMs) throws IOException {
        String json = "{\"format\": " + FORMAT + ", \"created\": \"" + Instant.ofEpochMilli(nowMs) + "\"}\n";
        CheckedText.replace(directory, NAME, json.getBytes(StandardCharsets.UTF_8), disk);
    }
}
