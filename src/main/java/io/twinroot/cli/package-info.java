/**
 * The command line: one class a command, started by {@link io.twinroot.cli.Main}.
 *
 * <p>The only package that talks to the terminal, decides exit codes and knows picocli.
 */
@NullMarked
package io.twinroot.cli;

import org.jspecify.annotations.NullMarked;
