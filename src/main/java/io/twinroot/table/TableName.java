package io.twinroot.table;

import java.util.regex.Pattern;

/**
 * The name of a table: one or more parts joined by {@code /}, as in {@code tenant/package/module}. A part has
 * letters, digits, {@code _}, {@code -} and {@code .}, does not start with a dot, and has at most 64
 * characters; the whole has at most {@value #MAX_LENGTH}.
 */
public record TableName(String text) implements Comparable<TableName> {
    public static final int MAX_LENGTH = 200;

    private static final Pattern FORM =
            Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63})*");

    public TableName {
        if (text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not a table name: '"
                    + (text.length() > 80 ? text.substring(0, 80) + "…" : text)
                    + "' (parts of letters, digits, '_', '-', '.', joined by '/', at most " + MAX_LENGTH
                    + " characters)");
        }
    }

    @Override
    public int compareTo(TableName other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
