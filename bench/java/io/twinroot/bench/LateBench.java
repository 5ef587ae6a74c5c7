package io.twinroot.bench;

import io.twinroot.service.LateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two nodes that follow each other over a way on which everything is up to two seconds late, while 500 writes a second
 * come to each: does a verify ever call a row different that is only late, and how long does it take for a real
 * difference?
 */
public final class LateBench {
    private LateBench() {}

    public static void main(String[] args) throws Exception {
        int verifies = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        int settleMs = args.length > 1 ? Integer.parseInt(args[1]) : 3_000;
        Path directory = Files.createTempDirectory("twinroot-late");
        try {
            LateRun.Result result = new LateRun(500, 2_000, settleMs, verifies, 1).run(directory);
            System.out.printf(
                    "%,d writes, %d verifies (settle %d ms), of which %d found something on its way: %d differences"
                            + " confirmed, and should be none; the slowest took %,d ms%n",
                    result.writes(),
                    verifies,
                    settleMs,
                    result.suspectedWhile(),
                    result.confirmed(),
                    result.slowestMs());
            System.out.printf("a row that one side lost was confirmed after %,d ms%n", result.plantedMs());
            System.out.println(
                    result.equalAtEnd() ? "the copies are equal at the end" : "THE COPIES ARE NOT EQUAL AT THE END");
            if (result.confirmed() > 0 || !result.equalAtEnd()) {
                System.exit(1);
            }
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        }
    }
}
