/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagnose: finds the cause of a refusal.
 *
 * A refusal becomes a case (diagnose/case.h), and every judge
 * (diagnose/judge.h) is asked in the order of cause.def.  The judge with the
 * highest confidence wins, among equals the first; its confidence is then
 * lowered, because another cause fits as well.  When no judge finds its cause,
 * the cause is unknown, unless the tuple has one already.
 *
 * The memory has a fixed size and is allocated at create.  A judgement takes
 * about a microsecond; in a flood the budget limits how many refusals per
 * second are examined, and the others are only counted.
 */
#include "synward/diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "diagnose/judge.h"
#include "diagnose/unseen.h"

struct sw_diagnose {
	struct sw_diagnose_counts counts;
	uint32_t budget, spent;
	uint64_t second; /* ns: start of the budget's second */
	struct sw_recollection memory;
	struct sw_unseen *unseen; /* NULL: none was noted */
};

static const sw_judge bench[SW_CAUSE_COUNT] = {
	[SW_CAUSE_BAD_FLAGS] = sw_judge_flow_bad_flags,
	[SW_CAUSE_DENIED_BEFORE] = sw_judge_flow_denied_before,
	[SW_CAUSE_IDLE_EXPIRED] = sw_judge_flow_idle_expired,
	[SW_CAUSE_EMBRYONIC_LATE] = sw_judge_flow_embryonic_late,
	[SW_CAUSE_AFTER_RESET] = sw_judge_flow_after_reset,
	[SW_CAUSE_LATE_CLOSE] = sw_judge_flow_late_close,
	[SW_CAUSE_EVICTED] = sw_judge_flow_evicted,
	[SW_CAUSE_KEEPALIVE_DEAD] = sw_judge_flow_keepalive_dead,
	[SW_CAUSE_GAP] = sw_judge_stray_gap,
	[SW_CAUSE_ASYMMETRIC] = sw_judge_stray_asymmetric,
	[SW_CAUSE_BACKSCATTER] = sw_judge_stray_backscatter,
	[SW_CAUSE_ACK_SCAN] = sw_judge_stray_ack_scan,
	[SW_CAUSE_NOT_TCP] = sw_judge_stray_not_tcp,
	[SW_CAUSE_PORT_REUSE] = sw_judge_flow_port_reuse,
	[SW_CAUSE_OUT_OF_WINDOW] = sw_judge_flow_out_of_window,
	[SW_CAUSE_OPENS_NOTHING] = sw_judge_stray_opens_nothing,
};

struct sw_diagnose *
sw_diagnose_create(const struct sw_diagnose_config *config)
{
	struct sw_diagnose *diagnose = calloc(1, sizeof(*diagnose));

	if (!diagnose)
		return NULL;
	diagnose->budget = config->budget;
	diagnose->second = config->start.ns;
	diagnose->memory.max_flows = config->max_flows;
	memcpy(diagnose->memory.key, config->key, sizeof(config->key));
	sw_gaps_begin(&diagnose->memory.gaps, config->start);
	return diagnose;
}

void
sw_diagnose_destroy(struct sw_diagnose *diagnose)
{
	if (diagnose)
		sw_unseen_destroy(diagnose->unseen);
	free(diagnose);
}

static bool
within_budget(struct sw_diagnose *diagnose, struct sw_time now)
{
	if (!diagnose->budget)
		return true;
	if (now.ns - diagnose->second >= SW_NS_PER_SECOND) {
		diagnose->second = now.ns;
		diagnose->spent = 0;
	}
	if (diagnose->spent >= diagnose->budget)
		return false;
	diagnose->spent++;
	return true;
}

/* Asks every judge.
 * => false when none finds its cause */
static bool
hear(const struct sw_case *c, struct sw_judgement *best)
{
	bool known = false, tie = false;

	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++) {
		struct sw_judgement j = { .cause = (uint8_t)i };

		if (!bench[i] || !bench[i](c, &j))
			continue;
		if (known && j.confidence <= best->confidence) {
			tie |= j.confidence == best->confidence;
			continue;
		}
		*best = j;
		known = true;
		tie = false;
	}
	if (tie && best->confidence > SW_CONF_LOW)
		best->confidence--;
	return known;
}

/* Uses the cause of the tuple's earlier packets when this one shows nothing
 * new. */
static void
inherit(const struct sw_case *c, struct sw_judgement *judgement)
{
	*judgement = (struct sw_judgement){ .cause = c->trace->cause,
		.confidence = SW_CONF_LOW };
	if (c->trace->cause != SW_CAUSE_UNKNOWN)
		sw_judgement_add(
		    judgement, SW_EVIDENCE_PACKETS, sw_trace_packets(c->trace));
}

/* A doubtful route never gives high confidence, so a cause with high confidence
 * was not found through it. */
static bool
rests_on_route(const struct sw_case *c, const struct sw_judgement *judgement)
{
	if (judgement->cause != SW_CAUSE_ASYMMETRIC)
		return false;
	return c->detour == SW_DETOUR_SURE ||
	       (c->detour == SW_DETOUR_DOUBTED &&
		   judgement->confidence < SW_CONF_HIGH);
}

static void
examine(struct sw_diagnose *diagnose, struct sw_event *event)
{
	struct sw_judgement *judgement = &event->judgement;
	struct sw_case c;

	sw_case_make(&diagnose->memory, event, &c);
	if (c.quoted != SW_CAUSE_UNKNOWN)
		*judgement = (struct sw_judgement){ .cause = (uint8_t)c.quoted,
			.confidence = SW_CONF_MEDIUM };
	else if (!hear(&c, judgement))
		inherit(&c, judgement);
	sw_unseen_judge(diagnose->unseen, &c, judgement);
	sw_case_close(&c, (enum sw_cause)judgement->cause);
	event->refused.has_flow = c.info != NULL;
	if (!rests_on_route(&c, judgement))
		event->route = 0;
}

/* Are there endpoints to look at? */
static bool
has_ends(const struct sw_refusal *refused)
{
	return refused->message != SW_MESSAGE_MALFORMED;
}

static void
judge_refusal(struct sw_diagnose *diagnose, struct sw_event *event)
{
	event->judgement = (struct sw_judgement){ .cause = SW_CAUSE_UNKNOWN };
	if (!has_ends(&event->refused))
		event->judgement.confidence = SW_CONF_LOW;
	else if (within_budget(diagnose, event->time))
		examine(diagnose, event);
	else
		diagnose->counts.unexamined++;
	diagnose->counts.drops[event->judgement.cause]++;
}

void
sw_diagnose_judge(struct sw_diagnose *diagnose, struct sw_event *event)
{
	if (event->kind == SW_EVENT_REFUSED)
		judge_refusal(diagnose, event);
	else
		sw_case_learn(&diagnose->memory, event);
}

void
sw_diagnose_gap(struct sw_diagnose *diagnose, struct sw_time when)
{
	sw_gaps_add(&diagnose->memory.gaps, when);
}

bool
sw_diagnose_unseen(struct sw_diagnose *diagnose,
    const struct sw_endpoints *ends, struct sw_time when)
{
	if (!diagnose->unseen)
		diagnose->unseen = sw_unseen_create(diagnose->memory.key);
	if (!diagnose->unseen)
		return false;
	if (!sw_unseen_note(diagnose->unseen, ends, when))
		sw_gaps_add(&diagnose->memory.gaps, when);
	return true;
}

void
sw_diagnose_counts(
    const struct sw_diagnose *diagnose, struct sw_diagnose_counts *counts)
{
	*counts = diagnose->counts;
}
