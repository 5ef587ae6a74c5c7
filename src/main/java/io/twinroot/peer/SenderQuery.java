package io.twinroot.peer;

import io.twinroot.reconcile.Sender;
import io.twinroot.table.Context;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The parameters of a query that say from where changes come: {@code way} and {@code ticket}. */
final class SenderQuery {
    static final String WAY = "way";
    static final String TICKET = "ticket";

    private SenderQuery() {}

    /** The sender, whose context is not known yet; a user where nothing is said. */
    static Sender read(Map<String, byte[]> query) {
        Sender.Way way = way(query.get(WAY));
        byte[] bytes = query.get(TICKET);
        if (bytes == null) {
            return new Sender(way, Context.EMPTY, null);
        }
        String ticket = new String(bytes, StandardCharsets.UTF_8);
        if (way != Sender.Way.REPAIR) {
            throw ProblemException.parameter(TICKET, "a ticket is of an announced repair: write way=repair with it");
        }
        if (ticket.isEmpty()
                || ticket.length() > MeetingJson.NAME_MAX
                || ticket.chars().anyMatch(Character::isISOControl)) {
            throw ProblemException.parameter(TICKET, "this is no ticket that an announce answers");
        }
        return new Sender(way, Context.EMPTY, ticket);
    }

    private static Sender.Way way(byte @org.jspecify.annotations.Nullable [] word) {
        if (word == null) {
            return Sender.Way.USER;
        }
        return switch (new String(word, StandardCharsets.UTF_8)) {
            case "user" -> Sender.Way.USER;
            case "feed" -> Sender.Way.FEED;
            case "repair" -> Sender.Way.REPAIR;
            case "carried" -> Sender.Way.CARRIED;
            default -> throw ProblemException.parameter(WAY, "way is user, feed, repair or carried");
        };
    }

    /** The query for a sender, with its question mark; empty for a user. */
    static String write(Sender sender) {
        if (sender.way() == Sender.Way.USER) {
            return "";
        }
        String ticket = sender.ticket();
        return "?" + WAY + "=" + sender.way().name().toLowerCase(Locale.ROOT)
                + (ticket == null || ticket.isEmpty() ? "" : "&" + TICKET + "=" + Percent.encode(ticket));
    }

    /** Those names, and others that a route knows. */
    static Set<String> and(String... more) {
        Set<String> names = new java.util.LinkedHashSet<>(Set.of(more));
        names.add(WAY);
        names.add(TICKET);
        return names;
    }
}
