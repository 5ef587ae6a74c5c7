package io.twinroot.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON document strictly: UTF-8 alone, no byte order mark, no doubled names, nothing behind the end.
 * Each read starts at the current token and leaves the parser on the last token of what it read. For one
 * thread.
 */
public final class JsonIn {
    /** Values nest 32 levels, each perhaps in a {@code $map}, inside an envelope. */
    private static final int MAX_NESTING = 80;

    private static final int MAX_NUMBER_LENGTH = 1_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .build();

    /** What Jackson adds to a message: which of its features would let it pass, and where it was. */
    private static final Pattern ADVICE = Pattern.compile("(: enable `|\\n)[\\s\\S]*");

    private final JsonParser parser;

    private JsonIn(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * What {@code reading} makes of the one value in the document.
     *
     * @throws JsonException when the bytes are not JSON, or not what {@code reading} takes
     */
    public static <T> T read(byte[] json, Function<JsonIn, T> reading) {
        checkUtf8(json);
        try (JsonParser parser = FACTORY.createParser(json)) {
            JsonIn in = new JsonIn(parser);
            if (in.next() == null) {
                throw new JsonException(0, "there is no JSON, only " + json.length + " bytes of nothing");
            }
            T value = reading.apply(in);
            if (in.next() != null) {
                throw in.error("something follows the end of the JSON");
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array", e);
        }
    }

    /** Whether a document is an object whose first name is this one. */
    static boolean startsWith(byte[] json, String name) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            return parser.nextToken() == JsonToken.START_OBJECT
                    && parser.nextToken() == JsonToken.FIELD_NAME
                    && name.equals(parser.currentName());
        } catch (IOException e) {
            return false; // whoever reads it whole says what is wrong
        }
    }

    private static void checkUtf8(byte[] json) {
        if (json.length >= 3 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf) {
            throw new JsonException(0, "it starts with a byte order mark; leave it out");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer bytes = ByteBuffer.wrap(json);
        CharBuffer chars = CharBuffer.allocate(Math.min(json.length + 1, 4096));
        CoderResult result;
        do {
            chars.clear();
            result = decoder.decode(bytes, chars, true);
        } while (result.isOverflow());
        if (result.isError()) {
            throw new JsonException(bytes.position(), "the bytes are not UTF-8");
        }
        for (int i = 0; i < json.length; i++) {
            if (json[i] == 0) {
                throw new JsonException(i, "a zero byte; JSON is UTF-8 text");
            }
        }
    }

    private @Nullable JsonToken next() {
        try {
            return parser.nextToken();
        } catch (JacksonException e) {
            throw broken(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array", e);
        }
    }

    private JsonException broken(JacksonException e) {
        long offset = e.getLocation() == null
                ? parser.currentLocation().getByteOffset()
                : e.getLocation().getByteOffset();
        String what = switch (e) {
            case JsonEOFException end -> "the JSON breaks off";
            case StreamConstraintsException beyond -> "beyond a limit: " + firstLine(e);
            case JacksonException cut when cut.getOriginalMessage().contains("end-of-input") -> "the JSON breaks off";
            default -> "not JSON: " + firstLine(e);
        };
        JsonException error = new JsonException(offset, what);
        error.initCause(e);
        return error;
    }

    private static String firstLine(JacksonException e) {
        String message = e.getOriginalMessage();
        String line = ADVICE.matcher(message).replaceFirst("");
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    /** An error at the current token. */
    public JsonException error(String what) {
        return new JsonException(parser.currentTokenLocation().getByteOffset(), what);
    }

    /** What {@code making} gives; what it finds unacceptable becomes an error at the current token. */
    public <T> T check(Supplier<T> making) {
        try {
            return making.get();
        } catch (IllegalArgumentException e) {
            throw error(e, String.valueOf(e.getMessage()));
        }
    }

    /** The same, with words of our own for the error. */
    public <T> T check(Supplier<T> making, String otherwise) {
        try {
            return making.get();
        } catch (IllegalArgumentException e) {
            throw error(e, otherwise);
        }
    }

    private JsonException error(IllegalArgumentException cause, String what) {
        JsonException error = error(what);
        error.initCause(cause);
        return error;
    }

    public JsonToken token() {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new IllegalStateException("read past the end of the JSON");
        }
        return token;
    }

    private void expect(JsonToken token, String what) {
        if (parser.currentToken() != token) {
            throw error(what + " is expected here, not " + describe(token()));
        }
    }

    private static String describe(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> "the end";
        };
    }

    /** The members of the object at the current token. */
    public Members object(String what) {
        expect(JsonToken.START_OBJECT, what);
        return new Members();
    }

    /** Enters the array at the current token; then {@link #item} moves on. */
    public void array(String what) {
        expect(JsonToken.START_ARRAY, what);
    }

    /** Moves to the array's next item; false at its end. */
    public boolean item() {
        return next() != JsonToken.END_ARRAY;
    }

    public String text(String what) {
        expect(JsonToken.VALUE_STRING, what);
        try {
            return parser.getText();
        } catch (JacksonException e) {
            throw broken(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array", e);
        }
    }

    public boolean bool(String what) {
        if (token() == JsonToken.VALUE_TRUE || token() == JsonToken.VALUE_FALSE) {
            return token() == JsonToken.VALUE_TRUE;
        }
        throw error(what + " is true or false");
    }

    /** The flag that is written only where it holds. */
    public void isTrue(String what) {
        if (token() != JsonToken.VALUE_TRUE) {
            throw error(what + " is true, or left out");
        }
    }

    /** A signed 64-bit integer. */
    public long integer(String what) {
        expect(JsonToken.VALUE_NUMBER_INT, what);
        try {
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw error("an integer needs more than 64 bits; write it as {\"$decimal\": \"…\"}");
            }
            return parser.getLongValue();
        } catch (JacksonException e) {
            throw broken(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array", e);
        }
    }

    /** A natural number, of a count or size. */
    public long count(String what) {
        long n = integer(what);
        if (n < 0) {
            throw error(what + " is negative");
        }
        return n;
    }

    /** A number with a fraction or an exponent. */
    double real() {
        expect(JsonToken.VALUE_NUMBER_FLOAT, "a number");
        try {
            double d = parser.getDoubleValue();
            if (Double.isInfinite(d) || d == 0 && !isZero(parser.getText())) {
                throw error("the number is out of the range of a double; write it as {\"$decimal\": \"…\"}");
            }
            return d;
        } catch (JacksonException e) {
            throw broken(e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from an array", e);
        }
    }

    private static boolean isZero(String number) {
        for (int i = 0; i < number.length() && (number.charAt(i) | 0x20) != 'e'; i++) {
            if (number.charAt(i) >= '1' && number.charAt(i) <= '9') {
                return false;
            }
        }
        return true;
    }

    /** The members of one object, each name once. */
    public final class Members {
        private final Set<String> seen = new HashSet<>();

        private Members() {}

        /** Moves to the value of the next member and gives its name; null at the end. */
        public @Nullable String next() {
            if (JsonIn.this.next() == JsonToken.END_OBJECT) {
                return null;
            }
            String name = name();
            if (!seen.add(name)) {
                throw error("the name " + quoted(name) + " is in this object twice");
            }
            JsonIn.this.next();
            return name;
        }

        private String name() {
            try {
                return parser.currentName();
            } catch (IOException e) {
                throw new UncheckedIOException("reading from an array", e);
            }
        }

        public boolean has(String name) {
            return seen.contains(name);
        }

        public JsonException unknown(String name, String known) {
            return error("the name " + quoted(name) + " is not known here; there are " + known);
        }

        private static String quoted(String name) {
            return "'" + (name.length() > 60 ? name.substring(0, 60) + "…" : name) + "'";
        }
    }
}
