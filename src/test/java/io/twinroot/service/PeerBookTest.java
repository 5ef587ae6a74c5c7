package io.twinroot.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.reconcile.Knowledge;
import io.twinroot.reconcile.ReplicaException;
import io.twinroot.table.Context;
import io.twinroot.table.Incarnation;
import io.twinroot.table.TableName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PeerBookTest {
    private static final String NODE = "ab".repeat(32);
    private static final TableName TABLE = new TableName("shop/orders");
    private static final Incarnation FIRST = Incarnation.of(7, 1_000, 1);
    private static final Incarnation SECOND = Incarnation.of(7, 2_000, 2);
    private static final Incarnation OTHER = Incarnation.of(7, 2_500, 3);

    @TempDir
    private Path folder;

    private static Knowledge in(Incarnation life, Incarnation... earlier) {
        return new Knowledge(NODE, life, List.of(earlier), Context.EMPTY, 0, List.of(), false);
    }

    @Test
    void aRestartIsNoNews() {
        PeerBook book = new PeerBook(folder);
        assertEquals(Optional.empty(), book.met(in(FIRST), 1));
        assertEquals(Optional.empty(), book.met(in(FIRST), 2));
        assertEquals(Optional.empty(), book.met(in(SECOND, FIRST), 3));
    }

    @Test
    void aNodeThatDoesNotKnowItsLastLifeWasRestored() {
        PeerBook book = new PeerBook(folder);
        book.met(in(SECOND, FIRST), 1);
        Optional<String> note = book.met(in(OTHER, FIRST), 2);
        assertTrue(note.orElseThrow().contains("older copy"), note.get());
        assertEquals(Optional.empty(), book.met(in(OTHER, FIRST), 3));
    }

    @Test
    void twoThatPassForOneAreRefusedAlsoAfterARestart() {
        PeerBook book = new PeerBook(folder);
        book.met(in(SECOND, FIRST), 1);
        book.met(in(OTHER, FIRST), 2);
        for (PeerBook again : List.of(book, new PeerBook(folder))) {
            ReplicaException refused = assertThrows(ReplicaException.class, () -> again.met(in(SECOND, FIRST), 3));
            assertEquals(ReplicaException.Kind.IDENTITY_CONFLICT, refused.kind());
            assertTrue(refused.getMessage().contains("twinroot identity --renew"), refused.getMessage());
        }
    }

    @Test
    void remembersHowFarOthersAre() {
        PeerBook book = new PeerBook(folder);
        Context.Editor context = Context.EMPTY.edit();
        context.addUpTo(FIRST, 17);
        book.met(in(FIRST), 5);
        book.seen(NODE, TABLE, context.context(), 50);
        book.save(60);
        PeerBook again = new PeerBook(folder);
        assertEquals(List.of(context.context()), again.seenSince(TABLE, 50));
        assertEquals(List.of(), again.seenSince(TABLE, 51));
        assertEquals(50, again.lastMetMs(TABLE));
        assertEquals(0, again.lastMetMs(new TableName("shop/users")));
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        Files.writeString(folder.resolve("peers.json"), "{\"format\":9}");
        ReplicaException refused = assertThrows(ReplicaException.class, () -> new PeerBook(folder));
        assertTrue(refused.getMessage().contains("peers.json"), refused.getMessage());
        assertTrue(refused.getMessage().contains("format"), refused.getMessage());
    }
}
