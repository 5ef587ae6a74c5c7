package io.twinroot.table;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A past as bytes; numbers are u16:
 *
 * <pre>
 * number of stamps | each: clock u64, incarnation 16, seq u64
 * number of those that were seen; they come first
 * number of parts | each: name of its set n, its own name n, the place of its stamp, u8 whether it is on
 * with parts: the place of the body's stamp
 * </pre>
 *
 * <p>A stamp that several parts have is there once.
 */
final class PastCodec {
    private static final int STAMP = 32;
    private static final int STAMPS_MAX = Past.SEEN_MAX + Marks.PARTS_MAX + 1;

    private PastCodec() {}

    static byte[] encode(Past past) {
        List<Stamp> stamps = new ArrayList<>(past.seen());
        Map<Stamp, Integer> places = new LinkedHashMap<>();
        int size = 6 + STAMP * past.seen().size() + 2;
        Marks marks = past.marks();
        for (Map.Entry<Marks.Part, Marks.Mark> part : marks.parts().entrySet()) {
            place(stamps, places, part.getValue().stamp());
            size += 2 * 4
                    + 1
                    + 3 * (part.getKey().set().length() + part.getKey().name().length());
        }
        Stamp body = marks.body();
        if (body != null) {
            place(stamps, places, body);
        }
        ByteBuffer out = ByteBuffer.allocate(size + STAMP * places.size());
        out.putShort((short) stamps.size());
        for (Stamp stamp : stamps) {
            out.putLong(stamp.clock())
                    .putLong(stamp.incarnation().high())
                    .putLong(stamp.incarnation().low())
                    .putLong(stamp.seq());
        }
        out.putShort((short) past.seen().size()).putShort((short) marks.parts().size());
        marks.parts().forEach((part, mark) -> {
            text(out, part.set());
            text(out, part.name());
            out.putShort((short) place(stamps, places, mark.stamp())).put((byte) (mark.on() ? 1 : 0));
        });
        if (body != null) {
            out.putShort((short) place(stamps, places, body));
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static int place(List<Stamp> stamps, Map<Stamp, Integer> places, Stamp stamp) {
        Integer known = places.get(stamp);
        if (known == null) {
            known = stamps.size();
            stamps.add(stamp);
            places.put(stamp, known);
        }
        return known;
    }

    private static void text(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }

    static Past decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            List<Stamp> stamps = new ArrayList<>();
            for (int left = number(in, STAMPS_MAX); left > 0; left--) {
                stamps.add(new Stamp(in.getLong(), new Incarnation(in.getLong(), in.getLong()), in.getLong()));
            }
            List<Stamp> seen = stamps.subList(0, number(in, stamps.size()));
            TreeMap<Marks.Part, Marks.Mark> parts = new TreeMap<>();
            for (int left = number(in, Marks.PARTS_MAX); left > 0; left--) {
                Marks.Part part = new Marks.Part(text(in), text(in));
                Stamp stamp = stamps.get(number(in, stamps.size() - 1));
                parts.put(part, new Marks.Mark(stamp, number(in.get(), 1) == 1));
            }
            Marks marks = parts.isEmpty() ? Marks.NONE : new Marks(stamps.get(number(in, stamps.size() - 1)), parts);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("there are bytes too many after a row's past");
            }
            return new Past(seen, marks);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a row's past is cut off", e);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[number(in, Marks.Part.NAME_MAX)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int number(ByteBuffer in, int most) {
        return number(in.getShort() & 0xffff, most);
    }

    private static int number(int number, int most) {
        if (number < 0 || number > most) {
            throw new IllegalArgumentException(
                    "a row's past has the number " + number + " where " + most + " is the most");
        }
        return number;
    }
}
