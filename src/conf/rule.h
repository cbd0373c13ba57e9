/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_rule: adds rules to a configuration that is being read.
 */
#ifndef SYNWARD_CONF_RULE_H
#define SYNWARD_CONF_RULE_H

#include "conf/origin.h"

/* Adds a rule with the defaults, named at the place; a name that will not do
 * is told, and the rule is taken for damaged.
 * => false when there is no room for it, which is told, too */
bool sw_conf_rule_add(struct sw_conf *conf, const char *name,
    struct sw_origin at, struct sw_conf_errors *errors);

#endif
