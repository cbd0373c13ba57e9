/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice: which settings of a rule would have saved which connections.
 *
 * It is made from the histograms of silences and from the policy in force, so
 * what the policy has cured since does not count any more.  A rule's line names
 * the timeouts that its hints name (report/hint.h), so the two never
 * contradict each other, and each line is one that the reader of the
 * configuration has accepted.
 */
#ifndef SYNWARD_REPORT_ADVICE_H
#define SYNWARD_REPORT_ADVICE_H

#include "base/json.h"
#include "report/hint.h"
#include "report/silence_sums.h"

struct sw_advice_timeout {
	uint8_t timeout; /* enum sw_timeout */
	uint32_t now;	 /* seconds in force */
	uint32_t set;	 /* seconds proposed; as now: it stays */
};

/* Another value for the timeout that cut the most, and what it does alone. */
struct sw_advice_option {
	uint32_t seconds;
	uint32_t saves;
	uint64_t entries;
};

struct sw_advice {
	uint16_t rule;	     /* slot */
	uint32_t cut;	     /* connections that the policy in force cuts */
	uint32_t saves;	     /* of these: saved by the line */
	uint32_t cured;	     /* cut in that time, but no longer */
	uint32_t for_days;   /* of cut: silent for a day or more */
	uint32_t keepalives; /* of cut: a keepalive came too late */
	uint32_t keepalive_below; /* seconds; each came sooner; 0: unknown */
	uint32_t survived;	  /* silences that the timeouts allowed */
	uint32_t survived_by_keepalive; /* of these: ended by a keepalive */
	uint64_t entries; /* that the line keeps longer, on average,
				       rounded up */
	struct sw_advice_timeout timeouts[SW_TIMEOUT_COUNT];
	size_t n_timeouts;
	uint8_t option_of; /* enum sw_timeout */
	struct sw_advice_option options[SW_SILENCE_BUCKETS];
	size_t n_options;
	char line[SW_HINT_MAX];	   /* "": none helps */
	char on_idle[SW_HINT_MAX]; /* a line for those silent for days, or "" */
};

struct sw_advice_view {
	const struct sw_policy *policy;
	const struct sw_silences *silences;
	const struct sw_silence_sums *sums;
	struct sw_time now;
};

/* The advice for the next rule that is in the policy; *at begins as 0 and
 * moves.  => false at the end of the sums */
bool sw_advice_next(
    const struct sw_advice_view *view, size_t *at, struct sw_advice *advice);

/* Is there something to do or to know about this rule? */
bool sw_advice_speaks(const struct sw_advice *advice);

/* Writes a line of kind "advice_rule"; wall: nanoseconds from the times to the
 * wall clock's. */
void sw_advice_json(const struct sw_advice *advice,
    const struct sw_advice_view *view, int64_t wall, struct sw_json *json);
/* Writes a histogram as a line of kind "silences". */
void sw_advice_json_sum(const struct sw_silence_sum *sum,
    const struct sw_policy *policy, struct sw_json *json);

#endif
