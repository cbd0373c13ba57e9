/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: the engine between two hosts, under one grade of tracking.
 */
#ifndef SYNWARD_HOSTS_GATE_H
#define SYNWARD_HOSTS_GATE_H

#include "synward/engine.h"

struct gate {
	struct sw_policy *policy;
	struct sw_engine *engine;
};

/* What the engine holds of a connection. */
struct gate_view {
	bool exists;
	uint8_t state;	  /* enum sw_state */
	uint32_t timeout; /* in force, seconds */
	uint64_t idle_ms; /* since it was refreshed */
	uint64_t left_ms;
	struct sw_side side[2]; /* 0 the opener */
};

/* A grade of tracking by name: normal, loose, strict, and resync, which is
 * strict that takes up proven numbers.
 * => false when there is none of that name */
bool gate_grade(const char *name, struct sw_flow_policy *flow_policy);
/* The names, a NULL ends them. */
extern const char *const gate_grades[];

/* Timeouts of tests: the established is longer than the five minutes of what
 * is unanswered, the others each of a length of its own. */
extern const struct sw_timeouts gate_timeouts;

/* => false when memory is short */
bool gate_open(struct gate *gate, const struct sw_flow_policy *flow_policy,
    uint32_t flows);
void gate_close(struct gate *gate);

/* => it passed; what it told is thrown away */
bool gate_pass(struct gate *gate, const struct sw_packet *packet, uint64_t us);

struct gate_view gate_look(
    const struct gate *gate, const struct sw_endpoints *opener, uint64_t us);

/* The moment as the engine takes it. */
struct sw_time gate_time(uint64_t us);

#endif
