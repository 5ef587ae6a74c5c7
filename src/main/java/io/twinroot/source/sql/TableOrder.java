package io.twinroot.source.sql;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The order of tables that refer to each other. */
final class TableOrder {
    private TableOrder() {}

    /** Each table after those it refers to; in a circle, as they came. */
    static List<String> parentsFirst(List<String> names, List<ForeignKey> keys) {
        List<String> left = new ArrayList<>(names);
        Set<String> placed = new LinkedHashSet<>();
        while (!left.isEmpty()) {
            List<String> free = left.stream()
                    .filter(name -> keys.stream()
                            .noneMatch(key -> key.table().equals(name)
                                    && !key.refersTo().equals(name)
                                    && left.contains(key.refersTo())))
                    .toList();
            List<String> next = free.isEmpty() ? List.of(left.getFirst()) : free;
            placed.addAll(next);
            left.removeAll(next);
        }
        return List.copyOf(placed);
    }
}
