package io.twinroot.peer;

import java.time.Duration;

/**
 * The bounds of one end of a connection. Sizes in bytes. docs/protocol.md names the defaults.
 *
 * @param connectionsMax open connections to a server; one more is closed
 * @param requestsMax requests at once on a server; one more is answered 503
 * @param headersMax all headers of a message
 * @param uriMax the first line of a request
 * @param lineMax one line of JSON lines, or one row
 * @param listMax a list of UIDs, entries or states, and a list of tables
 * @param narrowMax one narrowing message
 * @param blobMax one blob
 * @param batchBytes changes are applied in batches of so much JSON at most
 * @param requestTimeout for the whole of a request that is no stream, and for an answer's head
 * @param streamTimeout for the whole of a stream of rows, changes, events or a blob's bytes
 * @param headTimeout for a request's head, from when the connection was ready for it
 * @param leastRate a body moves at so many bytes a second at least, in each {@code rateWindow} of waiting
 * @param rateWindow over which {@code leastRate} is taken
 * @param connectTimeout for a connection to open
 */
public record Limits(
        int connectionsMax,
        int requestsMax,
        int headersMax,
        int uriMax,
        int lineMax,
        int listMax,
        int narrowMax,
        long blobMax,
        int batchBytes,
        Duration requestTimeout,
        Duration streamTimeout,
        Duration headTimeout,
        int leastRate,
        Duration rateWindow,
        Duration connectTimeout) {

    public static final Limits DEFAULT = new Limits(
            1_000,
            64,
            16 << 10,
            8 << 10,
            3 << 20,
            24 << 20,
            4 << 20,
            1L << 40,
            4 << 20,
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            1 << 10,
            Duration.ofSeconds(10),
            Duration.ofSeconds(5));

    /** These limits with other times. */
    public Limits withTimes(Duration request, Duration stream, Duration head, Duration window, Duration connect) {
        return new Limits(
                connectionsMax,
                requestsMax,
                headersMax,
                uriMax,
                lineMax,
                listMax,
                narrowMax,
                blobMax,
                batchBytes,
                request,
                stream,
                head,
                leastRate,
                window,
                connect);
    }

    /** These limits with other numbers of connections and requests. */
    public Limits withCrowd(int connections, int requests) {
        return new Limits(
                connections,
                requests,
                headersMax,
                uriMax,
                lineMax,
                listMax,
                narrowMax,
                blobMax,
                batchBytes,
                requestTimeout,
                streamTimeout,
                headTimeout,
                leastRate,
                rateWindow,
                connectTimeout);
    }

    /** These limits with another least rate of bodies, in bytes a second. */
    public Limits withLeastRate(int rate) {
        return new Limits(
                connectionsMax,
                requestsMax,
                headersMax,
                uriMax,
                lineMax,
                listMax,
                narrowMax,
                blobMax,
                batchBytes,
                requestTimeout,
                streamTimeout,
                headTimeout,
                rate,
                rateWindow,
                connectTimeout);
    }
}
