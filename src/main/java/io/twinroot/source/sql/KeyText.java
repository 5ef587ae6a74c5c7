package io.twinroot.source.sql;

import io.twinroot.table.Uid;
import io.twinroot.table.Value;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** The key of a row, for people. */
public final class KeyText {
    private KeyText() {}

    /** The values of the key, as {@code 42} or {@code 7, 'DE'}; a UID of another kind as it is. */
    public static String of(Uid uid) {
        List<Value> values = values(uid);
        return values.isEmpty()
                ? uid.toString()
                : values.stream().map(KeyText::text).collect(Collectors.joining(", "))
                        + (UidEncoder.isNumbered(uid) ? " (one of several)" : "");
    }

    /** The values of the key; none for a UID of another kind. A key ends with a byte that no printable text has. */
    public static List<Value> values(Uid uid) {
        if (!uid.toString().startsWith("0x")) {
            return List.of();
        }
        try {
            return UidEncoder.decode(uid);
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Null.NULL -> "NULL";
            case Value.Int(long i) -> Long.toString(i);
            case Value.Decimal(var d) -> d.toPlainString();
            case Value.Real(double d) -> Double.toString(d);
            case Value.Text(String text) -> "'" + text.replace("'", "''") + "'";
            case Value.Bytes bytes -> "0x" + HexFormat.of().formatHex(bytes.toBytes());
            case Value.Time(var time) -> time.toString();
            case Value.Bool(boolean b) -> Boolean.toString(b);
            case Value.Mapping mapping -> mapping.toString();
            case Value.Sequence sequence -> sequence.toString();
        };
    }
}
