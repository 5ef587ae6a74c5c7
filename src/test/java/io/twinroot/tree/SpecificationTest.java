package io.twinroot.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.table.Digest;
import io.twinroot.table.Uid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The vectors of docs/tree.md, for good: if one of these fails, the format needs another number. */
class SpecificationTest {
    private static Uid uid(int i) {
        return Uid.ofText("row-%08d".formatted(i));
    }

    private static MemoryTree table(int from, int to) {
        MemoryTree tree = new MemoryTree(Salt.PUBLISHED);
        for (int i = from; i < to; i++) {
            tree.write(uid(i), Digest.sha256(uid(i).toBytes()));
        }
        return tree.refresh();
    }

    static String vectors() {
        StringBuilder out = new StringBuilder();
        out.append("| entries | height | root |\n|---|---|---|\n");
        for (int n : new int[] {0, 1, 2, 8, 100, 1_000, 10_000}) {
            TreeRoot root = table(0, n).root();
            out.append("| %,d | %d | `%s` |%n"
                    .formatted(n, root.height(), root.root().hex()));
        }
        out.append("\n| first UID of the level | level |\n|---|---|\n");
        for (int level = 0; level <= 4; level++) {
            int first = 0;
            while (Salt.PUBLISHED.level(uid(first)) != level) {
                first++;
            }
            out.append("| `%s` | %d |%n".formatted(uid(first), level));
        }
        out.append("\nThe published salt's id is `%016x`.\n".formatted(Salt.PUBLISHED.id()));
        return out.toString();
    }

    @Test
    void theVectorsOfTheDocumentAreWhatTheTreeGives() throws IOException {
        String page = Files.readString(Path.of("docs/tree.md"), StandardCharsets.UTF_8);
        int start = page.indexOf("<!-- vectors -->\n") + "<!-- vectors -->\n".length();
        String written = page.substring(start, page.indexOf("<!-- /vectors -->"));
        assertTrue(written.length() > 500, "the vectors are missing");
        assertEquals(vectors(), written);
    }

    @Test
    void theSpecificationAsAProgramGivesTheSameRoots() {
        for (int n : new int[] {0, 1, 100, 10_000}) {
            MemoryTree tree = table(0, n);
            assertEquals(
                    Specification.root(Salt.PUBLISHED, tree.entries()),
                    tree.root().root());
        }
    }

    /** From the reference implementation of SipHash-2-4: key 00 … 0f, input 00, 01, … of each length. */
    @Test
    void sipHashGivesItsAuthorsVectors() {
        SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        long[] expected = {
            0x726fdb47dd0e0e31L, 0x74f839c593dc67fdL, 0x0d6c8009d9a94f5aL, 0x85676696d7fb7e2dL,
            0xcf2794e0277187b7L, 0x18765564cd99a68dL, 0xcbc9466e58fee3ceL, 0xab0200f58b01d137L,
            0x93f5f5799a932462L, 0x9e0082df0ba9e4b0L, 0x7a5dbbc594ddb9f3L, 0xf4b32f46226bada7L,
            0x751e8fbc860ee5fbL, 0x14ea5627c0843d90L, 0xf723ca908e7af2eeL, 0xa129ca6149be45e5L
        };
        for (int length = 0; length < expected.length; length++) {
            byte[] input = new byte[length];
            for (int i = 0; i < length; i++) {
                input[i] = (byte) i;
            }
            assertEquals(
                    HexFormat.of().toHexDigits(expected[length]),
                    HexFormat.of().toHexDigits(hash.hash(input)),
                    length + " bytes");
        }
    }
}
