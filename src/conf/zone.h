/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_zone: zones of a configuration that is being read.
 */
#ifndef SYNWARD_CONF_ZONE_H
#define SYNWARD_CONF_ZONE_H

#include "conf/load.h"

#define SW_CONF_ZONES 255

/* Adds a zone, named at the place; an invalid name is reported.
 * => false when there is no room for it, which is reported, too */
bool sw_conf_zone_add(struct sw_conf *conf, const char *name,
    struct sw_origin at, struct sw_conf_errors *errors);
void sw_conf_zone_free(struct sw_conf *conf);

/* Reports each interface that a zone cannot have. */
void
sw_conf_zone_check(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Gives the policy the zones of the interfaces that there are.  A VRF and the
 * interfaces in it are in one zone.
 * => false when memory is short */
bool sw_conf_zone_compile(const struct sw_conf *conf,
    const struct sw_iface *links, size_t n, struct sw_policy *policy);

#endif
