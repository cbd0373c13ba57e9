/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign: one thing that can be wrong, from its first news until it is over.
 *
 * A condition (the table is nearly full) is over when it no longer holds.  A
 * loss (packets that a full queue dropped) is over ten minutes after the last
 * one: until then somebody who looks should see it.
 */
#ifndef SYNWARD_STATE_SIGN_H
#define SYNWARD_STATE_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "synward/time.h"

#define SW_SIGN_LASTS_MS UINT64_C(600000)

struct sw_sign {
	bool on;
	struct sw_time began;
	struct sw_time news; /* of a loss: the last one */
	uint64_t total;	     /* of a loss: what was counted, ever */
	uint64_t count;	     /* of these: since it began */
};

enum sw_sign_change { SW_SIGN_SAME, SW_SIGN_BEGAN, SW_SIGN_OVER };

/* Does the condition hold now? */
static inline enum sw_sign_change
sw_sign_hold(struct sw_sign *sign, bool holds, struct sw_time now)
{
	if (holds == sign->on)
		return SW_SIGN_SAME;
	sign->on = holds;
	if (!holds)
		return SW_SIGN_OVER;
	sign->began = now;
	return SW_SIGN_BEGAN;
}

/* total: a counter that begins again from 0 when it gets smaller, because the
 * queue or the sink that it belongs to is another one. */
static inline enum sw_sign_change
sw_sign_count(struct sw_sign *sign, uint64_t total, struct sw_time now)
{
	uint64_t more = total >= sign->total ? total - sign->total : total;

	sign->total = total;
	if (more == 0)
		return sign->on && now.ns >= sign->news.ns +
						 SW_SIGN_LASTS_MS * SW_NS_PER_MS
			   ? sw_sign_hold(sign, false, now)
			   : SW_SIGN_SAME;
	sign->news = now;
	sign->count = sign->on ? sign->count + more : more;
	return sw_sign_hold(sign, true, now);
}

#endif
