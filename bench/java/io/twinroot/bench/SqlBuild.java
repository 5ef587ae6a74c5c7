package io.twinroot.bench;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Addresses;
import io.twinroot.table.TableInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one table of a database into an index with a tree, as a verify does with each side; a process for {@link SqlBench}. */
public final class SqlBuild {
    private SqlBuild() {}

    /** @param args an address with a table; without one it only starts, which is the JVM's base */
    public static void main(String[] args) throws IOException {
        if (args.length > 0) {
            var address = Addresses.parse(args[0]);
            try (Replicas place = Addresses.open(address);
                    Replica table = place.table(address.table().orElseThrow())) {
                TableInfo info = table.info();
                System.out.println(
                        "rows " + info.count() + " root " + info.root().hex());
            }
        }
        Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .forEach(System.out::println);
    }
}
