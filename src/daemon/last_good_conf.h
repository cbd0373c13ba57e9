/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lastgood: the configuration in force, kept for a successor.
 *
 * A daemon that dies while its file is being edited must not stay dead for a
 * half-written line: its successor goes on with what was in force.
 */
#ifndef SYNWARD_DAEMON_LAST_GOOD_CONF_H
#define SYNWARD_DAEMON_LAST_GOOD_CONF_H

#include "conf/conf.h"

/* Has the configuration kept, in place of the one before.
 * => 0 or -errno */
int sw_last_good_conf_keep(const struct sw_conf *conf);

/* What a predecessor kept, when there is one.
 * => a configuration the caller owns, or NULL */
struct sw_conf *sw_last_good_conf_load(void);

/* Takes it out of what was left, so that it is not let go of. */
struct sw_fdstore;
void sw_last_good_conf_take(struct sw_fdstore *fdstore);

#endif
