package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the feeds remember in their file. */
final class FeedStatesTest {
    private static final TableName TABLE = new TableName("a/b");

    @TempDir
    Path folder;

    private FeedStates load() {
        return FeedStates.load(folder, () -> 7);
    }

    @Test
    void whatWasSavedIsThereAgain() {
        FeedStates states = load();
        states.cursor("p", "c-1");
        states.turn("p", TABLE, false);
        states.cursor("p", "c-2");
        FeedStates again = load();
        assertEquals(Optional.of("c-1"), again.cursor("p"));
        assertEquals(Optional.of(false), again.switched("p", TABLE));
        assertEquals(Optional.empty(), again.switched("q", TABLE));
        assertEquals("00000000000000070000000000000007", again.reader());
        states.save();
        assertEquals(Optional.of("c-2"), load().cursor("p"));
        states.cursor("p", null);
        states.save();
        assertEquals(Optional.empty(), load().cursor("p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", "{\"format\":2}", "{\"format\":1,\"reader\":\"x\"}"})
    void aFileThatCannotBeReadIsNamed(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("feeds.json"), content);
        ReplicaException e = assertThrows(ReplicaException.class, this::load);
        assertTrue(e.getMessage().startsWith(file + " cannot be read"), e.getMessage());
        assertEquals(content, Files.readString(file));
    }
}
