package io.twinroot.carry;

import io.twinroot.table.Uid;

/** A row that a table did not take. */
public record Refusal(Uid uid, String why) {}
