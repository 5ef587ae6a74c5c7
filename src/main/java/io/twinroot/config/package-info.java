/**
 * The settings of a node. Start with {@link io.twinroot.config.Config}, the settings as values;
 * {@link io.twinroot.config.ConfigReader} makes it from a JSON file.
 *
 * <p>Reading is strict: an unknown key, a wrong type, a doubled key or a value out of range is an error that
 * names the file, the line, the setting's path and what is allowed. All errors of a file are told at once.
 * Values of secrets are never printed.
 */
@NullMarked
package io.twinroot.config;

import org.jspecify.annotations.NullMarked;
