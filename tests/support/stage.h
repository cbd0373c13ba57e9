/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage: an engine under the policy of a configuration, and the packets that
 * come upon it.
 *
 * What happens to a packet is written in one string: pass or drop, and for a
 * refusal what was done instead, the message and the rule, as in
 * "drop: Denied by rule, guest" or "pass: would drop Table full, default".
 */
#ifndef SYNWARD_SUPPORT_STAGE_H
#define SYNWARD_SUPPORT_STAGE_H

#include "conf/conf.h"
#include "synward/engine.h"

enum {
	STAGE_SENT_MAX = 8,
};

/* Interfaces: 1 and 2 are eth1 and eth2. */
struct stage_row {
	uint32_t at; /* ms */
	const char *src;
	uint16_t sport;
	const char *dst;
	uint16_t dport;
	const char
	    *what; /* TCP flags, "udp", "gre", "ping", "pong", or "link" for
			     neighbour discovery */
	uint32_t seq, ack;
	const char *expected;
	/* What follows may be left out. */
	int in, out; /* 0: by the address of the sender; STAGE_NONE: none,
			the packet comes from or goes to the gateway itself */
};

#define STAGE_NONE (-1)

struct stage {
	struct sw_conf *conf;
	struct sw_rule_slots *slots;
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_event refused; /* of this step; kind 0: none */
	bool has_refused;
	struct sw_event sent[STAGE_SENT_MAX];
	unsigned n_sent;
};

struct stage stage_open(const char *text);
void stage_close(struct stage *stage);
/* Another configuration, as a reload brings it. */
void stage_reload(struct stage *stage, const char *text, uint32_t at);
/* Steps the packet, and writes what happened to it. */
void
stage_try(struct stage *stage, const struct stage_row *row, char text[128]);
/* The same; name and number tell which it is when the outcome is
 * not the expected one. */
void stage_step(struct stage *stage, const char *name, unsigned number,
    const struct stage_row *row);
/* Looks at all entries. */
void stage_sweep(struct stage *stage, uint32_t at);

/* Two hosts of either family, and the client's port. */
#define C4 "10.1.0.2", 40000
#define S4 "10.2.0.2"
#define C6 "fd01::2", 40000
#define S6 "fd02::2"

#endif
