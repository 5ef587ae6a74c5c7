package io.twinroot.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.reconcile.ReplicaException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.Function;

/**
 * A small file of JSON in a node's folder that is replaced as a whole: after a crash it is the old one or the new.
 *
 * @param maxBytes one that is larger is refused
 * @param without for messages: what happens without the file
 */
record StateFile(Path folder, String name, long maxBytes, String without) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    Path path() {
        return folder.resolve(name);
    }

    /**
     * Reads it; empty where there is none.
     *
     * @param reading makes something of it; throws IllegalArgumentException with what is wrong
     * @throws ReplicaException of kind STORAGE when it is there and can't be read
     */
    <T> Optional<T> read(Function<JsonNode, T> reading) {
        try {
            if (Files.notExists(path())) {
                return Optional.empty();
            }
            if (Files.size(path()) > maxBytes) {
                throw unreadable("it has more than " + maxBytes + " bytes", null);
            }
            return Optional.of(reading.apply(MAPPER.readTree(Files.readAllBytes(path()))));
        } catch (JsonProcessingException e) {
            throw unreadable("it is not JSON", e);
        } catch (IllegalArgumentException | IOException e) {
            throw unreadable(String.valueOf(e.getMessage()), e);
        }
    }

    private ReplicaException unreadable(String why, @org.jspecify.annotations.Nullable Exception cause) {
        String message = path() + " cannot be read: " + why + ". " + without;
        return cause == null
                ? new ReplicaException(Kind.STORAGE, message)
                : new ReplicaException(Kind.STORAGE, message, cause);
    }

    /**
     * Replaces it, on the disk when this returns.
     *
     * @throws ReplicaException of kind STORAGE when it could not be written
     */
    void write(JsonNode json) {
        Path unfinished = folder.resolve(name + ".tmp");
        try {
            try (FileChannel out = FileChannel.open(
                    unfinished,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer bytes =
                        ByteBuffer.wrap(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(unfinished, path(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new ReplicaException(Kind.STORAGE, "writing " + path() + " failed: " + e.getMessage(), e);
        }
    }
}
