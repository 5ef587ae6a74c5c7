package io.twinroot.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UidTest {
    @Test
    void isOrderedAsUnsignedBytesWithAPrefixFirst() {
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            byte[] one = bytes(random);
            byte[] other = random.nextBoolean() ? bytes(random) : Arrays.copyOf(one, 1 + random.nextInt(12));
            assertEquals(
                    Integer.signum(Arrays.compareUnsigned(one, other)),
                    Integer.signum(Uid.of(one).compareTo(Uid.of(other))),
                    "seed " + seed);
            assertEquals(Arrays.equals(one, other), Uid.of(one).equals(Uid.of(other)), "seed " + seed);
        }
    }

    /** Few different bytes, zeros and high ones among them, of lengths around eight. */
    private static byte[] bytes(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(11)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) * 127);
        }
        return bytes;
    }

    @Test
    void emptyTooLongAndLoneSurrogatesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Uid.of(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> Uid.ofText(""));
        assertThrows(IllegalArgumentException.class, () -> Uid.of(new byte[Uid.MAX_LENGTH + 1]));
        assertThrows(IllegalArgumentException.class, () -> Uid.ofText("a\ud800b"));
        assertEquals(Uid.MAX_LENGTH, Uid.of(new byte[Uid.MAX_LENGTH]).length());
        assertEquals(
                Uid.MAX_LENGTH + 1, Uid.of(new byte[Uid.MAX_LENGTH]).successor().length());
    }

    @Test
    void bytesThatAreNoTextStayBytes() {
        Uid binary = Uid.of(new byte[] {(byte) 0xff, 0});
        assertEquals(Optional.empty(), binary.text());
        assertEquals("0xff00", binary.toString());
        assertEquals(Optional.of("ü"), Uid.ofText("ü").text());
    }

    @Test
    void aRangeIsHalfOpen() {
        UidRange range = new UidRange(Uid.ofText("b"), Uid.ofText("d"));
        assertFalse(range.contains(Uid.ofText("a")));
        assertTrue(range.contains(Uid.ofText("b")));
        assertTrue(range.contains(Uid.ofText("czzz")));
        assertFalse(range.contains(Uid.ofText("d")));
        assertTrue(UidRange.only(Uid.ofText("b")).contains(Uid.ofText("b")));
        assertFalse(UidRange.only(Uid.ofText("b")).contains(Uid.ofText("b\0")));
        assertEquals(new UidRange(Uid.ofText("c\0"), Uid.ofText("d")), range.after(Uid.ofText("c")));
        assertTrue(range.after(Uid.ofText("d")).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> new UidRange(Uid.ofText("b"), Uid.ofText("a")));
    }
}
