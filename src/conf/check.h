/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: finds errors in combinations of values that are valid alone.
 */
#ifndef SYNWARD_CONF_CHECK_H
#define SYNWARD_CONF_CHECK_H

#include "conf/origin.h"

void sw_conf_check(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Does a key of a flow's policy have a meaning for this rule?  A rule that
 * denies, for instance, has no flows and so no timeouts.
 * => NULL when it does, otherwise the reason: static storage */
const char *sw_conf_check_idle_key(
    const struct sw_key *key, const struct sw_conf_rule *rule);

/* A rule i that no packet of either family can match. */
void sw_conf_check_families(
    const struct sw_conf *conf, size_t i, struct sw_conf_errors *errors);

/* Rules that can never match, because rules before them take all, or their
 * exceptions do. */
void sw_check_shadow(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Complains where rules have more masks of marks than the engine takes. */
void
sw_conf_check_marks(const struct sw_conf *conf, struct sw_conf_errors *errors);

/* Warns of interfaces that a key cannot match: a port of a bridge where the
 * bridge is seen, and the other way round; with patterns, of those that
 * match none of these interfaces. */
void
sw_conf_check_ifaces(const struct sw_conf *conf, const struct sw_iface *links,
    size_t n, bool patterns, struct sw_conf_errors *warnings);

/* What a tap cannot do, or lacks.  And rules that name what it does not
 * see: a line for each is added to warnings. */
void
sw_conf_check_source(const struct sw_conf *conf, struct sw_conf_errors *errors);
void sw_conf_check_source_rules(
    const struct sw_conf *conf, struct sw_conf_errors *warnings);

/* Warns of timeouts that end connections before their hosts' keepalives. */
void sw_conf_check_keepalive(
    const struct sw_conf *conf, struct sw_conf_errors *warnings);

/* Warns when the rules deny the ssh session in which they are checked. */
void
sw_conf_check_ssh(const struct sw_conf *conf, struct sw_conf_errors *warnings);

/* Sections related { } that say too little, or have no effect.  And those that
 * allow more than they seem to: a line for each is added to warnings. */
void sw_conf_check_related(
    const struct sw_conf *conf, struct sw_conf_errors *errors);
void sw_conf_check_related_wide(
    const struct sw_conf *conf, struct sw_conf_errors *warnings);

/* Warns of rules with tracking = off that let somebody open what later rules
 * deny.  => a line for each is added to warnings */
void sw_conf_check_untracked(
    const struct sw_conf *conf, struct sw_conf_errors *warnings);

#endif
