package io.twinroot.wire;

/** How the first line of each kind of file begins: {@code {"twinroot":KIND,"format":1,…}}. */
final class FileHead {
    private FileHead() {}

    /** Reads it, from the value of {@code twinroot} to that of {@code format}. */
    static void read(JsonIn in, JsonIn.Members members, String kind, int known) {
        String found = in.text("twinroot");
        if (!found.equals(kind)) {
            throw in.error("this file is not a " + kind + "; it has \"twinroot\":\""
                    + (found.length() > 40 ? found.substring(0, 40) + "…" : found) + "\"");
        }
        String format = members.next();
        if (format == null || !format.equals("format")) {
            throw in.error("after twinroot comes format");
        }
        long number = in.count("a format");
        if (number != known) {
            throw in.error("format " + number + " is not known here, only " + known + "; use a newer twinroot");
        }
    }
}
