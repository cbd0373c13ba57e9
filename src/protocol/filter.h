/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: conditions that select flows.
 *
 * A filter is a list of conditions that must all hold, each written as key,
 * operator and value without blanks: dst=10.0.0.0/8 port=443 idle>5m
 */
#ifndef SYNWARD_PROTOCOL_FILTER_H
#define SYNWARD_PROTOCOL_FILTER_H

#include "synward/event.h"
#include "synward/policy.h"

#define SW_FILTER_MAX 16

enum sw_filter_operator {
	SW_FILTER_IS,
	SW_FILTER_IS_NOT,
	SW_FILTER_ABOVE,
	SW_FILTER_BELOW,
};

struct sw_condition {
	const struct sw_filter_key *key;
	uint8_t is; /* enum sw_filter_operator */
	union {
		struct sw_prefix prefix;
		struct sw_port_range ports;
		uint64_t number;
		char name[SW_RULE_NAME_MAX];
	};
};

struct sw_filter {
	struct sw_condition list[SW_FILTER_MAX];
	size_t n;
};

/* A flow, and the names for its numbers. */
struct sw_filter_view {
	const struct sw_flow_info *info;
	struct sw_time now;
	const char *(*rule)(uint16_t slot, void *context);
	/* => false when the interface has another index */
	bool (*interface)(uint32_t index, const char *name, void *context);
	void *context;
};

/* Does this word have the form of a condition? */
bool sw_filter_is_condition(const char *word);

/* Adds the condition.
 * => false, with a sentence that says what is wrong */
bool sw_filter_add(
    struct sw_filter *filter, const char *word, char *why, size_t size);

bool sw_filter_match(
    const struct sw_filter *filter, const struct sw_filter_view *view);

/* Key i, its values and its meaning, for help; NULL after the last. */
const char *
sw_filter_key_name(unsigned i, const char **values, const char **help);

/* "10.1.2.3", "10.0.0.0/8", "fd00::/8"; host bits may be set and do not
 * count. */
bool sw_filter_prefix(const char *text, struct sw_prefix *prefix);
/* "tcp", "icmp6", "47".  => a number of IPPROTO_*, or -1 */
int sw_filter_protocol(const char *text);

#endif
