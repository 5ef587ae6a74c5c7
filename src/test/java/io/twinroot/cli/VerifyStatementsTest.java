package io.twinroot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.twinroot.source.sql.Server;
import io.twinroot.source.sql.Servers;
import io.twinroot.source.sql.SqlPlace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a verify says to a server, by the server's own log: it only reads, in transactions that can only read. */
final class VerifyStatementsTest {
    private static final Pattern READING = Pattern.compile("(SELECT|COPY \\(SELECT|SHOW)\\b.*", Pattern.DOTALL);
    private static final Pattern FRAME = Pattern.compile(
            "(SET|BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\\b.*|", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    private static final Pattern LOCKS = Pattern.compile("FOR (NO KEY )?(UPDATE|SHARE|KEY SHARE)|LOCK (IN|TABLE)");

    @TempDir
    private Path temp;

    private record Two(SqlPlace a, SqlPlace b) {}

    private Two differing(Server server) {
        Two two = new Two(SqlPlace.of(server.newDatabase(), temp), SqlPlace.of(server.newDatabase(), temp));
        for (SqlPlace place : List.of(two.a(), two.b())) {
            place.run(
                    "CREATE TABLE t (id int PRIMARY KEY, name varchar(20))", "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
        }
        two.b().run("UPDATE t SET name = 'z' WHERE id = 2");
        return two;
    }

    private static void verify(Two two) {
        Cli.Result result = Cli.run("verify", two.a().address(), two.b().address(), "--settle", "0ms");
        assertEquals(Exit.DIFFERENT, result.exit(), () -> result.out() + result.err());
    }

    private static void assertOnlyReads(List<String> statements, Pattern begin) {
        boolean reading = false;
        int tables = 0;
        for (String statement : statements) {
            boolean reads = READING.matcher(statement).matches();
            assertTrue(reads || FRAME.matcher(statement).matches(), () -> statement + " among " + statements);
            assertFalse(LOCKS.matcher(statement.toUpperCase(Locale.ROOT)).find(), statement);
            reading |= begin.matcher(statement).find();
            reading &= !statement.matches("COMMIT|ROLLBACK");
            if (reads && statement.matches("(?s).*FROM [\"`]\\w+[\"`]\\.[\"`]t[\"`].*")) {
                assertTrue(reading, () -> statement + " is in no transaction that can only read: " + statements);
                tables++;
            }
        }
        assertTrue(tables >= 4, () -> "the scan and the second look on each side are not in " + statements);
    }

    @Test
    void postgresOnlyReads() {
        try (Server server = Servers.startPostgres(List.of("log_statement=all", "log_line_prefix=%p "))) {
            Two two = differing(server);
            int before = server.log().size();
            verify(two);
            List<String> lines = server.log();
            List<String> statements = new ArrayList<>();
            Pattern start = Pattern.compile("(\\d+) LOG:  (?:statement|execute [^:]*): (.*)");
            for (String line : lines.subList(before, lines.size())) {
                Matcher matcher = start.matcher(line);
                if (matcher.matches()) {
                    statements.add(matcher.group(1) + " " + matcher.group(2));
                } else if (line.startsWith("\t") && !statements.isEmpty()) {
                    statements.set(statements.size() - 1, statements.getLast() + "\n" + line.strip());
                }
            }
            assertOnlyReads(ofEachSession(statements), Pattern.compile("READ ONLY"));
        }
    }

    @Test
    void mariadbOnlyReads() throws Exception {
        try (Server server = Servers.startMariadb(List.of("--general-log=1", "--general-log-file=all.log"))) {
            Two two = differing(server);
            Path log = server.data().resolve("all.log");
            int before = Files.readAllLines(log).size();
            verify(two);
            List<String> lines = Files.readAllLines(log);
            List<String> statements = new ArrayList<>();
            Pattern start = Pattern.compile("(?:\\d{6} [ \\d:]{8})?\\s+(\\d+) (\\w+)(?:\t(.*))?");
            boolean query = false;
            for (String line : lines.subList(before, lines.size())) {
                Matcher matcher = start.matcher(line);
                if (matcher.matches()) {
                    query = List.of("Query", "Execute").contains(matcher.group(2));
                    if (query) {
                        statements.add(matcher.group(1) + " " + matcher.group(3).strip());
                    }
                } else if (query) {
                    statements.set(statements.size() - 1, statements.getLast() + "\n" + line.strip());
                }
            }
            assertOnlyReads(ofEachSession(statements), Pattern.compile("READ ONLY"));
        }
    }

    /** The statements of one session after those of another, as sessions may run at once. */
    private static List<String> ofEachSession(List<String> statements) {
        return statements.stream()
                .sorted(java.util.Comparator.comparing(statement -> statement.substring(0, statement.indexOf(' '))))
                .map(statement ->
                        statement.substring(statement.indexOf(' ') + 1).strip())
                .toList();
    }
}
