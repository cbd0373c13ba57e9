/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rank: the busiest incidents of a replay.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/internal.h"

static int
busier(const void *a, const void *b)
{
	const struct sw_incident *one = a, *other = b;

	if (one->drops != other->drops)
		return one->drops < other->drops ? 1 : -1;
	return one->id < other->id ? -1 : one->id > other->id;
}

void
sw_replay_rank_incidents(
    struct sw_replay_summary *summary, struct sw_incidents *incidents)
{
	size_t max = 65536, n;
	struct sw_incident *list = calloc(max, sizeof *list);

	if (list == NULL)
		return;
	n = sw_incident_due_list(incidents, list, max);
	qsort(list, n, sizeof *list, busier);
	summary->n_incidents =
	    n < SW_REPLAY_INCIDENTS ? n : SW_REPLAY_INCIDENTS;
	memcpy(summary->incidents, list, summary->n_incidents * sizeof *list);
	free(list);
}
