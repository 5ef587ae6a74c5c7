/**
 * The change log: what is in it has been acknowledged, and nothing else is true. Start with
 * {@link io.twinroot.log.ChangeLog}, then {@link io.twinroot.log.Frame}.
 *
 * <p>A folder of append-only segments of frames, each with its length and checksum, and beside it the bytes of
 * large blobs, named by their digest. Only {@link io.twinroot.log.Disk} writes and forces, so that tests can
 * break exactly that. The store's view can always be made again from here.
 */
@NullMarked
package io.twinroot.log;

import org.jspecify.annotations.NullMarked;
