/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_rule: adds rules to a configuration that is being read.
 */
#ifndef SYNWARD_SHELL_CONF_RULE_H
#define SYNWARD_SHELL_CONF_RULE_H

#include "shell/conf_origin.h"

/* Adds a rule with the defaults; a name that will not do is told, and the
 * rule is taken for damaged.  file is a number in the origins.
 * => false when there is no room for it, which is told, too */
bool sw_conf_rule_add(struct sw_conf *conf, const char *name, uint32_t file,
    int line, struct sw_conf_errors *errors);

#endif
