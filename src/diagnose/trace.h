/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: what was seen so far of each refused tuple.
 *
 * One packet without a flow says little; the next ones say much: whether
 * the other direction shows as well, whether a segment comes again and at
 * which distance, whether sequence numbers advance as TCP's do.  A table of
 * fixed size keeps that for the tuples refused last.
 */
#ifndef SYNWARD_DIAGNOSE_TRACE_H
#define SYNWARD_DIAGNOSE_TRACE_H

#include "synward/event.h"

enum {
	SW_TRACE_SETS = 8192,
	SW_TRACE_WAYS = 4,
};

/* How a packet stands to those seen before it. */
enum sw_trace_step {
	SW_STEP_FIRST,	   /* nothing was seen before */
	SW_STEP_REPEAT,	   /* the same segment again */
	SW_STEP_CONTINUES, /* near what was seen before */
	SW_STEP_JUMPS,	   /* far from it */
};

/* Of one direction. */
struct sw_trace_side {
	uint64_t last; /* ns */
	uint32_t packets;
	uint32_t seq, end, ack; /* of the last packet */
	uint32_t first_seq;
	uint32_t payload;
	uint32_t repeats;      /* the last packet was seen so often, 1.. */
	uint32_t interval;     /* ms between the last two of them */
	uint32_t interval_was; /* ms between the two before */
	uint32_t data_seq, data_payload; /* of the last one with payload */
	uint64_t data_first;		 /* ns: the first one with payload */
	uint32_t top;			 /* highest end of what it sent */
	uint32_t gains; /* acknowledged more than before so often */
	uint16_t lawful, unlawful, same; /* see sw_trace_unlawful() */
	uint8_t flags;			 /* of the last packet */
	bool streams;	  /* new data long after the first, never answered */
	bool only_resets; /* all it sent were RSTs */
};

struct sw_trace {
	uint64_t id;	/* hash of the tuple; 0: free */
	uint64_t first; /* ns */
	uint64_t life;	/* when the story began that it is held against */
	struct sw_trace_side side[2]; /* 0: sent by the tuple's a */
	uint8_t step;	     /* enum sw_trace_step, of the last packet */
	uint8_t fit;	     /* enum sw_fit, of the packets before */
	uint8_t cause;	     /* of the packets before; UNKNOWN at first */
	bool young;	     /* began with the answer to a SYN */
	bool answer;	     /* began with that, or with an RST */
	bool disowned;	     /* ... and the other side answered only by RST */
	bool goes_on;	     /* ... and the same side went on after it */
	uint8_t answer_way;  /* who sent that answer */
	uint8_t answer_kind; /* enum sw_answer_kind */
	bool stray;	     /* counted among those since the last gap */
	/* Counted among the half-seen flows, and of these which. */
	bool counted, proven, repeated, disowned_counted;
};

struct sw_traces {
	struct sw_trace entry[SW_TRACE_SETS][SW_TRACE_WAYS];
};

/*
 * Notes a refused packet of the tuple that hashes to id, sent by its b when
 * from_b.  life tells the stories of a tuple apart, 0 is none: with another
 * one the trace begins anew.
 * => its trace, this packet included; valid until the next call
 */
struct sw_trace *
sw_trace_note(struct sw_traces *traces, uint64_t id, uint64_t life, bool from_b,
    const struct sw_refusal *packet, struct sw_time now);

/* What the tuple that hashes to id was last judged to be; UNKNOWN when it is
 * not remembered. */
enum sw_cause sw_trace_cause(const struct sw_traces *traces, uint64_t id);

/* Does the payload not advance the sequence numbers as it must? */
bool sw_trace_unlawful(const struct sw_trace *trace);

/* Is this side in touch with the other, which we never see?  It acknowledges
 * more and more, or goes on sending what must have been acknowledged. */
bool sw_trace_one_way(const struct sw_trace *trace, unsigned way);

/* Did the last segment come again at a steady distance (true), or at
 * growing ones or for the first time? */
bool sw_trace_steady(const struct sw_trace_side *side);

/* Did the last segment come again as a host repeats what nobody acknowledges:
 * after a while, and then after longer and longer ones? */
bool sw_trace_backs_off(const struct sw_trace_side *side);

uint32_t sw_trace_packets(const struct sw_trace *trace);

#endif
