/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interfaces of all zones are one list in the order of their numbers, in
 * which a number is found by halving.
 */
#include "engine/policy/zones.h"

#include <stdlib.h>
#include <string.h>

bool
sw_zones_set(struct sw_zones *zones, const struct sw_zone_link *links, size_t n)
{
	struct sw_zone_link *copy = malloc((n + 1) * sizeof *copy);

	if (copy == NULL)
		return false;
	if (n > 0)
		memcpy(copy, links, n * sizeof *copy);
	free(zones->links);
	zones->links = copy;
	zones->n = n;
	return true;
}

bool
sw_zones_name(struct sw_zones *zones, const char *const names[], uint8_t n)
{
	free(zones->names);
	zones->n_names = 0;
	zones->names = calloc(n + 1u, sizeof *zones->names);
	if (zones->names == NULL)
		return false;
	for (; zones->n_names < n; zones->n_names++)
		strncpy(zones->names[zones->n_names], names[zones->n_names],
		    sizeof *zones->names - 1);
	return true;
}

void
sw_zones_free(struct sw_zones *zones)
{
	free(zones->names);
	free(zones->links);
	memset(zones, 0, sizeof *zones);
}

/* => 0 for an interface of no zone */
static uint8_t
zone_of(const struct sw_zones *zones, uint32_t index)
{
	size_t low = 0, high = zones->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (zones->links[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == zones->n || zones->links[low].index != index)
		return 0;
	return zones->links[low].zone;
}

uint8_t
sw_zones_of(const struct sw_zones *zones, const struct sw_way *way)
{
	uint8_t in = zone_of(zones, way->in), out = zone_of(zones, way->out);

	if (in == 0 || out == 0)
		return in | out;
	return in < out ? in : out;
}

bool
sw_zones_equal(const struct sw_zones *a, const struct sw_zones *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->links[i].index != b->links[i].index ||
		    a->links[i].zone != b->links[i].zone)
			return false;
	return true;
}
