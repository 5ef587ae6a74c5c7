package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo checks itself at every step; here it only has to end well. */
final class SqlDemoTest {
    @Test
    void theDemoGoesAsItShould() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        Screen screen = new Screen(new ByteArrayInputStream(new byte[0]), stream, stream, false, false, Map.of());
        SqlDemo.run(screen, Arrays.copyOf(UnicodeCharacters.all(), 30_000));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("All of it went as it should"), out::toString);
    }
}
