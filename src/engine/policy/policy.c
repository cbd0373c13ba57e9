/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: the compiled rules.
 *
 * Rules are divided into runs of SW_AXIS_RULES; each run has an index for IPv4
 * and one for IPv6 (engine/policy/index.c).  Every packet looks up the policy
 * of its flow by slot, so it takes two array reads: slot to entry, entry to
 * flow policy.  Entry 0 is the default; slots without a rule lead to it, so a
 * flow whose rule was removed continues under the default.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/policy/axis.h"
#include "engine/policy/index.h"
#include "engine/policy/leaving.h"
#include "engine/policy/related.h"
#include "engine/policy/zones.h"
#include "synward/policy.h"

enum {
	FAMILIES = 2,
	LOOKS = 64, /* the most rules to test for a packet without ports */
};

struct entry {
	struct sw_flow_policy flow_policy;
	uint16_t slot;
	bool any_port;
	uint8_t looks; /* enum sw_rule_look */
	uint8_t n_related;
	struct sw_related *related;
	char name[SW_RULE_NAME_MAX];
};

struct sw_policy {
	struct entry *entries; /* 0 is the default, then the rules in order */
	uint16_t *by_slot;     /* slot to entry */
	uint32_t n_slots;
	uint32_t shortest; /* of all timeouts, seconds */
	bool loose;	   /* a rule, or what none names, tracks loosely */
	uint8_t looks;	   /* of all rules together */
	bool relates;	   /* a rule has related connections */
	uint32_t n_entries;
	uint32_t n_runs;
	struct sw_index **runs;	   /* FAMILIES indices for each run */
	struct sw_policy *leaving; /* see engine/policy/leaving.h, or NULL */
	struct sw_zones zones;
};

static uint32_t
slots_needed(const struct sw_rule *rules, size_t n)
{
	uint32_t needed = 1;

	for (size_t i = 0; i < n; i++)
		if (rules[i].slot >= needed)
			needed = rules[i].slot + 1u;
	return needed;
}

static uint32_t
shortest_of(const struct sw_policy *policy, size_t n_entries)
{
	uint32_t shortest = UINT32_MAX;

	for (size_t i = 0; i < n_entries; i++)
		for (unsigned k = 0; k < SW_TIMEOUT_COUNT; k++) {
			const struct sw_timeouts *timeouts =
			    &policy->entries[i].flow_policy.timeouts;

			if (timeouts->seconds[k] < shortest)
				shortest = timeouts->seconds[k];
		}
	return shortest;
}

static bool
loose_in(const struct sw_policy *policy, size_t n_entries)
{
	for (size_t i = 0; i < n_entries; i++)
		if (policy->entries[i].flow_policy.tracking == SW_TRACK_LOOSE)
			return true;
	return false;
}

static void
entries_fill(struct sw_policy *policy, const struct sw_rule *rules, size_t n,
    const struct sw_flow_policy *otherwise)
{
	policy->entries[0].flow_policy = *otherwise;
	strcpy(policy->entries[0].name, "default");
	for (size_t i = 0; i < n; i++) {
		struct entry *entry = &policy->entries[i + 1];

		entry->flow_policy = rules[i].flow_policy;
		entry->slot = rules[i].slot;
		entry->any_port =
		    rules[i].n_ports == 0 && rules[i].n_source_ports == 0;
		entry->looks = sw_index_looks(&rules[i]);
		policy->looks |= entry->looks;
		memcpy(entry->name, rules[i].name, sizeof entry->name - 1);
		if (rules[i].slot != SW_RULE_DEFAULT)
			policy->by_slot[rules[i].slot] = (uint16_t)(i + 1);
	}
}

static bool
runs_build(struct sw_policy *policy, const struct sw_rule *rules, size_t n)
{
	for (uint32_t run = 0; run < policy->n_runs; run++) {
		const struct sw_rule *first = rules + run * SW_AXIS_RULES;
		size_t left = n - run * SW_AXIS_RULES;
		uint32_t count =
		    left < SW_AXIS_RULES ? (uint32_t)left : SW_AXIS_RULES;
		struct sw_index **pair = &policy->runs[run * FAMILIES];

		pair[0] = sw_index_build(first, count, SW_IPV4);
		pair[1] = sw_index_build(first, count, SW_IPV6);
		if (pair[0] == NULL || pair[1] == NULL)
			return false;
	}
	return true;
}

/* => false when memory is short */
static bool
related_copy(struct sw_policy *policy, const struct sw_rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct entry *entry = &policy->entries[i + 1];

		if (rules[i].n_related == 0 || rules[i].flow_policy.deny)
			continue;
		entry->related =
		    sw_related_copy(rules[i].related, rules[i].n_related);
		if (entry->related == NULL)
			return false;
		entry->n_related = (uint8_t)rules[i].n_related;
		policy->relates = true;
	}
	return true;
}

struct sw_policy *
sw_policy_compile(const struct sw_rule *rules, size_t n,
    const struct sw_flow_policy *otherwise)
{
	struct sw_policy *policy;

	if (n >= SW_RULE_SLOTS)
		return NULL;
	policy = calloc(1, sizeof *policy);
	if (policy == NULL)
		return NULL;
	policy->n_slots = slots_needed(rules, n);
	policy->by_slot = calloc(policy->n_slots, sizeof *policy->by_slot);
	policy->entries = calloc(n + 1, sizeof *policy->entries);
	policy->n_entries = (uint32_t)n + 1;
	policy->n_runs = (uint32_t)((n + SW_AXIS_RULES - 1) / SW_AXIS_RULES);
	policy->runs =
	    calloc(policy->n_runs * FAMILIES + 1, sizeof *policy->runs);
	if (policy->by_slot == NULL || policy->entries == NULL ||
	    policy->runs == NULL || !runs_build(policy, rules, n) ||
	    !related_copy(policy, rules, n) ||
	    !sw_leaving_compile(rules, n, otherwise, &policy->leaving)) {
		sw_policy_destroy(policy);
		return NULL;
	}
	entries_fill(policy, rules, n, otherwise);
	policy->shortest = shortest_of(policy, n + 1);
	policy->loose = loose_in(policy, n + 1);
	return policy;
}

void
sw_policy_destroy(struct sw_policy *policy)
{
	if (policy == NULL)
		return;
	for (uint32_t i = 0;
	     policy->runs != NULL && i < policy->n_runs * FAMILIES; i++)
		sw_index_free(policy->runs[i]);
	sw_policy_destroy(policy->leaving);
	free(policy->runs);
	for (uint32_t i = 0; policy->entries != NULL && i < policy->n_entries;
	     i++)
		sw_related_free(
		    policy->entries[i].related, policy->entries[i].n_related);
	free(policy->entries);
	free(policy->by_slot);
	sw_zones_free(&policy->zones);
	free(policy);
}

bool
sw_policy_set_zones(
    struct sw_policy *policy, const struct sw_zone_link *links, size_t n)
{
	return sw_zones_set(&policy->zones, links, n);
}

bool
sw_policy_has_zones(const struct sw_policy *policy)
{
	return policy->zones.n > 0;
}

bool
sw_policy_name_zones(
    struct sw_policy *policy, const char *const names[], uint8_t n)
{
	return sw_zones_name(&policy->zones, names, n);
}

const char *
sw_policy_zone_name(const struct sw_policy *policy, uint8_t zone)
{
	return zone == 0 || zone > policy->zones.n_names
		   ? NULL
		   : policy->zones.names[zone - 1];
}

uint8_t
sw_policy_zone(const struct sw_policy *policy, const struct sw_way *way)
{
	return policy->zones.n > 0 ? sw_zones_of(&policy->zones, way) : 0;
}

bool
sw_policy_same_zones(const struct sw_policy *a, const struct sw_policy *b)
{
	return sw_zones_equal(&a->zones, &b->zones);
}

uint32_t
sw_policy_shortest(const struct sw_policy *policy)
{
	return policy->shortest;
}

bool
sw_policy_loose(const struct sw_policy *policy)
{
	return policy->loose;
}

uint16_t
sw_policy_match(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	unsigned family = opener->family == SW_IPV6;

	for (uint32_t run = 0; run < policy->n_runs; run++) {
		uint32_t found = sw_index_match(
		    policy->runs[run * FAMILIES + family], opener, way);

		if (found != SW_INDEX_NONE)
			return policy->entries[1 + run * SW_AXIS_RULES + found]
			    .slot;
	}
	return SW_RULE_DEFAULT;
}

void
sw_policy_prefetch(
    const struct sw_policy *policy, const struct sw_endpoints *opener)
{
	unsigned family = opener->family == SW_IPV6;

	for (uint32_t run = 0; run < policy->n_runs; run++)
		sw_index_prefetch(
		    policy->runs[run * FAMILIES + family], opener);
}

/* The next rule from entry on that matches with some port; entry 0: none. */
static const struct entry *
next_match(const struct sw_policy *policy, const struct sw_endpoints *opener,
    const struct sw_way *way, uint32_t entry)
{
	unsigned family = opener->family == SW_IPV6;
	uint32_t from = (entry - 1) % SW_AXIS_RULES;

	for (uint32_t run = (entry - 1) / SW_AXIS_RULES; run < policy->n_runs;
	     run++, from = 0) {
		uint32_t found = sw_index_match_any_port(
		    policy->runs[run * FAMILIES + family], opener, way, from);

		if (found != SW_INDEX_NONE)
			return &policy
				    ->entries[1 + run * SW_AXIS_RULES + found];
	}
	return policy->entries;
}

bool
sw_policy_might_pass(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	uint32_t at = 1;

	for (unsigned i = 0; i < LOOKS; i++) {
		const struct entry *entry = next_match(policy, opener, way, at);

		if (!entry->flow_policy.deny)
			return true;
		if (entry == policy->entries || entry->any_port)
			return false;
		at = (uint32_t)(entry - policy->entries) + 1;
	}
	return false;
}

static const struct entry *
entry_of(const struct sw_policy *policy, uint16_t slot)
{
	return &policy->entries[slot < policy->n_slots ? policy->by_slot[slot]
						       : 0];
}

const struct sw_flow_policy *
sw_policy_flow_policy(const struct sw_policy *policy, uint16_t slot)
{
	return &entry_of(policy, slot)->flow_policy;
}

bool
sw_policy_untracks(const struct sw_policy *policy, uint16_t slot)
{
	const struct sw_flow_policy *flow_policy =
	    sw_policy_flow_policy(policy, slot);

	return flow_policy->tracking == SW_TRACK_OFF && !flow_policy->deny;
}

bool
sw_policy_names(const struct sw_policy *policy, uint16_t slot)
{
	return entry_of(policy, slot) != policy->entries;
}

bool
sw_policy_stands_before(
    const struct sw_policy *policy, uint16_t slot, uint16_t other)
{
	return sw_policy_names(policy, slot) &&
	       (!sw_policy_names(policy, other) ||
		   entry_of(policy, slot) < entry_of(policy, other));
}

bool
sw_policy_denies_leaving(const struct sw_policy *policy,
    const struct sw_endpoints *ends, const struct sw_way *way)
{
	uint16_t slot;

	if (policy->leaving == NULL)
		return false;
	slot = sw_policy_match(policy->leaving, ends, way);
	return slot != SW_RULE_DEFAULT &&
	       sw_policy_stands_before(
		   policy, slot, sw_policy_match(policy, ends, way));
}

uint8_t
sw_policy_looks(const struct sw_policy *policy, uint16_t slot)
{
	return entry_of(policy, slot)->looks;
}

uint8_t
sw_policy_looks_any(const struct sw_policy *policy)
{
	return policy->looks;
}

/* Does an opening packet of this protocol differ from an answer? */
static bool
tells_openings(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_SCTP ||
	       sw_proto_is_icmp(proto);
}

uint16_t
sw_policy_match_opening(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	struct sw_endpoints reverse = sw_packet_endpoints_reverse(opener);
	struct sw_way back = sw_way_reverse(way);
	uint16_t slot = sw_policy_match(policy, opener, way);
	uint16_t other;

	if (tells_openings(opener->proto))
		return slot;
	other = sw_policy_match(policy, &reverse, &back);
	return sw_policy_untracks(policy, other) &&
		       sw_policy_stands_before(policy, other, slot)
		   ? other
		   : slot;
}

const struct sw_related *
sw_policy_related(const struct sw_policy *policy, uint16_t slot, size_t *n)
{
	const struct entry *entry = entry_of(policy, slot);

	*n = entry->n_related;
	return entry->related;
}

bool
sw_policy_relates(const struct sw_policy *policy)
{
	return policy->relates;
}

const char *
sw_policy_rule_name(const struct sw_policy *policy, uint16_t slot)
{
	return entry_of(policy, slot)->name;
}
