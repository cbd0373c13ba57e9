/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case: one refused packet with all that is known around it.
 *
 * Put together once (diagnose/case.c), then shown to one judge after the other
 * (diagnose/judge.h).  Judges only read it.
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

/* How a packet's numbers fit its story. */
enum sw_fit {
	SW_FIT_NONE,   /* far from where that side was */
	SW_FIT_WINDOW, /* near it */
	SW_FIT_EXACT,  /* that side's next, or one before */
};

/* Which half of a connection is seen. */
enum sw_half_kind {
	SW_HALF_NOT,	/* nothing says that a half is missing */
	SW_HALF_ANSWER, /* an answer to what was never seen */
	SW_HALF_OPENER, /* its SYN was seen, the answer never, and it goes on */
	SW_HALF_STREAM, /* one side acknowledges what was never seen */
};

/* Does our route back leave by another interface than the packet came by? */
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
	/* the grave, or a live flow */
	const struct sw_flow_info *info; /* NULL: none */
	bool reused;   /* the tuple had one, but of another connection */
	unsigned side; /* of the story: who sent the packet */
	enum sw_fit fit;
	/* the tuple */
	struct sw_trace *trace;
	unsigned way;	      /* of the trace: who sent the packet */
	enum sw_cause quoted; /* of an ICMP error: cause of what it quotes */
	/* the source */
	const struct sw_source *source;
	bool odd_source;       /* it has sent bad flags lately */
	bool addressee_opened; /* opened connections lately */
	/* halves and interfaces */
	enum sw_half_kind half_kind;
	bool early; /* the other half may be a moment late */
	const struct sw_half *half;
	const struct sw_pair *pair;
	const struct sw_answers *answers; /* of its kind */
	enum sw_detour detour;
	/* gaps */
	uint64_t gap;	 /* ms from the last gap to the tuple's first */
	uint32_t strays; /* tuples refused since that gap */
	bool gap_stopped;
	bool flooded;	 /* by tuples that hardly ever come again */
	bool gap_inside; /* a gap since the story's last packet */
	uint32_t max_flows;
};

/* What the diagnosis remembers. */
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

/* Notes the refused packet everywhere and puts its case together.
 * => valid until the next call on this memory */
void sw_case_make(struct sw_recollection *memory, const struct sw_event *event,
    struct sw_case *c);
/* Keeps the verdict, so that what follows on the tuple is named alike. */
void sw_case_close(const struct sw_case *c, enum sw_cause cause);

/* Learns from a flow that was opened, established or ended. */
void
sw_case_learn(struct sw_recollection *memory, const struct sw_event *event);

/* How the packet fits the story. */
enum sw_fit sw_fit_case(const struct sw_flow_info *info, unsigned side,
    const struct sw_refusal *packet);

static inline enum sw_tcp_kind
sw_case_kind(const struct sw_case *c)
{
	return c->tcp ? sw_tcp_kind(c->packet->tcp_flags) : SW_TCP_BAD;
}

/* Has the side that did not open been seen in this story? */
static inline bool
sw_case_other_spoke(const struct sw_case *c)
{
	const char *h = c->info ? c->info->history : "";

	while (*h && (*h < 'a' || *h > 'z'))
		h++;
	return *h;
}

/* Milliseconds of silence between the story's last packet and the first one
 * that was refused. */
static inline uint64_t
sw_case_age(const struct sw_case *c)
{
	return sw_time_ms_since(
	    c->info->seen, (struct sw_time){ c->trace->first });
}

/* Was it refused for want of a flow, or by a rule besides? */
static inline bool
sw_case_lacks_flow(const struct sw_case *c)
{
	return sw_message_is_orphan(c->packet->message) ||
	       c->packet->message == SW_MESSAGE_DENIED;
}

/* A refused packet about whose connection nothing at all is known. */
static inline bool
sw_case_strange(const struct sw_case *c)
{
	return !c->info && !c->packet->opens && sw_case_lacks_flow(c);
}

#endif
