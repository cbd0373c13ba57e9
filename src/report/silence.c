/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections whose first late packet has come are kept by a hash of their
 * ends and the time of their end, in one place for each hash: a newer one takes
 * the place of an older one.
 *
 * A table with a row for each slot of a rule.  Pages of rows that no rule ever
 * had are never written and take no memory.  Values from a predecessor need no
 * check: any number is a number of seconds.
 */
#include "report/silence.h"
#include "report/event_check.h"
#include "synward/diagnose.h"

enum {
	MET = 16384,
	SAME_END_MS =
	    2000, /* ends of tombstones are only as precise as ticks */
};

struct met {
	uint64_t key; /* of its ends; 0: none */
	struct sw_time ended;
};

struct sw_silences {
	struct met met[MET];
	uint32_t rows[SW_RULE_SLOTS][SW_TIMEOUT_COUNT];
};

size_t
sw_silences_memory(void)
{
	return sizeof(struct sw_silences);
}

void
sw_silences_longest(const struct sw_silences *silences, uint16_t rule,
    uint32_t longest[SW_TIMEOUT_COUNT])
{
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		longest[i] = rule < SW_RULE_SLOTS
				 ? __atomic_load_n(&silences->rows[rule][i],
				       __ATOMIC_RELAXED)
				 : 0;
}

/* Has a late packet of this connection come before?  Notes that one has. */
static bool
has_met(struct sw_silences *silences, const struct sw_flow_info *info)
{
	uint64_t key =
	    sw_event_check_sum(&info->opener, sizeof info->opener) | 1;
	struct met *met = &silences->met[key >> 1 & (MET - 1)];
	bool known = met->key == key &&
		     sw_time_ms_since(met->ended, info->ended) < SAME_END_MS &&
		     sw_time_ms_since(info->ended, met->ended) < SAME_END_MS;

	*met = (struct met){ key, info->ended };
	return known;
}

void
sw_silences_note(struct sw_silences *silences, const struct sw_event *event)
{
	uint16_t rule = sw_hint_rule(event);
	uint32_t own[SW_TIMEOUT_COUNT] = { 0 };
	bool any = false;

	sw_hint_silences(event, own);
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		any = any || own[i] > 0;
	if (!any || rule >= SW_RULE_SLOTS || has_met(silences, &event->info))
		return;
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		if (own[i] > silences->rows[rule][i])
			__atomic_store_n(
			    &silences->rows[rule][i], own[i], __ATOMIC_RELAXED);
}
