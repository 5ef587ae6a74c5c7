package io.twinroot.table;

/** The content of a row. */
public sealed interface Body {
    /** The most bytes that the canonical encoding of {@link Fields} may have: 1 MiB. */
    int MAX_FIELDS_BYTES = 1 << 20;

    /** Typed fields by name. */
    record Fields(Value.Mapping fields) implements Body {}

    /**
     * Bytes of any number, kept and moved as a stream.
     *
     * @param size in bytes
     * @param content SHA-256 of the bytes
     */
    record Blob(long size, Digest content) implements Body {
        public Blob {
            if (size < 0) {
                throw new IllegalArgumentException("a blob's size is negative: " + size);
            }
        }
    }

    /** The one encoding of this body: a CBOR map of the fields, or an array of a blob's size and digest. */
    default byte[] encoded() {
        return CanonicalCbor.encodeBody(this);
    }

    /** SHA-256 of the encoding, without the fields that the rules exclude; also of fields that are too many to be kept. */
    default Digest digest(TableRules rules) {
        return switch (this) {
            case Fields(Value.Mapping fields) ->
                Digest.sha256(CanonicalCbor.encode(
                        rules.digestExcludes().isEmpty() ? fields : fields.without(rules.digestExcludes())));
            case Blob blob -> Digest.sha256(blob.encoded());
        };
    }
}
