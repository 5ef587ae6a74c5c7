package io.twinroot.source.sql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.core.BaseConnection;

/** Random pairs of rows that nearly are the same, in two tables of PostgreSQL. A seed gives the same pairs. For one thread. */
public final class NearMisses {
    private static final String CREATE = "CREATE TABLE near (id int PRIMARY KEY, a text, b text, c text, n bigint,"
            + " m numeric, d double precision, y bytea, ts timestamp, j jsonb)";
    private static final int TEXTS = 3;
    private static final int CELLS = 9;
    private static final String LETTERS = "aAbB äÄéß,|;\t\n'\"\\N0157._-\u0301\u200b\u00a0\ud83d\ude00";

    private final SplittableRandom random;

    public NearMisses(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Makes the tables, with so many pairs of rows; each pair has its key and differs. */
    public void load(SqlPlace here, SqlPlace there, int pairs) throws SQLException, IOException {
        here.run(CREATE);
        there.run(CREATE);
        try (Connection left = here.connect();
                Connection right = there.connect()) {
            CopyIn toLeft = copy(left);
            CopyIn toRight = copy(right);
            for (int id = 1; id <= pairs; id++) {
                List<@Nullable String> row = row();
                List<@Nullable String> near = near(row);
                write(toLeft, id, row);
                write(toRight, id, near);
            }
            toLeft.endCopy();
            toRight.endCopy();
        }
    }

    private static CopyIn copy(Connection connection) throws SQLException {
        return connection.unwrap(BaseConnection.class).getCopyAPI().copyIn("COPY near FROM STDIN (FORMAT csv)");
    }

    private static void write(CopyIn copy, int id, List<@Nullable String> cells) throws SQLException {
        StringBuilder line = new StringBuilder().append(id);
        for (String cell : cells) {
            line.append(','); // a cell without quotes and letters is NULL
            if (cell != null) {
                line.append('"').append(cell.replace("\"", "\"\"")).append('"');
            }
        }
        byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        copy.writeToCopy(bytes, 0, bytes.length);
    }

    private List<@Nullable String> row() {
        List<@Nullable String> row = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            row.add(random.nextInt(12) == 0 ? null : text(random.nextInt(12)));
        }
        row.add(Long.toString(random.nextLong() >> random.nextInt(64)));
        row.add(random.nextLong() + "." + random.nextLong(Long.MAX_VALUE));
        row.add(Double.toString(real()));
        row.add("\\x" + hex(random.nextInt(8)));
        row.add(moment(random.nextLong(4_000_000_000_000_000L)));
        row.add("{\"k\":" + random.nextLong() + ",\"l\":[" + random.nextInt(9) + ",null]}");
        return row;
    }

    private double real() {
        double value = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(value) ? value : 0.1;
    }

    private String text(int letters) {
        StringBuilder text = new StringBuilder();
        int[] all = LETTERS.codePoints().toArray();
        for (int i = 0; i < letters; i++) {
            text.appendCodePoint(all[random.nextInt(all.length)]);
        }
        return text.toString();
    }

    private String hex(int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return HexFormat.of().formatHex(value);
    }

    private static String moment(long micros) {
        return java.time.LocalDateTime.ofEpochSecond(
                        micros / 1_000_000, (int) (micros % 1_000_000) * 1_000, java.time.ZoneOffset.UTC)
                .toString();
    }

    /** A row that differs from this in one small way. */
    private List<@Nullable String> near(List<@Nullable String> row) {
        while (true) {
            List<@Nullable String> near = new ArrayList<>(row);
            change(near);
            if (!near.equals(row)) {
                return near;
            }
        }
    }

    private void change(List<@Nullable String> row) {
        int one = random.nextInt(TEXTS);
        int other = (one + 1 + random.nextInt(TEXTS - 1)) % TEXTS;
        String text = row.get(one);
        String second = row.get(other);
        switch (random.nextInt(14)) {
            case 0 -> { // swapped
                row.set(one, second);
                row.set(other, text);
            }
            case 1 -> { // the end of one to the beginning of the other
                if (text != null && second != null && !text.isEmpty()) {
                    int cut = text.offsetByCodePoints(0, random.nextInt(text.codePointCount(0, text.length())));
                    row.set(one, text.substring(0, cut));
                    row.set(other, text.substring(cut) + second);
                }
            }
            case 2 -> row.set(one, text == null ? "" : text.isEmpty() ? null : text + " ");
            case 3 -> row.set(one, text == null ? "NULL" : text.strip());
            case 4 -> row.set(one, text == null ? "\\N" : text.toUpperCase(java.util.Locale.ROOT));
            case 5 -> row.set(one, text == null ? " " : text.toLowerCase(java.util.Locale.ROOT));
            case 6 ->
                row.set(one, text == null ? null : java.text.Normalizer.normalize(text, java.text.Normalizer.Form.NFD));
            case 7 ->
                row.set(
                        one,
                        text == null
                                ? "0"
                                : new StringBuilder(text).insert(0, ' ').toString());
            case 8 -> row.set(3, Long.toString(Long.parseLong(string(row, 3)) ^ 1));
            case 9 -> row.set(4, lastDigit(string(row, 4)));
            case 10 -> row.set(5, ulp(Double.parseDouble(string(row, 5))));
            case 11 -> row.set(6, string(row, 6) + "00");
            case 12 -> row.set(7, oneMicrosecondLater(string(row, 7)));
            default -> row.set(8, string(row, 8).replace(",null", ",\"null\""));
        }
    }

    private static String string(List<@Nullable String> row, int cell) {
        String text = row.get(cell);
        if (row.size() != CELLS || text == null) {
            throw new IllegalStateException("no cell " + cell + " in " + row);
        }
        return text;
    }

    private static String lastDigit(String number) {
        char last = number.charAt(number.length() - 1);
        return number.substring(0, number.length() - 1) + (last == '9' ? '8' : (char) (last + 1));
    }

    private static String ulp(double value) {
        return Double.toString(value > 0 ? Math.nextDown(value) : Math.nextUp(value));
    }

    private static String oneMicrosecondLater(String moment) {
        return java.time.LocalDateTime.parse(moment).plusNanos(1_000).toString();
    }
}
