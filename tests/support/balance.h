/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balance: what an engine counts is what it holds, after every packet.
 *
 * Flows are those opened less those ended, and the sum over the states; the
 * half-open ones are those listed as not assured; each packet passed or was
 * dropped.
 */
#ifndef SYNWARD_SUPPORT_BALANCE_H
#define SYNWARD_SUPPORT_BALANCE_H

#include "synward/engine.h"

/* Fails the test when the engine's books do not balance.  Flows whose time is
 * over but that no sweep has met are held, and counted, but not listed. */
void balance_check(const struct sw_engine *engine, struct sw_time now);

#endif
