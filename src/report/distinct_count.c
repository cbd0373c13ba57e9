/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adaptive sampling (Wegman; Flajolet 1990).  When the array is full, half of
 * the hashes are removed: those whose next bit is one.
 */
#include "report/distinct_count.h"

static bool
is_kept(const struct sw_distinct_count *distinct, uint32_t hash)
{
	for (unsigned i = 0; i < distinct->n; i++)
		if (distinct->kept[i] == hash)
			return true;
	return false;
}

static bool
belongs(const struct sw_distinct_count *distinct, uint32_t hash)
{
	return (hash & ((UINT32_C(1) << distinct->level) - 1)) == 0;
}

static void
raise_level(struct sw_distinct_count *distinct)
{
	uint8_t n = 0;

	distinct->level++;
	for (unsigned i = 0; i < distinct->n; i++)
		if (belongs(distinct, distinct->kept[i]))
			distinct->kept[n++] = distinct->kept[i];
	distinct->n = n;
}

void
sw_distinct_count_add(struct sw_distinct_count *distinct, uint32_t hash)
{
	if (!belongs(distinct, hash) || is_kept(distinct, hash))
		return;
	while (distinct->n == SW_DISTINCT_ROOM && distinct->level < 24)
		raise_level(distinct);
	if (distinct->n < SW_DISTINCT_ROOM && belongs(distinct, hash))
		distinct->kept[distinct->n++] = hash;
}

uint32_t
sw_distinct_count_count(const struct sw_distinct_count *distinct)
{
	uint32_t count = (uint32_t)distinct->n << distinct->level;
	uint32_t digit = 1;

	if (distinct->level == 0)
		return count;
	while (count / digit >= 100)
		digit *= 10;
	return (count + digit / 2) / digit * digit;
}
