/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairing: which of the packets that would be dropped here has the kernel's
 * firewall dropped?
 *
 * Both hear of a packet at nearly the same time, in any order.  What one says
 * waits for the other, until it is certain that the other says nothing.
 */
#ifndef SYNWARD_PIPELINE_PAIRING_H
#define SYNWARD_PIPELINE_PAIRING_H

#include "synward/event.h"

enum {
	SW_PAIRING_ROOM = 8192, /* of each kind that may wait */
	/* Room that the functions that take one out leave for others. */
	SW_PAIRING_MARGIN = 256,
};

/* A packet that the kernel has dropped. */
struct sw_kernel_drop {
	struct sw_packet packet; /* its bytes are gone */
	uint16_t prefix;	 /* of sw_refusal */
	bool invalid;		 /* SW_KERNEL_INVALID */
	struct sw_time when;	 /* it was read */
};

struct sw_pairing;

/* key: random, of the hash of addresses.
 * => NULL when memory is short */
struct sw_pairing *sw_pairing_create(const uint8_t key[16]);
void sw_pairing_destroy(struct sw_pairing *pairing);

/*
 * Of each kind at most SW_PAIRING_MARGIN may be passed in before all that are
 * due have been taken out.
 *
 * A packet would be dropped here, or was noted.
 * => true when the kernel has dropped it: *drop is that, and nothing waits;
 *    otherwise a copy of the event waits from now on
 */
bool sw_pairing_event(struct sw_pairing *pairing, const struct sw_event *event,
    struct sw_time now, struct sw_kernel_drop *drop);

/* The same for a packet that the kernel has dropped.  => true with *event */
bool sw_pairing_drop(struct sw_pairing *pairing,
    const struct sw_kernel_drop *drop, struct sw_event *event);

/*
 * Takes out the oldest event for which the kernel would have said something by
 * now: all that it said about packets of before `said` has been passed in.
 * Where too many wait, the oldest comes out in any case, and *certain is
 * false.
 */
bool sw_pairing_take_event(struct sw_pairing *pairing, struct sw_time said,
    struct sw_event *event, bool *certain);

/* The same for drops: all events of packets before `seen` have been passed
 * in. */
bool sw_pairing_take_drop(struct sw_pairing *pairing, struct sw_time seen,
    struct sw_kernel_drop *drop, bool *certain);

/* From now on nothing waits any longer: all comes out, and what would have
 * waited is not certain. */
void sw_pairing_close(struct sw_pairing *pairing);

/* Does anything wait? */
bool sw_pairing_waits(const struct sw_pairing *pairing);

#endif
