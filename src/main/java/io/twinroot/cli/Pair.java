package io.twinroot.cli;

import io.twinroot.reconcile.Replica;
import io.twinroot.reconcile.Replicas;
import io.twinroot.service.Address;
import io.twinroot.table.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table in A beside its copy in B, at least one of which is there.
 *
 * @param inA whether A has it
 * @param inB whether B has it
 */
record Pair(Address a, Address b, boolean inA, boolean inB) {
    /** How messages name it: one name, or both where they differ. */
    String name() {
        String left = table(a).text();
        String right = table(b).text();
        return left.equals(right) ? left : left + " and " + right;
    }

    boolean isInBoth() {
        return inA && inB;
    }

    TableName inPlaceA() {
        return table(a);
    }

    TableName inPlaceB() {
        return table(b);
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

    /** The rows of the only copy that is there. */
    long rowsOfTheOne(Replicas placeA, Replicas placeB) {
        try (Replica one = inA ? openA(placeA) : openB(placeB)) {
            return one.info().count();
        }
    }

    /** The same, with the copy that one side lacks made there with the rules of the other's. */
    Pair madeInBoth(Replicas placeA, Replicas placeB) {
        if (!inB) {
            make(placeB, table(b), placeA, table(a));
        } else if (!inA) {
            make(placeA, table(a), placeB, table(b));
        }
        return new Pair(a, b, true, true);
    }

    private static void make(Replicas place, TableName name, Replicas other, TableName like) {
        try (Replica model = other.table(like);
                Replica made = place.create(name, model.info().rules())) {
            var _ = made.info();
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
            check(placeA, left);
            check(placeB, right);
            return List.of(new Pair(left, right, true, true));
        }
        Set<TableName> inA = new TreeSet<>(placeA.names());
        Set<TableName> inB = new TreeSet<>(placeB.names());
        TreeSet<TableName> names = new TreeSet<>(inA);
        names.addAll(inB);
        List<Pair> pairs = new ArrayList<>();
        for (TableName name : names) {
            pairs.add(new Pair(a.with(name), b.with(name), inA.contains(name), inB.contains(name)));
        }
        return pairs;
    }

    /** Fails where the place has no such table. */
    private static void check(Replicas place, Address address) {
        try (Replica table = place.table(table(address))) {
            if (!(address instanceof Address.Sql)) {
                var _ = table.info();
            }
        }
    }
}
