package io.twinroot.peer;

import io.twinroot.wire.Problem;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who may ask. A node on the loopback interface trusts what runs on its machine, so a browser must not lend
 * it to pages of elsewhere: the request names this host itself (which DNS rebinding can't fake), and comes
 * from no other origin.
 */
final class Visitors {
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}|\\[?(::1|(0+:){7}0*1)]?|localhost");

    private final Set<String> names;

    /** @param names by which this host may be called, beside those of the loopback interface */
    Visitors(Set<String> names) {
        this.names = names;
    }

    void check(HttpServerRequest request) {
        checkHost(request);
        checkOrigin(request);
    }

    private void checkHost(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll("Host");
        if (hosts.size() != 1) {
            throw ProblemException.parameter("Host", "a request has one Host header, not " + hosts.size());
        }
        String host = name(hosts.getFirst());
        if (!LOOPBACK.matcher(host).matches() && !names.contains(host)) {
            throw new ProblemException(Problem.of(
                            Problem.Type.WRONG_HOST,
                            "this node is not called '" + Exchange.clip(host) + "'; ask it as localhost or 127.0.0.1")
                    .withParameter("Host"));
        }
    }

    private static String name(String authority) {
        int port = authority.lastIndexOf(':');
        boolean hasPort = port >= 0 && authority.indexOf(']', port) < 0;
        return (hasPort ? authority.substring(0, port) : authority).toLowerCase(Locale.ROOT);
    }

    private static void checkOrigin(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        String site = request.getHeader("Sec-Fetch-Site");
        boolean foreign = origin != null && !origin.equalsIgnoreCase("http://" + request.getHeader("Host"))
                || site != null && !site.equals("same-origin") && !site.equals("none");
        if (foreign) {
            throw new ProblemException(
                    Problem.of(Problem.Type.FOREIGN_ORIGIN, "a web page of another origin must not call this node")
                            .withParameter(origin != null ? "Origin" : "Sec-Fetch-Site"));
        }
    }
}
