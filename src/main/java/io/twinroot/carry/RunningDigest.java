package io.twinroot.carry;

import io.twinroot.table.Digest;
import java.security.MessageDigest;

/** The digest of a stream at places before its end. */
final class RunningDigest {
    private RunningDigest() {}

    /** The digest of what went in up to now; more may follow. */
    static Digest soFar(MessageDigest sha) {
        try {
            return Digest.of(((MessageDigest) sha.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }
}
