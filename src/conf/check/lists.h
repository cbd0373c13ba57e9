/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_lists: what each rule matches, as spans of numbers on every axis.
 *
 * This is exact, also for sets, exceptions and patterns: a name is a number
 * by its bytes, so a pattern is a span of names.
 */
#ifndef SYNWARD_CONF_CHECK_LISTS_H
#define SYNWARD_CONF_CHECK_LISTS_H

#include "base/spans.h"
#include "conf/origin.h"

enum sw_axis {
	SW_AXIS_TO, /* first, because it tells most rules apart */
	SW_AXIS_PORT,
	SW_AXIS_FROM,
	SW_AXIS_PROTO,
	SW_AXIS_IN,
	SW_AXIS_OUT,
	SW_AXIS_SOURCE_PORT,
	SW_AXIS_PHYS_IN,
	SW_AXIS_PHYS_OUT,
	SW_AXIS_MARK,
	SW_AXES,
};

struct sw_lists;

/* => NULL when memory is short; the caller's: sw_lists_destroy() */
struct sw_lists *sw_lists_create(const struct sw_conf *conf);
void sw_lists_destroy(struct sw_lists *lists);

/* What the rule matches on the axis, settled: none of it where the rule is
 * not for the family. */
const struct sw_span *sw_lists_of(const struct sw_lists *lists, size_t rule,
    enum sw_axis axis, enum sw_family family, size_t *n);
/* Complains of rules whose exceptions leave nothing, which are damaged
 * then. */
void sw_lists_check(const struct sw_lists *lists, const struct sw_conf *conf,
    struct sw_conf_errors *errors);
/* Are the rule's lists not all there, because they are too long? */
bool sw_lists_lack(const struct sw_lists *lists, size_t rule);

#endif
