package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.table.TableInfo;
import io.twinroot.table.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A table in A beside its copy in B, at least one of which is there.
 *
 * @param inA the copy in A, null where A lacks the table
 * @param inB the copy in B, null where B lacks it
 */
record Pair(
        Address a,
        Address b,
        @Nullable TableInfo inA,
        @Nullable TableInfo inB) {
    /** How messages name it: one name, or both where they differ. */
    String name() {
        String left = table(a).text();
        String right = table(b).text();
        return left.equals(right) ? left : left + " and " + right;
    }

    private static TableName table(Address address) {
        return address.table().orElseThrow(() -> new IllegalStateException("no table in " + address));
    }

    Replica openA(Replicas place) {
        return place.table(table(a));
    }

    Replica openB(Replicas place) {
        return place.table(table(b));
    }

    /** The copy that B lacks, made in it with the rules of A's. */
    Pair madeInB(Replicas place) {
        return new Pair(a, b, inA, inA == null ? inB : made(place, table(b), inA));
    }

    /** The copy that A lacks, made in it with the rules of B's. */
    Pair madeInA(Replicas place) {
        return new Pair(a, b, inB == null ? inA : made(place, table(a), inB), inB);
    }

    private static TableInfo made(Replicas place, TableName name, TableInfo like) {
        try (Replica table = place.create(name, like.rules())) {
            return table.info();
        }
    }

    /**
     * The tables that two addresses mean: the two that they name, the one that one of them names, or all by
     * their names.
     */
    static List<Pair> of(Address a, Replicas placeA, Address b, Replicas placeB) {
        if (a.table().isPresent() || b.table().isPresent()) {
            Address left = a.table().isPresent() ? a : a.with(b.table().orElseThrow());
            Address right = b.table().isPresent() ? b : b.with(a.table().orElseThrow());
            return List.of(new Pair(left, right, info(placeA, left), info(placeB, right)));
        }
        Map<TableName, TableInfo> inA = byName(placeA);
        Map<TableName, TableInfo> inB = byName(placeB);
        TreeSet<TableName> names = new TreeSet<>(inA.keySet());
        names.addAll(inB.keySet());
        List<Pair> pairs = new ArrayList<>();
        for (TableName name : names) {
            pairs.add(new Pair(a.with(name), b.with(name), inA.get(name), inB.get(name)));
        }
        return pairs;
    }

    private static TableInfo info(Replicas place, Address address) {
        try (Replica table = place.table(table(address))) {
            return table.info();
        }
    }

    private static Map<TableName, TableInfo> byName(Replicas place) {
        Map<TableName, TableInfo> byName = new TreeMap<>();
        place.tables().forEach(info -> byName.put(info.name(), info));
        return byName;
    }
}
