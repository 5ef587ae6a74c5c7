/**
 * Replicas over HTTP, both ends: {@link io.twinroot.peer.PeerServer} exposes a
 * {@link io.twinroot.reconcile.Replicas} under {@code /v1}, {@link io.twinroot.peer.HttpReplicas} is one that
 * asks such a server. docs/protocol.md is the specification.
 *
 * <p>Blocking code on virtual threads, one per request; {@link io.twinroot.peer.StreamInput} and
 * {@link io.twinroot.peer.StreamOutput} bridge to Vert.x's streams with back-pressure, a least rate and a
 * deadline. All limits are in {@link io.twinroot.peer.Limits}. Repairs are run by someone else, behind
 * {@link io.twinroot.peer.RepairControl}.
 */
@NullMarked
package io.twinroot.peer;

import org.jspecify.annotations.NullMarked;
