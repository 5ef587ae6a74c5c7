package io.twinroot.tree;

import io.twinroot.table.Uid;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;

/** Ways in which real tables choose their UIDs, and one in which an enemy who knows the salt does. */
public final class UidKinds {
    private UidKinds() {}

    /** Each kind gives the i-th UID of its table, always the same one. */
    public static Map<String, LongFunction<Uid>> all(Salt salt) {
        Map<String, LongFunction<Uid>> kinds = new LinkedHashMap<>();
        kinds.put("sequential", i -> Uid.of(ByteBuffer.allocate(8).putLong(i).array()));
        kinds.put("uuid4", i -> {
            Random random = new Random(i * 31 + 7);
            return Uid.of(ByteBuffer.allocate(16)
                    .putLong(random.nextLong())
                    .putLong(random.nextLong())
                    .array());
        });
        kinds.put(
                "uuid7",
                i -> Uid.of(ByteBuffer.allocate(16)
                        .putLong((1_700_000_000_000L + i / 3) << 16 | 0x7000 | (i & 0xfff))
                        .putLong(new Random(i).nextLong())
                        .array()));
        kinds.put("path", i -> Uid.ofText("src/main/java/p" + i % 17 + "/Class" + i + ".java"));
        kinds.put(
                "message-id", i -> Uid.ofText("<" + Long.toHexString(new Random(i).nextLong()) + "@mail.example.org>"));
        kinds.put("comb", i -> noBoundary(salt, i));
        return kinds;
    }

    /** The least UID from 1000·i on at which no node begins: a table of these is one long run. */
    private static Uid noBoundary(Salt salt, long i) {
        for (long n = 1000 * i; ; n++) {
            Uid uid = Uid.of(ByteBuffer.allocate(8).putLong(n).array());
            if (salt.level(uid) == 0) {
                return uid;
            }
        }
    }
}
