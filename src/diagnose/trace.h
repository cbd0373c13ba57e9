/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace: what was seen so far of each refused tuple.
 *
 * One packet without a flow says little; the next ones say much: whether the
 * other direction appears as well, whether a segment is repeated and after what
 * time, whether sequence numbers advance like TCP's.  A table of fixed size
 * keeps this for the tuples refused last.
 */
#ifndef SYNWARD_DIAGNOSE_TRACE_H
#define SYNWARD_DIAGNOSE_TRACE_H

#include "synward/event.h"

enum {
	SW_TRACE_SETS = 8192,
	SW_TRACE_WAYS = 4,
};

/* How a packet relates to the earlier ones. */
enum sw_trace_step {
	SW_STEP_FIRST,	   /* the first packet */
	SW_STEP_REPEAT,	   /* the same segment again */
	SW_STEP_CONTINUES, /* near the earlier ones */
	SW_STEP_JUMPS,	   /* far from them */
};

/* State of one direction. */
struct sw_trace_side {
	uint64_t last; /* ns */
	uint32_t packets;
	uint32_t seq, end, ack; /* of the last packet */
	uint32_t first_seq;
	uint32_t payload;
	uint32_t repeats;      /* how often the last packet was seen, 1.. */
	uint32_t interval;     /* ms between the last two of them */
	uint32_t interval_was; /* ms between the two before those */
	uint32_t data_seq, data_payload; /* of the last one with payload */
	uint64_t data_first;		 /* ns: first segment with payload */
	uint32_t top;			 /* highest end of its segments */
	uint32_t gains; /* times that it acknowledged more than before */
	uint16_t lawful, unlawful, same; /* see sw_trace_unlawful() */
	uint8_t flags;			 /* of the last packet */
	bool streams;	  /* new data long after the first, never answered */
	bool only_resets; /* it sent nothing but RSTs */
};

struct sw_trace {
	uint64_t id;	/* hash of the tuple; 0: free */
	uint64_t first; /* ns */
	uint64_t life;	/* start of the flow that it is compared with */
	struct sw_trace_side side[2]; /* 0: sent by the tuple's a */
	uint8_t step;  /* enum sw_trace_step, of the last packet */
	uint8_t fit;   /* enum sw_fit, of the earlier packets */
	uint8_t cause; /* of the earlier packets; UNKNOWN at first */
	bool young;    /* began with the answer to a SYN */
	bool answer;   /* began with that, or with an RST */
	/* ... and the other side answered only with RSTs */
	bool disowned;
	bool goes_on;	     /* ... and the same side continued after it */
	uint8_t answer_way;  /* the side that sent that answer */
	uint8_t answer_kind; /* enum sw_answer_kind */
	bool stray;	     /* counted among the strays since the last gap */
	/* Which counts of one-way flows include this tuple. */
	bool counted, proven, repeated, disowned_counted;
};

struct sw_traces {
	struct sw_trace entry[SW_TRACE_SETS][SW_TRACE_WAYS];
};

/*
 * Records a refused packet of the tuple with the hash id, sent by its b when
 * from_b.  life identifies the flow, 0 for none: when it changes, the trace
 * starts again.
 * => its trace, including this packet; valid until the next call
 */
struct sw_trace *
sw_trace_note(struct sw_traces *traces, uint64_t id, uint64_t life, bool from_b,
    const struct sw_refusal *packet, struct sw_time now);

/* The last cause found for the tuple with the hash id; UNKNOWN when it is not
 * remembered. */
enum sw_cause sw_trace_cause(const struct sw_traces *traces, uint64_t id);

/* Does the payload not advance the sequence numbers as it must? */
bool sw_trace_unlawful(const struct sw_trace *trace);

/* Does this side receive the other one, which we never see?  It acknowledges
 * more and more, or continues to send what must have been acknowledged. */
bool sw_trace_one_way(const struct sw_trace *trace, unsigned way);

/* Was the last segment repeated at a steady interval (true), or at growing
 * ones, or not at all? */
bool sw_trace_steady(const struct sw_trace_side *side);

/* Was the last segment repeated as a host repeats what nobody acknowledges, at
 * longer and longer intervals? */
bool sw_trace_backs_off(const struct sw_trace_side *side);

uint32_t sw_trace_packets(const struct sw_trace *trace);

#endif
