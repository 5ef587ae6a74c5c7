package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.service.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's commands work, and it stays short. */
final class ReadmeTest {
    @TempDir
    Path temp;

    @Test
    void itHasFewerThan600Words() throws IOException {
        assertTrue(Files.readString(Path.of("README.md")).split("\\s+").length < 600);
    }

    @Test
    void itsCommandsWork() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String use = readme.substring(readme.indexOf("## Use it"));
        List<String> commands = use.substring(0, use.indexOf("## What it is not"))
                .lines()
                .filter(line -> line.startsWith("twinroot "))
                .toList();
        assertEquals(4, commands.size());
        Path csv = Files.writeString(temp.resolve("orders.csv"), "id,total\n1,9.50\n");
        String backup = "store:" + temp.resolve("backup");
        assertEquals(
                Exit.SAME,
                Cli.run(
                                "load",
                                backup + "?table=shop/orders",
                                csv.toString(),
                                "--uid",
                                "id",
                                "--types",
                                "total=decimal",
                                "--create")
                        .exit());
        try (Node node = Node.start(Config.of(temp.resolve("data"), 0, List.of()))) {
            for (String command : commands.stream().skip(1).toList()) {
                String real = (command.equals("twinroot status") ? command + " http://127.0.0.1:7400" : command)
                        .replace(":7400", ":" + node.port())
                        .replace("orders.csv", csv.toString())
                        .replace("store:restored-backup", backup);
                Cli.Result result =
                        Cli.run(Arrays.stream(real.split(" ")).skip(1).toArray(String[]::new));
                assertEquals(Exit.SAME, result.exit(), () -> command + "\n" + result.out() + result.err());
            }
        }
    }
}
