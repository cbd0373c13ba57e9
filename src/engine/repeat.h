/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repeat: an RST that ended its flow and is queued again.
 *
 * When a second rule sends packets to the queue, each packet passes it twice.
 * An RST that refuses a connection ends the flow in its first pass, so that it
 * is unknown in its second; dropping it there would leave the client waiting.
 * The last such RSTs are kept for a moment, and the very same segment passes
 * again.
 *
 * An attacker gains nothing: to repeat such a segment he must have seen all of
 * it a moment ago, and its receiver has had it already.
 */
#ifndef SYNWARD_ENGINE_REPEAT_H
#define SYNWARD_ENGINE_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

enum { SW_AGAIN_ENTRIES = 64 };

struct sw_lookup;

struct sw_repeat_entry {
	uint64_t hash; /* hash of the tuple, keyed */
	uint64_t when; /* ns; 0: free */
	uint32_t seq, ack, length;
	uint32_t tsval, tsecr;
	uint32_t in, out; /* its interfaces */
	uint16_t window;
	uint8_t flags;
	uint8_t left; /* how often it may still pass */
	bool from_b;
};

struct sw_repeat {
	struct sw_repeat_entry entry[SW_AGAIN_ENTRIES];
};

/* Records that this RST has just ended its flow. */
void sw_repeat_note(struct sw_repeat *again, const struct sw_lookup *p);

/* Is this that RST, equal in every field that no hop changes, within 100 ms and
 * not for the ninth time?  any_way: through any interfaces, otherwise through
 * the same ones. */
bool sw_repeat_passes(
    struct sw_repeat *again, const struct sw_lookup *p, bool any_way);

#endif
