/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: sources that touch one target after another.
 *
 * For each source address of refused TCP packets without payload, it counts the
 * different pairs of address and port on the server side within a minute, and
 * the signs of a tool.  Memory is fixed; a new source replaces a quiet one.
 */
#ifndef SYNWARD_DIAGNOSE_SCAN_H
#define SYNWARD_DIAGNOSE_SCAN_H

#include "diagnose/linear_count.h"
#include "synward/event.h"

enum {
	SW_SCAN_SETS = 2048,
	SW_SCAN_WAYS = 4,
};

struct sw_source {
	uint64_t id; /* hash of the address; 0: free */
	/* ns: start of the window, time of the last probe */
	uint64_t since, last;
	struct sw_estimate targets; /* different addresses and ports */
	uint64_t ports;		    /* bits: ports of the host below */
	uint64_t host;		    /* hash of the last destination address */
	uint64_t tuple;		    /* hash of the last tuple */
	uint32_t seq, ack;	    /* of the last probe */
	uint32_t targets_was;	    /* in the previous window */
	uint32_t probes;	    /* in this window */
	/* of these: same window and length as the first */
	uint32_t alike;
	uint32_t forged;   /* of these: numbers no stack would choose */
	uint32_t payloads; /* refused packets with payload */
	uint32_t length;   /* of the first probe */
	uint16_t window;   /* of the first probe */
	uint16_t sport;	   /* of the first probe */
	uint16_t vertical; /* most ports seen on one host */
	uint64_t sports;   /* bits: source ports */
	uint32_t stamped;  /* probes with time stamps that echo */
	uint32_t again;	   /* segments repeated in the way of a host */
	/* ns: start and last probe of a burst without pauses */
	uint64_t burst, probed;
	uint32_t in_burst; /* probes in that burst */
	uint64_t odd;	   /* ns: when it last sent bad flags, 0: never */
};

struct sw_scan {
	struct sw_source entry[SW_SCAN_SETS][SW_SCAN_WAYS];
};

struct sw_probe {
	uint64_t source, host, target, tuple; /* keyed hashes */
	bool server_side; /* the target looks like a server's port */
	bool again;	  /* repeated as a host repeats a segment */
	bool odd;	  /* flags that no stack sends */
};

/* Records a refused TCP packet.
 * => its source; valid until the next call */
const struct sw_source *
sw_scan_note(struct sw_scan *scan, const struct sw_probe *probe,
    const struct sw_refusal *packet, struct sw_time now);

/* Does it have numbers that no stack would choose? */
bool sw_scan_forged(const struct sw_refusal *packet);

/* The number of different targets, in this or the previous window. */
uint32_t sw_scan_source_targets(const struct sw_source *source);

/* Are the probes certainly made by a tool, rather than connections of a host
 * that came back to life? */
bool sw_scan_source_surely(const struct sw_source *source);

/* Do its probes look like those of a host that still has connections: a port
 * for each, time stamps that echo, repeated when nobody answers? */
bool sw_scan_source_lives(const struct sw_source *source);

/* Like sw_scan_source_lives(), before it had the time to repeat anything. */
bool sw_scan_source_may_live(const struct sw_source *source);

/* Has it sent bad flags recently? */
bool sw_scan_source_is_odd(const struct sw_source *source, struct sw_time now);

#endif
