package io.twinroot.config;

import java.io.Serial;
import java.util.List;

/** A configuration cannot be used. The message has one line for each thing that is wrong. */
public final class ConfigException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
    }

    public ConfigException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
