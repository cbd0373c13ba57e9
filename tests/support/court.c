/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a case together (court.h), and writes down what is judged. */
#include "court.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "synward/cause.h"

static struct sw_time
at(unsigned seconds)
{
	return (struct sw_time){ seconds * SW_NS_PER_SECOND };
}

void
court_set(struct court *court)
{
	struct sw_refusal *packet = &court->event.refused;

	memset(court, 0, sizeof(*court));
	court->event.kind = SW_EVENT_REFUSED;
	court->event.time = at(COURT_NOW);
	packet->ends = build_ends("10.0.0.1", 40000, "10.0.0.2", 80, 6);
	packet->message = SW_MESSAGE_NOT_SYN;
	packet->from_opener = true;
	packet->seq = 1000;
	packet->ack = 5000;
	packet->payload = 10;
	packet->length = 50;
	court->trace.first = court->event.time.ns;
	court->trace.cause = SW_CAUSE_UNKNOWN;
	court->trace.side[0].packets = court->trace.side[0].repeats = 1;
	court->c = (struct sw_case){ .event = &court->event,
		.packet = packet,
		.now = court->event.time,
		.tcp = true,
		.trace = &court->trace,
		.half = &court->half,
		.pair = &court->pair,
		.answers = &court->pair.answers[0],
		.gap = 1000000,
		.max_flows = 1000 };
	court_flags(court, "PA");
}

void
court_tell(
    struct court *court, enum sw_end how, enum sw_state state, unsigned seconds)
{
	struct sw_flow_info *info = &court->event.info;

	court->event.refused.has_flow = true;
	court->c.info = info;
	info->opener = court->event.refused.ends;
	info->how = (uint8_t)how;
	info->state = (uint8_t)state;
	info->seen = at(COURT_NOW - seconds);
	info->ended = at(COURT_NOW - seconds / 2);
	info->timeout = 60;
	info->side[0].next = 1000;
	info->side[1].next = 5000;
}

void
court_flags(struct court *court, const char *flags)
{
	court->event.refused.tcp_flags = build_flags(flags);
}

void
court_estimate(struct sw_estimate *estimate, uint32_t n)
{
	*estimate = (struct sw_estimate){ { 0 } };
	for (uint64_t i = 0; sw_estimate_count(estimate) < n; i++)
		sw_estimate_add(estimate, i << 20);
	ck_assert_uint_eq(sw_estimate_count(estimate), n);
}

const char *
court_ask(struct court *court, sw_judge judge)
{
	struct sw_judgement j = { .cause = SW_CAUSE_UNKNOWN };
	char *text = court->text;
	size_t room = sizeof(court->text), at;

	text[0] = '\0';
	if (!judge(&court->c, &j))
		return text;
	at = (size_t)snprintf(text, room, "%s",
	    sw_cause_confidence_text((enum sw_confidence)j.confidence));
	for (unsigned i = 0; i < j.evidences; i++)
		at += (size_t)snprintf(text + at, room - at, " %s=%lld",
		    sw_cause_evidence_name(
			(enum sw_evidence_key)j.evidence[i].key),
		    (long long)j.evidence[i].value);
	if (j.advice)
		snprintf(text + at, room - at, " +%u", j.advice);
	return text;
}
