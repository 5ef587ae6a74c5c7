package io.twinroot.cli;

import io.twinroot.table.Value;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.ValueJson;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the cells of a CSV column are. An empty cell is null in every type but text. */
enum ColumnType {
    TEXT("a text") {
        @Override
        Value parse(String cell) {
            return new Value.Text(cell);
        }
    },
    INT("a whole number of 64 bits") {
        @Override
        Value parse(String cell) {
            return new Value.Int(Long.parseLong(cell));
        }
    },
    DECIMAL("a decimal number, as 1.50") {
        @Override
        Value parse(String cell) {
            return new Value.Decimal(new BigDecimal(cell));
        }
    },
    DOUBLE("a number") {
        @Override
        Value parse(String cell) {
            return new Value.Real(Double.parseDouble(cell));
        }
    },
    BOOL("true or false") {
        @Override
        Value parse(String cell) {
            return switch (cell.toLowerCase(Locale.ROOT)) {
                case "true" -> new Value.Bool(true);
                case "false" -> new Value.Bool(false);
                default -> throw new IllegalArgumentException("neither true nor false");
            };
        }
    },
    BYTES("base64 with padding") {
        @Override
        Value parse(String cell) {
            return new Value.Bytes(Base64.getDecoder().decode(cell));
        }
    },
    TIME("a time, as 2026-01-02T03:04:05Z") {
        @Override
        Value parse(String cell) {
            return tagged("{\"$time\":\"" + cell.replace("\"", "") + "\"}");
        }
    },
    JSON("a JSON value") {
        @Override
        Value parse(String cell) {
            return tagged(cell);
        }
    };

    private final String description;

    ColumnType(String description) {
        this.description = description;
    }

    /** @throws IllegalArgumentException when the cell is not of this type */
    abstract Value parse(String cell);

    Value read(String cell) {
        return cell.isEmpty() && this != TEXT ? Value.Null.NULL : parse(cell);
    }

    String description() {
        return description;
    }

    static ColumnType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.lower().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no type '" + name + "'; there are "
                        + Arrays.stream(values()).map(ColumnType::lower).collect(Collectors.joining(", "))));
    }

    String lower() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static Value tagged(String json) {
        try {
            return ValueJson.decode(json.getBytes(StandardCharsets.UTF_8));
        } catch (JsonException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
