package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.config.Config;
import io.twinroot.table.TableRules;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** docs/cli.md says what there is, and nothing that is not there. */
final class DocumentedTest {
    private static final Path PAGE = Path.of("docs/cli.md");
    private static final List<String> EVERYWHERE = List.of("-h", "--help", "-V", "--version");

    @TempDir
    Path temp;

    @Test
    void everyCommandAndOptionIsDescribed() throws IOException {
        String page = Files.readString(PAGE);
        List<String> missing = new ArrayList<>();
        Map<String, CommandLine> commands = new LinkedHashMap<>();
        collect("", Main.commandLine(Screen.ofProcess()), commands);
        commands.forEach((name, command) -> {
            if (!page.contains("\n## " + name)) {
                missing.add(name);
            }
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.hidden()
                        && !EVERYWHERE.contains(option.names()[0])
                        && !page.contains("`" + option.longestName())) {
                    missing.add(name + " " + option.longestName());
                }
            }
        });
        assertEquals(List.of(), missing);

        Matcher mentioned = Pattern.compile("`(--[a-z-]+)").matcher(page);
        List<String> options = commands.values().stream()
                .flatMap(command -> command.getCommandSpec().options().stream())
                .flatMap(option -> java.util.Arrays.stream(option.names()))
                .toList();
        while (mentioned.find()) {
            assertTrue(options.contains(mentioned.group(1)), "there is no option " + mentioned.group(1));
        }
    }

    /** The commands that do something, by all of their words. */
    private static void collect(String words, CommandLine line, Map<String, CommandLine> commands) {
        line.getSubcommands().forEach((word, command) -> {
            String name = (words + " " + word).strip();
            if (!command.getSubcommands().isEmpty()) {
                collect(name, command, commands);
            } else if (!command.getCommandSpec().usageMessage().hidden()) {
                commands.put(name, command);
            }
        });
    }

    @Test
    void everySettingIsDescribed() throws IOException {
        String page = Files.readString(PAGE);
        List<String> missing = new ArrayList<>();
        collectMissing(Config.class, page, missing);
        assertEquals(List.of(), missing);
    }

    private static void collectMissing(Class<?> type, String page, List<String> missing) {
        for (RecordComponent component : type.getRecordComponents()) {
            Class<?> element = component.getGenericType() instanceof ParameterizedType list
                            && list.getActualTypeArguments()[0] instanceof Class<?> of
                    ? of
                    : component.getType();
            boolean lieHere = element == TableRules.class; // beside the table's other settings
            if (lieHere || (element.isRecord() && element.getEnclosingClass() == Config.class)) {
                collectMissing(element, page, missing);
            } else if (!Pattern.compile("[`.]" + component.getName() + "`")
                    .matcher(page)
                    .find()) {
                missing.add(component.getName());
            }
        }
    }

    @Test
    void theRowsOfThePageCanBeLoaded() throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf("```json\n") + "```json\n".length();
        String rows = page.substring(start, page.indexOf("```", start));
        Cli.Result loaded =
                Cli.runWithInput(rows, "load", "store:" + temp.resolve("s") + "?table=t", "-", "--create", "--json");
        assertEquals(Exit.SAME, loaded.exit(), loaded.err());
        assertEquals(2, loaded.json("loaded").path("rows").asInt());
    }
}
