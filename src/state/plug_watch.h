/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plug_watch: asks the kernel what state/plug.h wants to know.
 */
#ifndef SYNWARD_STATE_PLUG_WATCH_H
#define SYNWARD_STATE_PLUG_WATCH_H

#include "state/state.h"

/* Call it once a second. */
void sw_plug_watch(struct sw_daemon *daemon, struct sw_time now);

#endif
