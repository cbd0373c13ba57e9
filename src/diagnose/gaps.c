/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short list of times, which always includes the start, and for pairs of
 * hosts the evidence against the gap.  A pair's place is chosen by its hash; a
 * later pair overwrites it.
 */
#include "diagnose/gaps.h"

#include <string.h>

#define MERGE (1 * SW_NS_PER_SECOND)
/* a handshake begun before the gap is complete by then */
#define YOUNG_MS 3000u
#define LATE_MS 60000u
#define LATE_TUPLES 8u
#define MISSED_MOST 3u
#define CROWD_WINDOW (2 * SW_NS_PER_SECOND)
#define CROWD_LEAST 200u /* in a whole window */
#define CROWD_SURE 2000u /* at any moment */
#define RUN_LEAST 16u

void
sw_gaps_begin(struct sw_gaps *gaps, struct sw_time start)
{
	memset(gaps, 0, sizeof(*gaps));
	gaps->when[0] = start.ns;
	gaps->n = 1;
}

void
sw_gaps_add(struct sw_gaps *gaps, struct sw_time when)
{
	uint64_t *last = &gaps->when[gaps->n - 1];

	gaps->strays = 0;
	if (when.ns <= *last + MERGE) {
		if (when.ns > *last && gaps->n > 1)
			*last = when.ns;
		return;
	}
	if (gaps->n == SW_GAPS) {
		memmove(&gaps->when[1], &gaps->when[2],
		    (SW_GAPS - 2) * sizeof(gaps->when[0]));
		gaps->n--;
	}
	gaps->when[gaps->n++] = when.ns;
}

uint64_t
sw_gaps_since(const struct sw_gaps *gaps, uint64_t moment)
{
	unsigned i = gaps->n - 1;

	while (i > 0 && gaps->when[i] > moment)
		i--;
	return sw_time_ms_since(
	    (struct sw_time){ gaps->when[i] }, (struct sw_time){ moment });
}

bool
sw_gaps_between(
    const struct sw_gaps *gaps, struct sw_time then, struct sw_time now)
{
	for (unsigned i = 1; i < gaps->n; i++)
		if (gaps->when[i] >= then.ns && gaps->when[i] <= now.ns)
			return true;
	return false;
}

void
sw_gaps_note(
    struct sw_gaps *gaps, uint64_t hosts, bool young, struct sw_time now)
{
	struct sw_gap_hosts *at = &gaps->entry[(hosts >> 40) % SW_GAPS_HOSTS];
	uint64_t since = sw_gaps_since(gaps, now.ns);

	if (at->id != hosts)
		*at = (struct sw_gap_hosts){ .id = hosts };
	at->last = now.ns;
	if (young && since > YOUNG_MS && at->missed < UINT16_MAX)
		at->missed++;
	if (since > LATE_MS && at->late < UINT16_MAX)
		at->late++;
	gaps->strays++;
}

bool
sw_gaps_stopped(const struct sw_gaps *gaps, uint64_t hosts, bool young)
{
	const struct sw_gap_hosts *at =
	    &gaps->entry[(hosts >> 40) % SW_GAPS_HOSTS];

	if (at->id != hosts)
		return false;
	if (young)
		return at->missed > MISSED_MOST;
	return at->missed || at->late >= LATE_TUPLES;
}

static void
turn(struct sw_gap_crowd *crowd, struct sw_time now)
{
	bool adjacent = now.ns - crowd->since < 2 * CROWD_WINDOW;
	bool empty = crowd->again * 10 < crowd->first;

	crowd->flooded = adjacent && empty && crowd->first >= CROWD_LEAST;
	crowd->since = now.ns;
	crowd->first = crowd->again = 0;
	if (!adjacent)
		crowd->run = 0;
}

void
sw_gaps_count(struct sw_gaps *gaps, uint32_t packets, uint64_t source,
    uint64_t shape, struct sw_time now)
{
	struct sw_gap_crowd *crowd = &gaps->crowd;

	if (now.ns - crowd->since >= CROWD_WINDOW)
		turn(crowd, now);
	crowd->again += packets == 2;
	if (packets != 1)
		return;
	crowd->first++;
	if (shape && shape == crowd->shape && source != crowd->source)
		crowd->run++;
	else if (shape != crowd->shape)
		crowd->run = 0;
	crowd->shape = shape;
	crowd->source = source;
}

bool
sw_gaps_flooded(const struct sw_gaps *gaps)
{
	const struct sw_gap_crowd *crowd = &gaps->crowd;

	return crowd->flooded || crowd->run >= RUN_LEAST ||
	       (crowd->first >= CROWD_SURE && crowd->again * 10 < crowd->first);
}
