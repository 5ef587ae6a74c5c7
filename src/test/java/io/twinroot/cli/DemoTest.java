package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The demo checks itself at every step; here it only has to end well. */
@Tag("long")
final class DemoTest {
    @Test
    void theDemoGoesAsItShould() {
        Cli.Result demo = Cli.run("demo", "--small");
        assertEquals(Exit.SAME, demo.exit(), () -> demo.out() + demo.err());
        assertTrue(demo.out().contains("All of it went as it should"), demo.out());
    }
}
