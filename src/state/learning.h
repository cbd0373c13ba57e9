/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learning: for a time, TCP connections that are older than the table are
 * taken up (see engine/midstream.h).
 */
#ifndef SYNWARD_STATE_LEARNING_H
#define SYNWARD_STATE_LEARNING_H

#include "state/state.h"

/* From now on for that time; 0 ends it.
 * => false when memory is short: nothing is learned */
bool sw_learning_begin(
    struct sw_daemon *daemon, uint32_t seconds, struct sw_time now);

/* => how many seconds are left; 0: it does not learn */
uint32_t sw_learning_left(const struct sw_daemon *daemon, struct sw_time now);

#endif
