/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_good_conf: the configuration in force, stored for a successor.
 *
 * A daemon that dies while its file is being edited must not stay dead because
 * of a half-written line: its successor starts with the configuration that was
 * in force.
 */
#ifndef SYNWARD_DAEMON_LAST_GOOD_CONF_H
#define SYNWARD_DAEMON_LAST_GOOD_CONF_H

#include "conf/conf.h"

/* Stores the configuration in place of the previous one.
 * => 0 or -errno */
int sw_last_good_conf_keep(const struct sw_conf *conf);

/* Loads the configuration that a predecessor stored.
 * => a configuration that the caller owns, or NULL */
struct sw_conf *sw_last_good_conf_load(void);

/* Takes the stored descriptor out of the fd store, so that it is not
 * discarded. */
struct sw_fdstore;
void sw_last_good_conf_take(struct sw_fdstore *fdstore);

#endif
