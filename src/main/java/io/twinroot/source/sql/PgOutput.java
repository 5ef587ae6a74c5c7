package io.twinroot.source.sql;

import io.twinroot.source.SourceException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys in what PostgreSQL's plugin {@code pgoutput} sends (protocol 1), as the server writes them as texts. A
 * transaction comes when it was committed, as a whole. For one thread.
 */
final class PgOutput {
    private final List<String> columns;
    private final String table;

    /** Where the columns of the key are in each relation; a partitioned table has several. */
    private final Map<Integer, int[]> places = new HashMap<>();

    private final Set<List<String>> keys = new LinkedHashSet<>();
    private final Set<Integer> transactions = new LinkedHashSet<>();
    private boolean inTransaction;
    private boolean isAll;
    private long committed;
    private int xid;

    /** @param columns of the key, in the order in which their values are wanted */
    PgOutput(String table, List<String> columns) {
        this.table = table;
        this.columns = List.copyOf(columns);
    }

    /** Keys of rows that may have changed, until {@link #forget}. */
    Set<List<String>> keys() {
        return keys;
    }

    /** The transactions that they are of. */
    Set<Integer> transactions() {
        return transactions;
    }

    /** Whether something happened that is about all rows. */
    boolean isAll() {
        return isAll;
    }

    /** Whether the rest of a transaction is to come. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** The end of the last transaction that came to its end; 0 for none. */
    long committed() {
        return committed;
    }

    /** What came so far is done. */
    void forget() {
        keys.clear();
        transactions.clear();
        isAll = false;
    }

    void take(ByteBuffer message) {
        switch (message.get()) {
            case 'B' -> {
                inTransaction = true;
                xid = message.getInt(message.position() + 16);
            }
            case 'C' -> {
                inTransaction = false;
                committed = message.getLong(message.position() + 9);
            }
            case 'R' -> relation(message);
            case 'I' -> row(message, false);
            case 'U', 'D' -> row(message, true);
            case 'T' -> {
                transactions.add(xid);
                isAll = true;
            }
            default -> {} // types and origins
        }
    }

    private void relation(ByteBuffer message) {
        int relation = message.getInt();
        var _ = text(message);
        var _ = text(message);
        message.get();
        int[] found = new int[columns.size()];
        java.util.Arrays.fill(found, -1);
        int count = message.getShort();
        for (int i = 0; i < count; i++) {
            message.get();
            int place = columns.indexOf(text(message));
            message.getLong();
            if (place >= 0) {
                found[place] = i;
            }
        }
        for (int i = 0; i < found.length; i++) {
            if (found[i] < 0) {
                throw unknown(columns.get(i));
            }
        }
        places.put(relation, found);
    }

    private void row(ByteBuffer message, boolean mayHaveOld) {
        int[] place = places.get(message.getInt());
        if (place == null) {
            throw new IllegalStateException("a row of a relation that was not described");
        }
        transactions.add(xid);
        @Nullable String[] before = null;
        byte which = message.get();
        if (mayHaveOld && which != 'N') {
            before = tuple(message, place);
            add(before, null);
            if (!message.hasRemaining()) {
                return;
            }
            message.get();
        }
        add(tuple(message, place), before);
    }

    /** @param before what stands for values that are not sent, as they did not change */
    private void add(@Nullable String[] values, @Nullable String @Nullable [] before) {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            String value = values[i] == null && before != null ? before[i] : values[i];
            if (value == null) {
                isAll = true; // the row is not named
                return;
            }
            key.add(value);
        }
        keys.add(List.copyOf(key));
    }

    /** The values of the key's columns; null where there is none or it is not sent. */
    private @Nullable String[] tuple(ByteBuffer message, int[] place) {
        @Nullable String[] values = new @Nullable String[place.length];
        int count = message.getShort();
        for (int i = 0; i < count; i++) {
            byte kind = message.get();
            if (kind == 't' || kind == 'b') {
                int length = message.getInt();
                for (int k = 0; k < place.length; k++) {
                    if (place[k] == i) {
                        byte[] bytes = new byte[length];
                        message.get(message.position(), bytes);
                        values[k] = new String(bytes, StandardCharsets.UTF_8);
                    }
                }
                message.position(message.position() + length);
            }
        }
        return values;
    }

    private static String text(ByteBuffer message) {
        int start = message.position();
        while (message.get() != 0) {
            // the text ends with a 0
        }
        byte[] bytes = new byte[message.position() - 1 - start];
        message.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private SourceException unknown(String column) {
        return new SourceException(
                SourceException.Kind.UNKNOWN, "table " + table + ": its log has no column " + column + " any more");
    }
}
