/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory was written by another process, perhaps of another build, and
 * perhaps while it was killed.  Numbers become indices of tables of texts, so
 * each is compared with its count.  A bool that is neither 0 nor 1 must not
 * even be read as one, so bools are looked at as bytes.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "report/event_check.h"
#include "report/mix.h"
#include "synward/policy.h"

static const uint16_t story_bools[] = {
	offsetof(struct sw_event, info.assured),
	offsetof(struct sw_event, info.probing),
	offsetof(struct sw_event, info.unanswered),
	offsetof(struct sw_event, info.lost),
	offsetof(struct sw_event, info.parent_reversed),
	offsetof(struct sw_event, route_doubted),
};

static const uint16_t refusal_bools[] = {
	offsetof(struct sw_event, refused.has_timestamp),
	offsetof(struct sw_event, refused.wrong_tag),
	offsetof(struct sw_event, refused.opens),
	offsetof(struct sw_event, refused.answers),
	offsetof(struct sw_event, refused.opens_nothing),
	offsetof(struct sw_event, refused.quiet),
	offsetof(struct sw_event, refused.has_flow),
	offsetof(struct sw_event, refused.from_opener),
	offsetof(struct sw_event, refused.was_denied),
	offsetof(struct sw_event, refused.per_source),
	offsetof(struct sw_event, refused.kin_from_client),
};

static bool
are_bools(const struct sw_event *event, const uint16_t *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const uint8_t *)event)[at[i]] > 1)
			return false;
	return true;
}

bool
sw_event_check_ends(const struct sw_endpoints *ends)
{
	return ends->family == SW_IPV4 || ends->family == SW_IPV6;
}

/* A flow that was never opened has no state.  A former program called every
 * state of SCTP OTHER, and its tombstones still do. */
static bool
is_sane_state(const struct sw_flow_info *info)
{
	if (info->opener.proto != IPPROTO_SCTP)
		return info->state < SW_STATE_SCTP_CLOSED;
	return info->state == SW_STATE_NONE || info->state == SW_STATE_OTHER ||
	       (info->state >= SW_STATE_SCTP_CLOSED &&
		   info->state < SW_STATE_COUNT);
}

static bool
is_sane_story(const struct sw_flow_info *info, struct sw_time now)
{
	return sw_event_check_ends(&info->opener) && is_sane_state(info) &&
	       info->how < SW_END_COUNT && info->ender <= 1 &&
	       info->rule < SW_RULE_SLOTS && info->opened.ns <= now.ns &&
	       info->seen.ns <= now.ns && info->ended.ns <= now.ns &&
	       memchr(info->history, '\0', sizeof info->history) != NULL;
}

static bool
is_sane_judgement(const struct sw_judgement *judgement)
{
	if (judgement->cause >= SW_CAUSE_COUNT ||
	    judgement->confidence > SW_CONF_HIGH ||
	    judgement->evidences > SW_EVIDENCE_MAX)
		return false;
	for (unsigned i = 0; i < judgement->evidences; i++)
		if (judgement->evidence[i].key >= SW_EVIDENCE_COUNT)
			return false;
	return true;
}

static bool
is_sane_refusal(const struct sw_event *event, struct sw_time now)
{
	const struct sw_refusal *refused = &event->refused;

	return are_bools(event, refusal_bools,
		   sizeof refusal_bools / sizeof refusal_bools[0]) &&
	       refused->malformed < SW_PARSE_COUNT &&
	       refused->message < SW_MESSAGE_COUNT &&
	       refused->action < SW_ACTION_COUNT &&
	       refused->kernel < SW_KERNEL_WORDS &&
	       refused->kin < SW_KIN_COUNT &&
	       refused->kin_rule < SW_RULE_SLOTS &&
	       is_sane_judgement(&event->judgement) &&
	       (!refused->has_flow || is_sane_story(&event->info, now));
}

bool
sw_event_check_sane(const struct sw_event *event, struct sw_time now)
{
	if (event->time.ns > now.ns || event->rule >= SW_RULE_SLOTS ||
	    !are_bools(
		event, story_bools, sizeof story_bools / sizeof story_bools[0]))
		return false;
	switch (event->kind) {
	case SW_EVENT_REFUSED:
		return is_sane_refusal(event, now);
	case SW_EVENT_OPENED:
	case SW_EVENT_ESTABLISHED:
	case SW_EVENT_ENDED:
		return is_sane_story(&event->info, now);
	default:
		return false;
	}
}

uint64_t
sw_event_check_sum(const void *bytes, size_t n)
{
	return sw_mix_bytes(n + 1, bytes, n);
}

uint64_t
sw_event_check_layout(void)
{
	const uint16_t numbers[] = { sizeof(struct sw_event),
		offsetof(struct sw_event, time),
		offsetof(struct sw_event, rule),
		offsetof(struct sw_event, refused.seq),
		offsetof(struct sw_event, refused.quote),
		offsetof(struct sw_event, refused.message),
		offsetof(struct sw_event, refused.beyond),
		offsetof(struct sw_event, refused.limit),
		offsetof(struct sw_event, refused.kin_rule),
		offsetof(struct sw_event, info),
		offsetof(struct sw_event, info.timeout),
		offsetof(struct sw_event, info.rule),
		offsetof(struct sw_event, info.side),
		offsetof(struct sw_event, info.history),
		offsetof(struct sw_event, judgement),
		offsetof(struct sw_event, judgement.advice),
		offsetof(struct sw_event, route), SW_STATE_COUNT, SW_END_COUNT,
		SW_CAUSE_COUNT, SW_MESSAGE_COUNT, SW_EVIDENCE_COUNT,
		SW_PARSE_COUNT, SW_TIMEOUT_COUNT };
	uint64_t sum = sw_event_check_sum(numbers, sizeof numbers);

	sum = sw_mix_word(
	    sum, sw_event_check_sum(refusal_bools, sizeof refusal_bools));
	return sw_mix_word(
	    sum, sw_event_check_sum(story_bools, sizeof story_bools));
}
