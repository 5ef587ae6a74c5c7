package io.twinroot.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CanonicalCborTest {
    private static String hex(Value value) {
        return HexFormat.of().formatHex(CanonicalCbor.encode(value));
    }

    private static Value decode(String hex) {
        return CanonicalCbor.decode(HexFormat.of().parseHex(hex));
    }

    /** The examples of RFC 8949, appendix A, and RFC 9581 that have a value here. */
    @Test
    void encodesTheExamplesOfTheRfcs() {
        Map<String, Value> examples = new HashMap<>();
        examples.put("00", new Value.Int(0));
        examples.put("17", new Value.Int(23));
        examples.put("1818", new Value.Int(24));
        examples.put("1903e8", new Value.Int(1_000));
        examples.put("1a000f4240", new Value.Int(1_000_000));
        examples.put("1b000000e8d4a51000", new Value.Int(1_000_000_000_000L));
        examples.put("20", new Value.Int(-1));
        examples.put("3903e7", new Value.Int(-1_000));
        examples.put("3b7fffffffffffffff", new Value.Int(Long.MIN_VALUE));
        examples.put("f90000", new Value.Real(0.0));
        examples.put("f98000", new Value.Real(-0.0));
        examples.put("f93e00", new Value.Real(1.5));
        examples.put("f97bff", new Value.Real(65504.0));
        examples.put("fa47c35000", new Value.Real(100000.0));
        examples.put("fb3ff199999999999a", new Value.Real(1.1));
        examples.put("f90001", new Value.Real(5.960464477539063e-8));
        examples.put("f97c00", new Value.Real(Double.POSITIVE_INFINITY));
        examples.put("f97e00", new Value.Real(Double.NaN));
        examples.put("f9fc00", new Value.Real(Double.NEGATIVE_INFINITY));
        examples.put("f4", new Value.Bool(false));
        examples.put("f5", new Value.Bool(true));
        examples.put("f6", Value.Null.NULL);
        examples.put("4401020304", new Value.Bytes(new byte[] {1, 2, 3, 4}));
        examples.put("62c3bc", new Value.Text("\u00fc"));
        examples.put("64f0908591", new Value.Text("\ud800\udd51"));
        examples.put("83010203", new Value.Sequence(List.of(new Value.Int(1), new Value.Int(2), new Value.Int(3))));
        examples.put(
                "a26161016162820203",
                Value.Mapping.of(Map.of(
                        "a", new Value.Int(1), "b", new Value.Sequence(List.of(new Value.Int(2), new Value.Int(3))))));
        examples.put("c48221196ab3", new Value.Decimal(new BigDecimal("273.15")));
        examples.put("c48200c249010000000000000000", new Value.Decimal(new BigDecimal(BigInteger.TWO.pow(64))));
        examples.put("d903e9a101 1a514b67b0".replace(" ", ""), new Value.Time(Instant.ofEpochSecond(1363896240)));
        examples.forEach((hex, value) -> {
            assertEquals(hex, hex(value));
            assertEquals(value, decode(hex));
        });
    }

    @Test
    void keysAreOrderedByLengthThenBytes() {
        assertEquals(
                "a3617a006261610062c3bc00",
                hex(Value.Mapping.of(
                        Map.of("\u00fc", new Value.Int(0), "aa", new Value.Int(0), "z", new Value.Int(0)))));
    }

    @Test
    void refusesWhatEncodingNeverMakes() {
        for (String bad : List.of(
                "",
                "1817",
                "190017",
                "1a00000017",
                "f97e01",
                "fa3fc00000",
                "fb3ff8000000000000",
                "fa7fc00000",
                "5f42010243030405ff",
                "9fff",
                "bfff",
                "a2616201616101",
                "a2616101616102",
                "a10101",
                "61ff",
                "1bffffffffffffffff",
                "3bffffffffffffffff",
                "c11a514b67b0",
                "f7",
                "f820",
                "0000",
                "c4820001ff",
                "c48200c24101",
                "c48200c2480000000000000001",
                "d903e9a0",
                "d903e9a201002800",
                "8301",
                "62c3",
                "fc")) {
            assertThrows(IllegalArgumentException.class, () -> decode(bad), bad);
        }
    }

    @Test
    void nestsThirtyTwoDeepAndNoDeeper() {
        Value deepest = new Value.Int(1);
        for (int i = 0; i < CanonicalCbor.MAX_DEPTH; i++) {
            deepest = new Value.Sequence(List.of(deepest));
        }
        assertEquals(deepest, CanonicalCbor.decode(CanonicalCbor.encode(deepest)));
        Value deeper = new Value.Sequence(List.of(deepest));
        assertThrows(IllegalArgumentException.class, () -> CanonicalCbor.encode(deeper));
        assertThrows(IllegalArgumentException.class, () -> decode("81".repeat(33) + "01"));
    }

    @Test
    void valuesThatPrintAlikeAreDifferent() {
        Set<String> encodings = new HashSet<>();
        List<Value> alike = List.of(
                new Value.Int(1),
                new Value.Real(1.0),
                new Value.Decimal(new BigDecimal("1")),
                new Value.Decimal(new BigDecimal("1.0")),
                new Value.Text("1"),
                new Value.Bytes(new byte[] {'1'}),
                new Value.Bool(true),
                new Value.Text(""),
                Value.Null.NULL,
                new Value.Text("null"),
                new Value.Text("e\u0301"),
                new Value.Text("\u00e9"),
                new Value.Sequence(List.of()),
                Value.Mapping.of(Map.of()));
        alike.forEach(value -> encodings.add(hex(value)));
        assertEquals(alike.size(), encodings.size());
    }

    @Test
    void everyValueComesBackAndAFlippedBitNeverGivesTheSameValue() {
        for (long seed = 1; seed <= 3_000; seed++) {
            Random random = new Random(seed);
            Value value = any(random, 0);
            byte[] bytes = CanonicalCbor.encode(value);
            assertEquals(value, CanonicalCbor.decode(bytes), "seed " + seed);
            byte[] flipped = bytes.clone();
            flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                Value other = CanonicalCbor.decode(flipped);
                assertNotEquals(value, other, "seed " + seed);
                assertArrayEquals(flipped, CanonicalCbor.encode(other), "seed " + seed);
            } catch (IllegalArgumentException e) {
                assertTrue(!String.valueOf(e.getMessage()).isEmpty(), "seed " + seed);
            }
        }
    }

    private static Value any(Random random, int depth) {
        return switch (random.nextInt(depth < 4 ? 10 : 8)) {
            case 0 -> Value.Null.NULL;
            case 1 -> new Value.Bool(random.nextBoolean());
            case 2 -> new Value.Int(random.nextLong() >> random.nextInt(64));
            case 3 ->
                new Value.Real(
                        switch (random.nextInt(3)) {
                            case 0 -> Double.longBitsToDouble(random.nextLong());
                            case 1 -> random.nextInt(1000) / 8.0;
                            default -> random.nextFloat();
                        });
            case 4 ->
                new Value.Decimal(
                        new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(200) - 100));
            case 5 -> new Value.Text(text(random));
            case 6 -> {
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                yield new Value.Bytes(bytes);
            }
            case 7 ->
                new Value.Time(Instant.ofEpochSecond(
                        random.nextLong(-60_000_000_000L, 250_000_000_000L),
                        random.nextBoolean() ? 0 : random.nextInt(1_000_000_000)));
            case 8 -> {
                List<Value> values = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    values.add(any(random, depth + 1));
                }
                yield new Value.Sequence(values);
            }
            default -> {
                Map<String, Value> values = new HashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    values.put(text(random), any(random, depth + 1));
                }
                yield Value.Mapping.of(values);
            }
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            int codePoint = random.nextInt(0x110000);
            text.appendCodePoint(codePoint >= 0xd800 && codePoint < 0xe000 ? 'x' : codePoint);
        }
        return text.toString();
    }

    @Test
    void excludedFieldsDoNotCountInTheDigest() {
        Body one = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(1), "seen", new Value.Int(1))));
        Body other = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Int(1), "seen", new Value.Int(2))));
        TableRules rules = TableRules.excluding(List.of("seen"));
        assertEquals(one.digest(rules), other.digest(rules));
        assertNotEquals(one.digest(TableRules.DEFAULT), other.digest(TableRules.DEFAULT));
        assertNotEquals(rules.fingerprint(), TableRules.DEFAULT.fingerprint());
    }

    @Test
    void fieldsBeyondOneMebibyteAreRefusedWithAWayOut() {
        Body body = new Body.Fields(Value.Mapping.of(Map.of("a", new Value.Text("x".repeat(Body.MAX_FIELDS_BYTES)))));
        var e = assertThrows(IllegalArgumentException.class, body::encoded);
        assertTrue(e.getMessage().contains("blob"), e.getMessage());
    }
}
