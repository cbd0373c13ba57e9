/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine has few interface pairs and groups, so both are short lists that
 * are searched linearly; a new one replaces the one quiet for longest.
 */
#include "diagnose/iface_pairs.h"

#define WINDOW (300 * SW_NS_PER_SECOND)
/* From this many services on, answers count as scattered. */
#define SCATTERED 5u

#define ANSWERS_WINDOW (20 * SW_NS_PER_SECOND)

static bool
are_scattered(const struct sw_answers *answers)
{
	uint32_t servers = sw_estimate_count(&answers->servers);
	uint32_t clients = sw_estimate_count(&answers->clients);

	if (servers < SCATTERED || servers * 2 < answers->flows ||
	    answers->proven * 4 >= answers->flows)
		return false;
	return answers->repeated * 4 < answers->flows ||
	       clients * 2 >= answers->flows;
}

bool
sw_iface_pairs_scattered(const struct sw_answers *answers)
{
	if (answers->were_scattered && answers->flows < SCATTERED)
		return true;
	return are_scattered(answers);
}

static void
turn(struct sw_answers *answers, struct sw_time now)
{
	bool adjacent = now.ns - answers->since < 2 * ANSWERS_WINDOW;

	*answers = (struct sw_answers){
		.since = now.ns,
		.were_scattered = adjacent && are_scattered(answers),
	};
}

struct sw_pair *
sw_iface_pairs_at(
    struct sw_iface_pairs *pairs, uint32_t in, uint32_t out, struct sw_time now)
{
	struct sw_pair *pair = &pairs->pair[0];

	for (unsigned i = 0; i < SW_PAIRS; i++) {
		struct sw_pair *at = &pairs->pair[i];

		if (at->last && at->in == in && at->out == out) {
			pair = at;
			break;
		}
		if (at->last < pair->last)
			pair = at;
	}
	if (!pair->last || pair->in != in || pair->out != out ||
	    now.ns - pair->since >= WINDOW)
		*pair =
		    (struct sw_pair){ .in = in, .out = out, .since = now.ns };
	pair->last = now.ns + 1;
	for (unsigned i = 0; i < SW_ANSWER_KINDS; i++)
		if (now.ns - pair->answers[i].since >= ANSWERS_WINDOW)
			turn(&pair->answers[i], now);
	return pair;
}

static bool
is_of(const struct sw_group *group, uint32_t a, uint32_t b)
{
	return (group->a == a && group->b == b) ||
	       (group->a == b && group->b == a);
}

void
sw_iface_pairs_join(
    struct sw_iface_pairs *pairs, uint32_t a, uint32_t b, struct sw_time now)
{
	struct sw_group *group = &pairs->group[0];

	if (!a || !b)
		return;
	for (unsigned i = 0; i < SW_GROUPS; i++) {
		struct sw_group *at = &pairs->group[i];

		if (is_of(at, a, b)) {
			group = at;
			break;
		}
		if (at->last < group->last)
			group = at;
	}
	*group = (struct sw_group){ .a = a, .b = b, .last = now.ns + 1 };
}

bool
sw_iface_pairs_joined(
    const struct sw_iface_pairs *pairs, uint32_t a, uint32_t b)
{
	for (unsigned i = 0; i < SW_GROUPS; i++) {
		const struct sw_group *at = &pairs->group[i];

		if (at->last && is_of(at, a, b))
			return true;
	}
	return false;
}
