/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_set: named sets of addresses of a configuration that is being read.
 */
#ifndef SYNWARD_CONF_SET_H
#define SYNWARD_CONF_SET_H

#include "conf/load.h"

/* Adds a set, named at the place; an invalid name is reported.
 * => false when there is no room for it, which is reported, too */
bool sw_conf_set_add(struct sw_conf *conf, const char *name,
    struct sw_origin at, struct sw_conf_errors *errors);
/* Once all files were read: reads those of the sets, and gathers what each
 * set holds. */
void sw_conf_set_finish(struct sw_load *loader);
void sw_conf_set_free(struct sw_conf *conf);

/* Reports each rule that names a set that does not exist. */
void
sw_conf_set_check(const struct sw_conf *conf, struct sw_conf_errors *errors);

#endif
