package io.twinroot.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON that remembers where each value stood, so that a wrong one can be pointed at. */
sealed interface Json {
    Place place();

    /** What a person calls this kind of value. */
    String kind();

    /** @param path the keys from the top, as in {@code peers[0].url}; empty for the top */
    record Place(String path, int line, int column) {}

    record Mapping(Place place, Map<String, Json> values, Map<String, Place> keys) implements Json {
        @Override
        public String kind() {
            return "an object";
        }
    }

    record Sequence(Place place, List<Json> values) implements Json {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Text(Place place, String value) implements Json {
        @Override
        public String kind() {
            return "a text";
        }
    }

    record Numeric(Place place, BigDecimal value) implements Json {
        @Override
        public String kind() {
            return "a number";
        }
    }

    record Bool(Place place, boolean value) implements Json {
        @Override
        public String kind() {
            return value ? "true" : "false";
        }
    }

    record Null(Place place) implements Json {
        @Override
        public String kind() {
            return "null";
        }
    }

    /** Reads one document. Doubled keys are reported and the first value kept; broken JSON ends the reading. */
    static Json parse(String text, Problems problems) throws Malformed {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(16)
                        .maxNumberLength(40)
                        .build())
                .build();
        try (JsonParser parser = factory.createParser(text)) {
            Reading reading = new Reading(parser, problems);
            Json top = reading.value(parser.nextToken(), "");
            if (parser.nextToken() != null) {
                throw new Malformed(reading.here(""), "there is more after the closing brace");
            }
            return top;
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation() == null ? JsonLocation.NA : e.getLocation();
            throw new Malformed(new Place("", at.getLineNr(), at.getColumnNr()), Reading.withoutContent(e));
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory cannot fail to be read", e);
        }
    }

    /** The text is not JSON. */
    final class Malformed extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Place place;

        Malformed(Place place, String what) {
            super(what);
            this.place = place;
        }

        Place place() {
            return place;
        }
    }

    /** One pass over a document. */
    record Reading(JsonParser parser, Problems problems) {
        Place here(String path) {
            JsonLocation at = parser.currentTokenLocation();
            return new Place(path, at.getLineNr(), at.getColumnNr());
        }

        Json value(JsonToken token, String path) throws IOException, Malformed {
            Place place = here(path);
            if (token == null) {
                throw new Malformed(place, "there is nothing in it; it needs an object with at least \"data\"");
            }
            return switch (token) {
                case START_OBJECT -> mapping(place);
                case START_ARRAY -> sequence(place);
                case VALUE_STRING -> new Text(place, parser.getText());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Numeric(place, parser.getDecimalValue());
                case VALUE_TRUE -> new Bool(place, true);
                case VALUE_FALSE -> new Bool(place, false);
                case VALUE_NULL -> new Null(place);
                case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                    throw new IllegalStateException("no value starts with " + token);
            };
        }

        private Mapping mapping(Place place) throws IOException, Malformed {
            Map<String, Json> values = new LinkedHashMap<>();
            Map<String, Place> keys = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                Place key = here(place.path().isEmpty() ? name : place.path() + "." + name);
                Json value = value(parser.nextToken(), key.path());
                Place first = keys.putIfAbsent(name, key);
                if (first == null) {
                    values.put(name, value);
                } else {
                    problems.add(key, "given twice; it is already on line " + first.line());
                }
            }
            return new Mapping(place, values, keys);
        }

        private Sequence sequence(Place place) throws IOException, Malformed {
            List<Json> values = new ArrayList<>();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                values.add(value(token, place.path() + "[" + values.size() + "]"));
            }
            return new Sequence(place, values);
        }

        /** The parser's message without what it read, which may be a secret that lacks its quotes. */
        static String withoutContent(JsonProcessingException e) {
            String message = e.getOriginalMessage();
            if (message.startsWith("Unrecognized token")) {
                return "not JSON: a word that is neither true, false nor null (texts need double quotes)";
            }
            int more = message.indexOf(';');
            return "not JSON: " + (more < 0 ? message : message.substring(0, more));
        }
    }
}
