/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case: one refused packet with everything known about it.
 *
 * A case is built once (diagnose/case.c), then shown to one judge after the
 * other (diagnose/judge.h).  Judges only read it.
 */
#ifndef SYNWARD_DIAGNOSE_CASE_H
#define SYNWARD_DIAGNOSE_CASE_H

#include "diagnose/gaps.h"
#include "diagnose/iface_pairs.h"
#include "diagnose/one_way.h"
#include "diagnose/scan.h"
#include "diagnose/seen_filter.h"
#include "diagnose/trace.h"
#include "engine/table/tuple.h"

/* How a packet's numbers match its flow. */
enum sw_fit {
	SW_FIT_NONE,   /* far from that side's last position */
	SW_FIT_WINDOW, /* near it */
	SW_FIT_EXACT,  /* that side's next number, or one before */
};

/* Which half of a connection is seen. */
enum sw_half_kind {
	SW_HALF_NOT,	/* no sign of a missing half */
	SW_HALF_ANSWER, /* an answer to a packet that was never seen */
	SW_HALF_OPENER, /* its SYN was seen, no answer was, and it continues */
	SW_HALF_STREAM, /* one side acknowledges what was never seen */
};

/* Does our route back leave through another interface than the one on which the
 * packet arrived? */
enum sw_detour {
	SW_DETOUR_NOT,
	SW_DETOUR_DOUBTED, /* it does, but the table may not decide */
	SW_DETOUR_SURE,
};

struct sw_case {
	const struct sw_event *event;
	const struct sw_refusal *packet;
	struct sw_time now;
	bool tcp;
	/* the tombstone, or a live flow */
	const struct sw_flow_info *info; /* NULL: none */
	bool reused;   /* the tuple had one, but of another connection */
	unsigned side; /* the flow's side that sent the packet */
	enum sw_fit fit;
	/* the tuple */
	struct sw_trace *trace;
	unsigned way; /* the trace's side that sent the packet */
	/* for an ICMP error: cause of the quoted packet */
	enum sw_cause quoted;
	/* the source */
	const struct sw_source *source;
	bool odd_source;       /* it has sent bad flags recently */
	bool addressee_opened; /* it has opened connections recently */
	/* halves and interfaces */
	enum sw_half_kind half_kind;
	bool early; /* the other half may only be late */
	const struct sw_half *half;
	const struct sw_pair *pair;
	const struct sw_answers *answers; /* answers of that kind */
	enum sw_detour detour;
	/* gaps */
	/* ms from the last gap to the first packet of the tuple */
	uint64_t gap;
	uint32_t strays; /* tuples refused since that gap */
	bool gap_stopped;
	bool flooded;	 /* by tuples that hardly ever appear twice */
	bool gap_inside; /* a gap since the flow's last packet */
	uint32_t max_flows;
};

/* Everything that the diagnosis remembers. */
struct sw_recollection {
	uint8_t key[16];
	uint32_t max_flows;
	struct sw_traces traces;
	struct sw_scan scan;
	struct sw_one_way one_way;
	struct sw_iface_pairs pairs;
	struct sw_gaps gaps;
	struct sw_seen_filter seen;
};

/* Records the refused packet and builds its case.
 * => valid until the next call on this memory */
void sw_case_make(struct sw_recollection *memory, const struct sw_event *event,
    struct sw_case *c);
/* Stores the cause, so that later packets of the tuple get the same one. */
void sw_case_close(const struct sw_case *c, enum sw_cause cause);

/* Learns from a flow that was opened, established or ended. */
void
sw_case_learn(struct sw_recollection *memory, const struct sw_event *event);

/* How well the packet's numbers match the flow. */
enum sw_fit sw_fit_case(const struct sw_flow_info *info, unsigned side,
    const struct sw_refusal *packet);

static inline enum sw_tcp_kind
sw_case_kind(const struct sw_case *c)
{
	return c->tcp ? sw_tcp_kind(c->packet->tcp_flags) : SW_TCP_BAD;
}

/* Has the side that did not open been seen in this flow? */
static inline bool
sw_case_other_spoke(const struct sw_case *c)
{
	const char *h = c->info ? c->info->history : "";

	while (*h && (*h < 'a' || *h > 'z'))
		h++;
	return *h;
}

/* Milliseconds of silence between the flow's last packet and the first one that
 * was refused. */
static inline uint64_t
sw_case_age(const struct sw_case *c)
{
	return sw_time_ms_since(
	    c->info->seen, (struct sw_time){ c->trace->first });
}

/* Was it refused because there is no flow (or also by a rule)? */
static inline bool
sw_case_lacks_flow(const struct sw_case *c)
{
	return sw_message_is_orphan(c->packet->message) ||
	       c->packet->message == SW_MESSAGE_DENIED;
}

/* Is nothing at all known about the refused packet's connection? */
static inline bool
sw_case_strange(const struct sw_case *c)
{
	return !c->info && !c->packet->opens && sw_case_lacks_flow(c);
}

#endif
