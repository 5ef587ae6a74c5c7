package io.twinroot.reconcile;

/**
 * What was moved over the network: payload both ways, without the headers of HTTP.
 *
 * @param sentBytes in bodies of requests
 * @param receivedBytes in bodies of answers
 * @param roundTrips requests made
 */
public record Traffic(long sentBytes, long receivedBytes, long roundTrips) {
    public static final Traffic NONE = new Traffic(0, 0, 0);

    public Traffic plus(Traffic other) {
        return new Traffic(
                sentBytes + other.sentBytes, receivedBytes + other.receivedBytes, roundTrips + other.roundTrips);
    }

    /** What was moved since an earlier reading. */
    public Traffic since(Traffic earlier) {
        return new Traffic(
                sentBytes - earlier.sentBytes, receivedBytes - earlier.receivedBytes, roundTrips - earlier.roundTrips);
    }
}
