package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.TableName;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkBookTest {
    private static final Instant T = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final Link.Key ORDERS = new Link.Key("north", new TableName("shop/orders"));
    private static final Link.Key PRICES = new Link.Key("north", new TableName("shop/prices"));

    @TempDir
    private Path folder;

    private static List<Config.Peer> peers(int port) {
        return List.of(new Config.Peer(
                "north",
                URI.create("http://127.0.0.1:" + port),
                List.of(),
                Config.Direction.BOTH,
                Duration.ofMinutes(1),
                0.1,
                Duration.ZERO,
                Config.Retry.DEFAULT,
                OptionalLong.empty(),
                1,
                true));
    }

    private LinkBook book() {
        return new LinkBook(folder, peers(1));
    }

    @Test
    void whatWasNotedIsThereAfterwards() {
        LinkBook book = book();
        book.synced(ORDERS, T, true, T);
        book.synced(ORDERS, T.plusSeconds(60), false, T.plusSeconds(61));
        book.synced(PRICES, T, false, T.plusSeconds(62));
        assertEquals(Optional.empty(), book().times(PRICES), "it is not written each time");
        book.save(T.plusSeconds(63));
        LinkBook again = book();
        assertEquals(Set.of(ORDERS, PRICES), again.keys());
        assertEquals(Optional.of(new LinkBook.Times(T.plusSeconds(60), T)), again.times(ORDERS));
        assertEquals(Optional.of(new LinkBook.Times(T, null)), again.times(PRICES));
    }

    @Test
    void aPeerAtAnotherAddressIsAnotherOne() {
        book().synced(ORDERS, T, true, T);
        assertEquals(Set.of(), new LinkBook(folder, peers(2)).keys());
        assertEquals(Set.of(), new LinkBook(folder, List.of()).keys());
        assertEquals(Set.of(ORDERS), book().keys());
    }

    @Test
    void aFileThatIsNoneIsNamed() throws Exception {
        for (String text : List.of(
                "x",
                "{\"format\": 9}",
                "{\"format\": 1, \"links\": [{\"peer\": \"north\", \"url\": \"http://127.0.0.1:1\", \"table\": \"t\","
                        + " \"lastSync\": \"today\"}]}")) {
            Files.writeString(folder.resolve(LinkBook.NAME), text);
            ReplicaException e = assertThrows(ReplicaException.class, this::book);
            assertEquals(ReplicaException.Kind.STORAGE, e.kind());
            assertTrue(e.getMessage().contains(LinkBook.NAME), e.getMessage());
        }
    }
}
