package io.twinroot.carry;

import io.twinroot.wire.CarryLine;

/** What a {@link ChangesReader} finds next. */
sealed interface Part {
    /** A section that can be believed. */
    record OfSection(Section section) implements Part {}

    /** The file is whole. */
    record Whole(CarryLine.End end) implements Part {}

    /** From here on the file cannot be used: it was cut off or damaged. */
    record Broken(String why) implements Part {}
}
