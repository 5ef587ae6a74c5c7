package io.twinroot.service;

import io.twinroot.table.TableName;
import java.util.List;
import java.util.Optional;

/** Names of tables in a database as names of ours: what those can't hold is written as {@code _xHEX_}. */
final class SqlNames {
    private SqlNames() {}

    /** @throws IllegalArgumentException where it is too long */
    static TableName of(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().forEach(c -> {
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-');
            boolean dot = c == '.' && !text.isEmpty();
            if (plain || dot) {
                text.append((char) c);
            } else {
                text.append("_x").append(Integer.toHexString(c)).append('_');
            }
        });
        return new TableName(text.toString());
    }

    /** The one of these that has our name. */
    static Optional<String> find(TableName wanted, List<String> names) {
        return names.stream().filter(name -> of(name).equals(wanted)).findFirst();
    }
}
