package io.twinroot.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.CanonicalCbor;
import io.twinroot.table.Value;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ValueJsonTest {
    private static Value read(String json) {
        return ValueJson.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String write(Value value) {
        return new String(ValueJson.encode(value), StandardCharsets.UTF_8);
    }

    private static JsonException refused(String json) {
        return assertThrows(JsonException.class, () -> read(json), json);
    }

    @Test
    void everyValueIsReadBackAsItself() {
        for (long seed = 0; seed < 3_000; seed++) {
            Value value = new RandomValues(seed).value(5);
            byte[] json = ValueJson.encode(value);
            Value back = ValueJson.decode(json);
            assertEquals(value, back, "seed " + seed);
            assertEquals(
                    java.util.HexFormat.of().formatHex(CanonicalCbor.encode(value)),
                    java.util.HexFormat.of().formatHex(CanonicalCbor.encode(back)),
                    "seed " + seed);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "null",
                "true",
                "-9223372036854775808",
                "1.0",
                "-0.0",
                "1.0E22",
                "4.9E-324",
                "\"text\"",
                "{\"$double\":\"NaN\"}",
                "{\"$double\":\"-Infinity\"}",
                "{\"$decimal\":\"1.50\"}",
                "{\"$decimal\":\"1E+30\"}",
                "{\"$bytes\":\"AAE=\"}",
                "{\"$bytes\":\"\"}",
                "{\"$time\":\"2026-01-02T03:04:05Z\"}",
                "{\"$time\":\"0000-01-01T00:00:00.000000001Z\"}",
                "{\"$map\":{\"$bytes\":\"no tag\"}}",
                "{\"$map\":{\"$map\":{\"a\":1}}}",
                "{\"\":[1,[],{}]}"
            })
    void isWrittenAsItIsRead(String json) {
        assertEquals(json, write(read(json)));
    }

    @Test
    void whatIsWrittenInSeveralWaysIsOneValue() {
        Value.Time time = new Value.Time(Instant.parse("2026-01-01T23:30:00.120Z"));
        assertEquals(time, read("{\"$time\":\"2026-01-02T01:00:00.12+01:30\"}"));
        assertEquals(time, read("{\"$time\":\"2026-01-01t23:30:00.120000000-00:00\"}"));
        assertEquals(new Value.Real(100), read("1e2"));
        assertEquals(new Value.Int(0), read("-0"));
        assertEquals(new Value.Decimal(new BigDecimal("-12.5E-3")), read("{\"$decimal\":\"-12.5e-3\"}"));
        assertEquals(Value.Mapping.of(Map.of("a", new Value.Int(1))), read("{\"$map\":{\"a\":1}}"));
        assertEquals(new Value.Sequence(List.of()), read(" [ ] "));
        assertEquals(new Value.Text("😀\u0000/"), read("\"\\ud83d\\ude00\\u0000\\/\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[1|2|breaks off",
                "\"abc|4|breaks off",
                "1 2|2|follows the end",
                "{}}|2|not JSON",
                "{\"a\":1,\"a\":2}|7|twice",
                "{\"a\":{\"b\":1,\"b\":1}}|12|twice",
                "{\"$map\":{\"a\":1,\"a\":1}}|15|twice",
                "9223372036854775808|0|$decimal",
                "-9223372036854775809|0|$decimal",
                "[1e309]|1|$decimal",
                "[-1e-400]|1|$decimal",
                "NaN|3|not JSON",
                "+1|1|not JSON",
                "01|1|not JSON",
                "1.|1|not JSON",
                "'a'|0|not JSON",
                "{a:1}|1|not JSON",
                "[1,]|3|not JSON",
                "// c|0|not JSON",
                "\"\\ud800\"|0|lone surrogate",
                "{\"\\udc00\":1}|8|surrogate",
                "\"\t\"|1|not JSON",
                "{\"$bytes\":\"AAE\"}|10|base64",
                "{\"$bytes\":\"AA==\\n\"}|10|base64",
                "{\"$bytes\":\"AB==\"}|10|base64",
                "{\"$bytes\":1}|10|expected",
                "{\"$time\":\"2026-02-30T00:00:00Z\"}|9|no such time",
                "{\"$time\":\"2026-12-31T23:59:60Z\"}|9|leap second",
                "{\"$time\":\"2026-01-01T00:00:00\"}|9|RFC 3339",
                "{\"$time\":\"2026-01-01T00:00:00.1234567891Z\"}|9|RFC 3339",
                "{\"$time\":\"0000-01-01T00:00:00+01:00\"}|9|years",
                "{\"$time\":\"2026-01-01T00:00:00+24:00\"}|9|no such time",
                "{\"$decimal\":\"1,5\"}|12|decimal",
                "{\"$decimal\":\"1e9999999\"}|12|decimal",
                "{\"$decimal\":\"1e200000\"}|12|limits",
                "{\"$double\":\"1.5\"}|11|JSON numbers",
                "{\"$what\":1}|9|none of",
                "{\"$bytes\":\"\",\"b\":1}|17|no other names",
                "{\"b\":1,\"$bytes\":\"\"}|16|$map"
            })
    void isRefusedAtItsByte(String json, long offset, String what) {
        JsonException e = refused(json);
        assertTrue(e.getMessage().contains(what), e.getMessage());
        assertEquals(offset, e.offset(), e.getMessage());
        assertEquals(0, e.line());
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedAtTheirByte() {
        byte[][] bad = {
            {'"', 'a', (byte) 0xff, '"'},
            {'"', 'a', (byte) 0xc0, (byte) 0x80, '"'},
            {'"', 'a', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'},
            {'"', 'a', 0, '"'},
        };
        for (byte[] json : bad) {
            assertEquals(
                    2,
                    assertThrows(JsonException.class, () -> ValueJson.decode(json))
                            .offset());
        }
        byte[] marked = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '1'};
        assertTrue(assertThrows(JsonException.class, () -> ValueJson.decode(marked))
                .getMessage()
                .contains("byte order mark"));
        byte[] wide = {0, '1'};
        assertThrows(JsonException.class, () -> ValueJson.decode(wide));
        assertThrows(JsonException.class, () -> ValueJson.decode(new byte[0]));
        assertThrows(JsonException.class, () -> ValueJson.decode(new byte[] {' ', '\n'}));
    }

    @Test
    void nestingHasTheLimitOfTheCanonicalEncoding() {
        String deepest = "[".repeat(CanonicalCbor.MAX_DEPTH) + "]".repeat(CanonicalCbor.MAX_DEPTH);
        CanonicalCbor.encode(read(deepest));
        assertTrue(refused("[" + deepest + "]").getMessage().contains("deeper than 32"));
        String maps = "{\"$map\":{\"$\":".repeat(31) + "{\"$map\":{}}" + "}}".repeat(31);
        assertEquals(maps.replace("{\"$map\":{}}", "{}"), write(read(maps)));
        assertTrue(refused("[".repeat(100_000)).getMessage().contains("deeper than 32"));
        assertTrue(refused("{\"a\":".repeat(100_000)).getMessage().contains("deeper than 32"));
    }

    @Test
    void numbersHaveALengthLimit() {
        assertTrue(refused("1".repeat(5_000)).getMessage().contains("limit"));
        assertTrue(refused("0." + "1".repeat(5_000)).getMessage().contains("limit"));
        assertTrue(refused("{\"$decimal\":\"" + "1".repeat(1_001) + "\"}")
                .getMessage()
                .contains("1000"));
    }
}
