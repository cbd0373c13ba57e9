/* SPDX-License-Identifier: Apache-2.0 */
/*
 * court: one case put together by hand, for judges that read nothing else.
 *
 * It begins as data of the client, whose connection has no story, 1,000 s
 * after a gap and as the first packet of its tuple: nothing speaks for
 * anything.  A test says what is otherwise, then asks one judge.
 */
#ifndef SYNWARD_SUPPORT_COURT_H
#define SYNWARD_SUPPORT_COURT_H

#include "diagnose/judge.h"

struct court {
	struct sw_event event;
	struct sw_trace trace;
	struct sw_half half;
	struct sw_pair pair;
	struct sw_source source;
	struct sw_case c;
	char text[160];
};

#define COURT_NOW 2000 /* s */

void court_set(struct court *court);

/* The packet's connection ended so, or is live, and was last heard of so many
 * seconds before the packet; the client's next byte is 1,000, the server's
 * 5,000. */
void court_tell(struct court *court, enum sw_end how, enum sw_state state,
    unsigned seconds);

void court_flags(struct court *court, const char *flags);

/* Sets bits until so many are counted. */
void court_estimate(struct sw_estimate *estimate, uint32_t n);

/* => as in "high idle=90 timeout=60 +200", the last being the advice; "" when
 *    the judge has nothing to say.  Valid until the next call */
const char *court_ask(struct court *court, sw_judge judge);

#define COURT_SAYS(court, judge, expected) \
	ck_assert_str_eq(court_ask(court, judge), expected)

#endif
