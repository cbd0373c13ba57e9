/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zones: which zone a packet belongs to, by the interfaces of its way.
 *
 * Both directions of a flow must have one zone, although an answer arrives by
 * the interface that the question left by.  So a packet belongs to the zone of
 * either of its interfaces; between two zones, to the one with the lower
 * number.
 */
#ifndef SYNWARD_ENGINE_POLICY_ZONES_H
#define SYNWARD_ENGINE_POLICY_ZONES_H

#include "synward/policy.h"

struct sw_zones {
	struct sw_zone_link *links; /* in the order of their numbers */
	size_t n;
	char (*names)[SW_RULE_NAME_MAX];
	uint8_t n_names;
};

/* Both copy their list; the links are in the order of their numbers.
 * => false when memory is short */
bool sw_zones_set(
    struct sw_zones *zones, const struct sw_zone_link *links, size_t n);
bool
sw_zones_name(struct sw_zones *zones, const char *const names[], uint8_t n);
void sw_zones_free(struct sw_zones *zones);

uint8_t sw_zones_of(const struct sw_zones *zones, const struct sw_way *way);
bool sw_zones_equal(const struct sw_zones *a, const struct sw_zones *b);

#endif
