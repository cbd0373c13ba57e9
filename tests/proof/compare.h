/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare: one segment, two trackers, what each made of it.
 */
#ifndef SYNWARD_PROOF_COMPARE_H
#define SYNWARD_PROOF_COMPARE_H

#include "engine/table/flow.h"
#include "kernel.h"
#include "segment.h"
#include "synward/engine.h"

/* Timeouts of the kernel are this much shorter, seconds, and all pauses are
 * multiples of ten: what is over for one is over for the other, although
 * the kernel tells whole seconds only. */
#define COMPARE_MARGIN 5u

/* One tracker's view of the connection. */
struct view {
	bool exists;
	bool assured;
	uint8_t state;	  /* enum sw_state; NONE when it does not exist */
	uint32_t timeout; /* seconds left */
};

/* What came of one segment.  [OURS] synward, [KERNEL] the kernel. */
struct outcome {
	struct segment segment;
	struct sw_tcp_segment tcp; /* the same as the parser saw it */
	enum sw_tracking tracking;
	bool ip6;
	uint8_t direction; /* 0 from who opened the flow, as we hold it */
	bool passed[2];
	bool reset_again; /* an RST, the same as the last segment was */
	struct view before[2], after[2];
	/* Our record before the segment, and what was kept beside it; zero
	 * when there was none. */
	struct sw_flow flow;
	struct sw_flow_history history;
	struct sw_cold cold;
	/* The same after it. */
	struct sw_flow flow_after;
	struct sw_cold cold_after;
};

enum { OURS, KERNEL };

struct compare;

/* apart: they go their own way, and the kernel is liberal.
 * => NULL after saying why on stderr */
struct compare *compare_open(enum sw_tracking tracking, bool apart);
void compare_close(struct compare *compare);

/* Seconds, as both trackers are set. */
uint32_t compare_timeout(enum sw_timeout timeout);

enum family { FAMILY_IP4, FAMILY_IP6, FAMILY_BY_TURNS };

/* Can it be compared in IPv6 here?  Else all is IPv4. */
bool compare_has_ip6(const struct compare *compare);

/* A conversation between ends that were not used before.
 * => they, as the opener's; of ICMP the identifier stands in both ports */
const struct sw_endpoints *
compare_begin(struct compare *compare, uint8_t proto, enum family family);
struct outcome
compare_step(struct compare *compare, const struct segment *segment);
/* A whole datagram, of whichever protocol. */
struct outcome compare_bytes(struct compare *compare, uint8_t side,
    uint32_t pause, const uint8_t *bytes, size_t length);

/* Waits for a datagram of SCTP that the kernel did not let out at once.
 * => it came after all */
bool compare_late(
    struct compare *compare, uint8_t side, const uint8_t *bytes, size_t length);

/* Are the timers as far apart as they should be?  The kernel's is shorter by
 * the margin and told in whole seconds. */
bool compare_timers_agree(const struct view *ours, const struct view *kernel);

/* Do both agree, in verdict, state and time left? */
bool compare_agrees(const struct outcome *outcome);

/* After a difference: puts the kernel where we are, so that the comparison
 * can go on.  => false when only one of the two has an entry */
bool compare_realign(struct compare *compare, const struct outcome *outcome);

#endif
