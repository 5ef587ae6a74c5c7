package io.twinroot.source.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** JSON documents are compared by their value, and those that have none by their text. */
final class JsonTest {
    private static Value document(Value value) {
        return Value.Mapping.of(Map.of("json", value));
    }

    @Test
    void spacesOrderAndTheFormOfNumbersAreNoMatter() {
        assertEquals(
                Json.canonical("{\"a\":[1,2.5,1000,0],\"bb\":\"é\"}"),
                Json.canonical(" { \"bb\" : \"\\u00e9\",\n\"a\":[1.0, 25e-1, 1E3, -0.0] } "));
        assertEquals(document(Value.Null.NULL), Json.canonical("null"));
        assertEquals(document(new Value.Text("null")), Json.canonical("\"null\""));
    }

    @Test
    void differentDocumentsAreDifferent() {
        String deep = "[".repeat(30) + "1" + "]".repeat(30);
        List<String> documents = List.of(
                "null",
                "\"null\"",
                "\"\"",
                "{}",
                "[]",
                "[[]]",
                "[{}]",
                "[null]",
                "{\"\":null}",
                "true",
                "\"true\"",
                "1",
                "\"1\"",
                "[1]",
                "[[1]]",
                "1.00000000000000000000000001",
                "9007199254740993",
                "9007199254740992",
                "1e200000",
                "\"1e200000\"",
                "\"1E+200000\"",
                "1e200001",
                "[1e200000]",
                "{\"number\":\"1E+200000\"}",
                "{\"json\":null}",
                "{\"text\":\"x\"}",
                "{\"a\":1,\"a\":1}",
                "{\"a\":1, \"a\":1}",
                "{\"a\":1}",
                "\"\\ud800\"",
                "\"\\udc00\"",
                "{\"\\ud800\":1}",
                "\"\\ud83d\\ude00\"",
                "\"\\u0000\"",
                "\"é\"",
                "\"e\u0301\"",
                deep,
                "[" + deep + "]",
                deep.replace('1', '2'),
                "",
                "x",
                "1 2",
                "[1,]",
                "NaN",
                "01",
                "{a:1}",
                "'a'",
                "[1]//");
        Map<String, String> seen = new HashMap<>();
        for (String document : documents) {
            String other = seen.put(HexFormat.of().formatHex(CanonicalCbor.encode(Json.canonical(document))), document);
            assertEquals(null, other, document);
        }
    }

    @Test
    void whatHasNoValueOfItsOwnStaysText() {
        for (String text : new String[] {
            "{\"a\":1,\"a\":1}",
            "[{\"b\":{\"a\":1,\"a\":2}}]",
            "[\"\\ud800\"]",
            "{\"\\udc00\":1}",
            "no",
            "1 2",
            "[1,]",
            "",
            "[".repeat(1_001) + "]".repeat(1_001),
            "1e99999999999"
        }) {
            assertTrue(Json.isVerbatim(Json.canonical(text)), text);
            assertEquals(text, Json.text(Json.canonical(text)));
        }
        assertTrue(!Json.isVerbatim(Json.canonical("[".repeat(1_000) + "]".repeat(1_000))));
    }

    @Test
    void deepDocumentsFitIntoArraysInRows() {
        for (int levels = 1; levels <= 1_000; levels++) {
            String text = "[".repeat(levels - 1) + "{\"a\":\"x\"}" + "]".repeat(levels - 1);
            Value value = Json.canonical(text);
            Value array = value;
            for (int dimension = 0; dimension < 6; dimension++) {
                array = new Value.Sequence(List.of(array));
            }
            CanonicalCbor.encode(Value.Mapping.of(Map.of("column", array)));
            assertEquals(text, Json.text(value));
        }
    }

    @Test
    void refusesAValueThatIsNoDocument() {
        assertThrows(IllegalArgumentException.class, () -> Json.text(new Value.Text("x")));
        assertThrows(IllegalArgumentException.class, () -> Json.text(document(new Value.Real(1))));
        assertThrows(IllegalArgumentException.class, () -> Json.text(Value.Mapping.of(Map.of("a", Value.Null.NULL))));
    }

    @Test
    void randomDocumentsComeBack() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            String text = random(random, 0);
            Value value = Json.canonical(text);
            byte[] encoded = CanonicalCbor.encode(value);
            assertEquals(value, CanonicalCbor.decode(encoded), "seed " + seed + ": " + text);
            assertTrue(
                    Arrays.equals(encoded, CanonicalCbor.encode(Json.canonical(Json.text(value)))),
                    "seed " + seed + ": " + text);
        }
    }

    private static String random(Random random, int level) {
        return switch (random.nextInt(level < 4 ? 8 : 6)) {
            case 0 -> "null";
            case 1 -> "" + random.nextBoolean();
            case 2 -> "" + random.nextLong();
            case 3 -> random.nextInt() + "." + random.nextInt(100) + "e" + (random.nextInt(40) - 20);
            case 4 -> "\"\\u00" + (10 + random.nextInt(80)) + "\\n\"";
            case 5 -> "1e" + (random.nextBoolean() ? "" : "-") + (99_990 + random.nextInt(20));
            case 6 -> {
                StringBuilder array = new StringBuilder("[");
                for (int left = random.nextInt(4); left > 0; left--) {
                    array.append(array.length() > 1 ? "," : "").append(random(random, level + 1));
                }
                yield array.append(']').toString();
            }
            default -> {
                StringBuilder object = new StringBuilder("{");
                for (int left = random.nextInt(4); left > 0; left--) {
                    object.append(object.length() > 1 ? "," : "")
                            .append("\"" + (char) ('a' + random.nextInt(9)) + "\":")
                            .append(random(random, level + 1));
                }
                yield object.append('}').toString();
            }
        };
    }
}
