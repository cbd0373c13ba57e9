/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: adds rules to a configuration that is being read.
 */
#ifndef SYNWARD_CONF_RULE_H
#define SYNWARD_CONF_RULE_H

#include "conf/origin.h"

/* Adds a rule with the defaults and the name at this place; an invalid name is
 * reported, and the rule is marked as damaged.
 * => false after reporting that there is no room for it */
bool sw_conf_rule_add(struct sw_conf *conf, const char *name,
    struct sw_origin at, struct sw_conf_errors *errors);

/* Adds a section related with the schema's defaults to the last rule.
 * => false when there are too many, or memory is short, after telling so */
bool sw_conf_rule_relate(
    struct sw_conf *conf, struct sw_origin at, struct sw_conf_errors *errors);
void sw_conf_rule_free_related(struct sw_conf *conf);
/* Completes these sections when everything has been read. */
void sw_conf_rule_finish_related(struct sw_conf *conf);

#endif
