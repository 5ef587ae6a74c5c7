package io.twinroot.reconcile;

import io.twinroot.reconcile.ReplicaException.Kind;
import io.twinroot.table.TableName;
import io.twinroot.wire.Message;
import io.twinroot.wire.MessageCodec;
import io.twinroot.wire.MessageException;
import io.twinroot.wire.Opaque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers the narrowings of others over the tables of one place. A session is a snapshot and a few numbers;
 * there are at most {@value #MOST_SESSIONS}, and one ends {@value #IDLE_MS} ms after its last question. The
 * one that has been idle the longest makes room for a new one.
 *
 * <p>May be used by many threads; the questions of one session are answered one after the other.
 */
public final class NarrowingHost {
    public static final int MOST_SESSIONS = 64;
    public static final long IDLE_MS = 120_000;

    /** Differences of a driven narrowing on one page. */
    private static final int PAGE = 5_000;

    /** The differences a driven narrowing keeps for its driver. */
    private static final int MOST_DRIVEN = 1_000_000;

    private sealed interface Role {
        record Answering(Responder responder) implements Role {}

        record Driven(Narrowing narrowing, int width) implements Role {}

        record Ended(Narrowing.Result result) implements Role {}
    }

    private static final class Session {
        final TableName table;
        Role role;
        long lastMs;

        Session(TableName table, Role role, long nowMs) {
            this.table = table;
            this.role = role;
            this.lastMs = nowMs;
        }
    }

    private final Map<Long, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
    private final LongSupplier random;
    private final LongSupplier nowMs;

    /**
     * @param random numbers that nobody can foresee, for session names and nonces
     * @param nowMs a clock that does not go back, in milliseconds
     */
    public NarrowingHost(LongSupplier random, LongSupplier nowMs) {
        this.random = random;
        this.nowMs = nowMs;
    }

    /**
     * Answers one question about a table.
     *
     * @param current gives the table as it is now, for a new session
     * @throws ReplicaException of kind {@link Kind#BAD_REQUEST} for bytes that are no question,
     *     {@link Kind#SESSION_GONE} for a session that is over
     */
    public byte[] answer(TableName table, Supplier<Snapshot> current, byte[] question) {
        long id = MessageCodec.sessionOf(question);
        try {
            return id == 0 ? begin(table, current, question) : proceed(table, id, question);
        } catch (MessageException e) {
            throw new ReplicaException(Kind.BAD_REQUEST, "table " + table + ": " + e.getMessage(), e);
        }
    }

    private byte[] begin(TableName table, Supplier<Snapshot> current, byte[] question) {
        return switch (MessageCodec.decode(question, Narrowing.SHORT)) {
            case Message.Open open -> {
                Snapshot snapshot = current.get();
                if (open.root().equals(snapshot.tree().root().root())) {
                    yield MessageCodec.encode(new Message.Same(), open.width());
                }
                long session = newId();
                Responder responder = new Responder(snapshot, open, session);
                Message.Opened opened = responder.opened();
                add(session, new Session(table, new Role.Answering(responder), nowMs.getAsLong()));
                yield MessageCodec.encode(opened, open.width());
            }
            case Message.Drive(int width, boolean prove) -> {
                long id = newId();
                Narrowing narrowing = new Narrowing(current.get(), width, random.getAsLong(), MOST_DRIVEN, prove);
                add(id, new Session(table, new Role.Driven(narrowing, width), nowMs.getAsLong()));
                yield MessageCodec.encode(new Message.Driven(id, new Opaque(narrowing.start())), width);
            }
            default -> throw new MessageException("this is no first question");
        };
    }

    private byte[] proceed(TableName table, long id, byte[] question) {
        Session session = find(table, id);
        synchronized (session) {
            return switch (session.role) {
                case Role.Answering(Responder responder) -> {
                    int width = responder.width();
                    Message answer = switch (MessageCodec.decode(question, width)) {
                        case Message.Compare compare -> responder.answer(compare);
                        case Message.Fetch fetch -> responder.answer(fetch);
                        case Message.Among among -> responder.answer(among);
                        default -> throw new MessageException("a responder is not asked this");
                    };
                    yield MessageCodec.encode(answer, width);
                }
                case Role.Driven(Narrowing narrowing, int width) -> {
                    if (!(MessageCodec.decode(question, width) instanceof Message.DriveNext(long same, var answer))) {
                        throw new MessageException("a driven narrowing waits for an answer");
                    }
                    yield switch (narrowing.next(answer.toBytes())) {
                        case Narrowing.Step.Ask(var ask) -> MessageCodec.encode(new Message.Driven(id, ask), width);
                        case Narrowing.Step.Done(Narrowing.Result result) -> {
                            session.role = new Role.Ended(result);
                            yield MessageCodec.encode(page(result, 0), width);
                        }
                    };
                }
                case Role.Ended(Narrowing.Result result) -> {
                    if (!(MessageCodec.decode(question, Narrowing.SHORT)
                            instanceof Message.DrivePage(long same, int page))) {
                        throw new MessageException("a narrowing that has ended is asked for pages only");
                    }
                    yield MessageCodec.encode(page(result, page), Narrowing.SHORT);
                }
            };
        }
    }

    private static Message.DriveEnd page(Narrowing.Result result, int page) {
        return switch (result) {
            case Narrowing.Result.Same() -> new Message.DriveEnd(0, true, false, 1, List.of(), "");
            case Narrowing.Result.Incompatible(String reason) ->
                new Message.DriveEnd(2, false, false, 1, List.of(), reason);
            case Narrowing.Result.Collision() -> new Message.DriveEnd(3, false, false, 1, List.of(), "");
            case Narrowing.Result.Different(List<Difference> all, boolean proven, boolean truncated) -> {
                int pages = (all.size() + PAGE - 1) / PAGE;
                if (page >= pages) {
                    throw new MessageException("page " + page + " of " + pages);
                }
                List<Message.Finding> findings = new ArrayList<>();
                for (Difference one : all.subList(page * PAGE, Math.min(all.size(), (page + 1) * PAGE))) {
                    findings.add(finding(one));
                }
                yield new Message.DriveEnd(1, proven, truncated, pages, findings, "");
            }
        };
    }

    private static Message.Finding finding(Difference difference) {
        return switch (difference) {
            case Difference.OfRow(var uid, var mine, var theirs) -> new Message.Finding.OfRow(uid, mine, theirs);
            case Difference.OnlyMine(var range, long count) -> new Message.Finding.OnlyMine(range, count);
            case Difference.OnlyTheirs(var range, long count) -> new Message.Finding.OnlyTheirs(range, count);
        };
    }

    private long newId() {
        long id = random.getAsLong();
        return id == 0 ? 1 : id;
    }

    private void add(long id, Session session) {
        synchronized (sessions) {
            Iterator<Session> oldest = sessions.values().iterator();
            while (oldest.hasNext()
                    && (oldest.next().lastMs < session.lastMs - IDLE_MS || sessions.size() >= MOST_SESSIONS)) {
                oldest.remove();
            }
            sessions.put(id, session);
        }
    }

    private Session find(TableName table, long id) {
        synchronized (sessions) {
            Session session = sessions.get(id);
            long now = nowMs.getAsLong();
            if (session == null || !session.table.equals(table) || session.lastMs < now - IDLE_MS) {
                sessions.remove(id);
                throw new ReplicaException(
                        Kind.SESSION_GONE, "the narrowing of " + table + " is over or unknown here; start a new one");
            }
            session.lastMs = now;
            return session;
        }
    }
}
