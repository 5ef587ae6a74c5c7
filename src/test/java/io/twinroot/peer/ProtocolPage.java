package io.twinroot.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The samples in docs/protocol.md. */
final class ProtocolPage {
    private final String text;

    ProtocolPage() throws IOException {
        text = Files.readString(Path.of("docs/protocol.md"));
    }

    String text() {
        return text;
    }

    /** The fenced blocks of a kind, as {@code ```json row}. */
    List<String> blocks(String kind) {
        List<String> blocks = new ArrayList<>();
        String fence = "```" + kind + "\n";
        for (int at = text.indexOf(fence); at >= 0; at = text.indexOf(fence, at)) {
            int start = at + fence.length();
            int end = text.indexOf("\n```\n", start);
            blocks.add(text.substring(start, end));
            at = end;
        }
        return blocks;
    }

    /** The lines of all fenced blocks of a kind. */
    List<String> lines(String kind) {
        return blocks(kind).stream().flatMap(String::lines).toList();
    }

    /** A request of the page, and the answer under it as it stands there. */
    record Sample(String method, String path, String headers, String body, String answer) {
        static Sample of(String block) {
            int answer = block.indexOf("\n\nHTTP/1.1 ");
            String request = block.substring(0, answer);
            int empty = request.indexOf("\n\n");
            String head = empty < 0 ? request : request.substring(0, empty);
            String body = empty < 0 ? "" : request.substring(empty + 2);
            String[] first = head.lines().findFirst().orElseThrow().split(" ", 2);
            StringBuilder headers = new StringBuilder();
            head.lines().skip(1).forEach(line -> headers.append(line).append("\r\n"));
            return new Sample(first[0], first[1], headers.toString(), body, block.substring(answer + 2));
        }

        RawHttp.Reply ask(int port) throws IOException {
            return RawHttp.ask(port, method, path, headers, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** An answer as it stands on the page: status, these headers, and the body. */
    static String shown(RawHttp.Reply reply, List<String> headers) {
        StringBuilder shown = new StringBuilder("HTTP/1.1 " + reply.status());
        for (String header : headers) {
            String line = reply.head()
                    .lines()
                    .filter(l -> l.regionMatches(true, 0, header + ":", 0, header.length() + 1))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no header " + header + " in " + reply.head()));
            shown.append('\n').append(header).append(line.substring(header.length()));
        }
        return shown.append("\n\n").append(plain(reply).strip()).toString();
    }

    /** The body without its transfer encoding. */
    private static String plain(RawHttp.Reply reply) {
        if (!reply.hasHeader("transfer-encoding: chunked")) {
            return reply.body();
        }
        StringBuilder plain = new StringBuilder();
        byte[] rest = reply.body().getBytes(StandardCharsets.UTF_8);
        int at = 0;
        while (true) {
            int end = at;
            while (rest[end] != '\r') {
                end++;
            }
            int length = Integer.parseInt(new String(rest, at, end - at, StandardCharsets.US_ASCII), 16);
            if (length == 0) {
                return plain.toString();
            }
            plain.append(new String(rest, end + 2, length, StandardCharsets.UTF_8));
            at = end + 2 + length + 2;
        }
    }

    /** The names of the headers that an answer on the page shows. */
    static List<String> headersOf(String answer) {
        return answer.lines()
                .skip(1)
                .takeWhile(line -> !line.isEmpty())
                .map(line -> line.substring(0, line.indexOf(':')))
                .toList();
    }
}
