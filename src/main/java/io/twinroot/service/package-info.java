/**
 * A running node and what it is wired from: the store's tables as replicas, the HTTP server, the schedules
 * that repair in the background. Start with {@link io.twinroot.service.Node}; how one repair goes is in
 * {@code RepairJob}, when in {@code Schedule}, and who waits for whom in {@code RepairBoard}. What guards stop waits in
 * {@code HeldBatches}.
 */
@NullMarked
package io.twinroot.service;

import org.jspecify.annotations.NullMarked;
