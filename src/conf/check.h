/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_check: what is wrong between values that are right each by itself.
 */
#ifndef SYNWARD_CONF_CHECK_H
#define SYNWARD_CONF_CHECK_H

#include "conf/origin.h"

void sw_conf_check(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Does a key of treatment mean anything to this rule?  A rule that denies,
 * for instance, has no flows and thus no timeouts.
 * => NULL when it does, else the reason: static storage */
const char *sw_conf_check_idle_key(
    const struct sw_key *key, const struct sw_conf_rule *rule);

/* Rules that can never match, because rules before them take all. */
void
sw_conf_shadow_check(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Warns of rules with tracking = off that let somebody open what later rules
 * deny.  => a line for each is added to warnings */
void sw_conf_check_untracked(
    const struct sw_conf *conf, struct sw_conf_errors *warnings);

#endif
