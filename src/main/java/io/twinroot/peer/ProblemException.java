package io.twinroot.peer;

import io.twinroot.reconcile.ReplicaException;
import io.twinroot.wire.JsonException;
import io.twinroot.wire.Problem;
import java.io.Serial;

/** A request that is answered with a problem document. */
final class ProblemException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    ProblemException(Problem problem) {
        super(problem.detail());
        this.problem = problem;
    }

    private ProblemException(Problem problem, Throwable cause) {
        super(problem.detail(), cause);
        this.problem = problem;
    }

    static ProblemException of(Problem.Type type, String detail) {
        return new ProblemException(Problem.of(type, detail));
    }

    /** A part of the path, a parameter of the query or a header is wrong. */
    static ProblemException parameter(String name, String detail) {
        return new ProblemException(Problem.of(Problem.Type.BAD_REQUEST, detail).withParameter(name));
    }

    static ProblemException of(JsonException e) {
        return new ProblemException(
                Problem.of(Problem.Type.BAD_REQUEST, e.detail()).at(e.line(), e.offset()), e);
    }

    static ProblemException of(ReplicaException e) {
        return new ProblemException(Problem.of(type(e.kind()), String.valueOf(e.getMessage())), e);
    }

    static Problem.Type type(ReplicaException.Kind kind) {
        return switch (kind) {
            case UNKNOWN_TABLE -> Problem.Type.UNKNOWN_TABLE;
            case BAD_REQUEST -> Problem.Type.BAD_REQUEST;
            case INCOMPATIBLE -> Problem.Type.INCOMPATIBLE;
            case SESSION_GONE -> Problem.Type.SESSION_GONE;
            case CURSOR_GONE -> Problem.Type.CURSOR_GONE;
            case IDENTITY_CONFLICT -> Problem.Type.IDENTITY_CONFLICT;
            case BUSY -> Problem.Type.BUSY;
            case UNREACHABLE -> Problem.Type.UNREACHABLE;
            case BAD_ANSWER -> Problem.Type.BAD_ANSWER;
            case STORAGE -> Problem.Type.STORAGE;
            case UNKNOWN_OUTCOME -> Problem.Type.UNKNOWN_OUTCOME;
        };
    }

    /** What a problem that a server answered means to the asker. */
    static ReplicaException.Kind kind(Problem.Type type) {
        return switch (type) {
            case UNKNOWN_TABLE -> ReplicaException.Kind.UNKNOWN_TABLE;
            case INCOMPATIBLE -> ReplicaException.Kind.INCOMPATIBLE;
            case SESSION_GONE -> ReplicaException.Kind.SESSION_GONE;
            case CURSOR_GONE -> ReplicaException.Kind.CURSOR_GONE;
            case IDENTITY_CONFLICT -> ReplicaException.Kind.IDENTITY_CONFLICT;
            case BUSY, NOT_READY, INTERNAL -> ReplicaException.Kind.BUSY;
            case TOO_SLOW, UNREACHABLE -> ReplicaException.Kind.UNREACHABLE;
            case STORAGE -> ReplicaException.Kind.STORAGE;
            case UNKNOWN_OUTCOME -> ReplicaException.Kind.UNKNOWN_OUTCOME;
            case UNKNOWN_PATH, WRONG_METHOD, NOT_ACCEPTABLE, WRONG_TYPE, BAD_ANSWER -> ReplicaException.Kind.BAD_ANSWER;
            case BAD_REQUEST,
                    FOREIGN_ORIGIN,
                    UNKNOWN_ROW,
                    UNKNOWN_REPAIR,
                    UNKNOWN_PROBLEM,
                    UNKNOWN_TRASH,
                    OLDER,
                    LINGERING,
                    GUARD,
                    PARKED,
                    CHANGED,
                    TOO_LARGE,
                    URI_TOO_LONG,
                    WRONG_HOST,
                    REFUSED,
                    HEADERS_TOO_LARGE -> ReplicaException.Kind.BAD_REQUEST;
        };
    }

    Problem problem() {
        return problem;
    }

    /** The same, told that so many changes of the request are applied. */
    ProblemException withDone(long changes) {
        return new ProblemException(problem.withDone(changes), this);
    }
}
