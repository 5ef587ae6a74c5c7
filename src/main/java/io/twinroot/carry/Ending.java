package io.twinroot.carry;

/** How the reading of a file of changes ended. */
public sealed interface Ending {
    /** At its end. */
    record Whole() implements Ending {}

    /** After its last flush point that can be used: the file was cut off or damaged. */
    record Broken(String why) implements Ending {}
}
