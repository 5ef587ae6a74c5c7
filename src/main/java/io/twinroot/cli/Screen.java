package io.twinroot.cli;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The terminal, or what stands in its place: where answers ({@code out}) and remarks ({@code err}) go, and
 * whether a person looks at them.
 *
 * @param in the standard input
 * @param environment the environment's variables
 */
record Screen(
        java.io.InputStream in,
        PrintStream out,
        PrintStream err,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Map<String, String> environment) {

    /** The process's own. */
    static Screen ofProcess() {
        boolean outIsTerminal = isTerminal(1);
        boolean errIsTerminal = isTerminal(2);
        return new Screen(
                System.in,
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                outIsTerminal,
                errIsTerminal,
                outIsTerminal || errIsTerminal ? withColumns(System.getenv()) : System.getenv());
    }

    /** This screen with other streams, which are no terminal. */
    Screen into(OutputStream newOut, OutputStream newErr) {
        return new Screen(
                in,
                new PrintStream(newOut, true, StandardCharsets.UTF_8),
                new PrintStream(newErr, true, StandardCharsets.UTF_8),
                false,
                false,
                environment);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(
                new java.io.BufferedOutputStream(new FileOutputStream(descriptor), 8192), true, StandardCharsets.UTF_8);
    }

    /** Asks the kernel where the descriptor leads; where it does not tell, the JDK, which knows only all or none. */
    @SuppressWarnings("SystemConsoleNull") // the JDK's documentation still allows null
    private static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    /** Whether answers are coloured: only for a person, and not against NO_COLOR (https://no-color.org). */
    boolean coloured() {
        return outIsTerminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** How many characters a line may have: the terminal's width where it is told, else 100. */
    int width() {
        return environment.getOrDefault("COLUMNS", "").matches("[1-9]\\d{1,3}")
                ? Math.max(40, Integer.parseInt(environment.getOrDefault("COLUMNS", "")))
                : 100;
    }

    /** The environment, with the terminal's width in COLUMNS, which shells keep to themselves. */
    private static Map<String, String> withColumns(Map<String, String> environment) {
        if (environment.containsKey("COLUMNS")) {
            return environment;
        }
        Map<String, String> more = new HashMap<>(environment);
        try {
            Process asked = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] rowsAndColumns = new String(asked.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ", 2);
            more.put("COLUMNS", rowsAndColumns[rowsAndColumns.length - 1]);
        } catch (IOException e) {
            more.put("COLUMNS", ""); // no such terminal or command: then the usual width
        }
        return more;
    }

    boolean debug() {
        return !environment.getOrDefault("TWINROOT_DEBUG", "").isEmpty();
    }

    String bold(String text) {
        return paint("1", text);
    }

    String dim(String text) {
        return paint("2", text);
    }

    String red(String text) {
        return paint("31", text);
    }

    String green(String text) {
        return paint("32", text);
    }

    String yellow(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return coloured() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
