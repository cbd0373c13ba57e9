/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kin: parents and children of related connections.
 *
 * A flow whose rule allows related connections is a parent once both sides have
 * taken part, unless it was picked up in its middle.  A packet that opens, and
 * that the policy denies, becomes a child of such a flow when all of this
 * holds: it is between the same two hosts, and fits what the rule allows; no
 * earlier rule denies it; it uses the parent's interfaces; the parent has been
 * silent for no longer than within; and it has fewer children than its limit.
 * Every SYN of a child is asked again.  A child ends nobody, needs its parent
 * only to begin, and is nobody's parent.
 *
 * The first datagram of a child to the very port that the parent was opened
 * from is the answer to the parent (RFC 1350), which gets no other.  So there,
 * and only there, an unanswered parent suffices.
 *
 * A child's record says which parent it has; the parents themselves are in a
 * table of their own (engine/related/parents.h).
 */
#ifndef SYNWARD_ENGINE_RELATED_KIN_H
#define SYNWARD_ENGINE_RELATED_KIN_H

#include <string.h>

#include "engine/internal.h"
#include "engine/related/parents.h"

/* The parent of a packet that may become its child. */
struct sw_kin {
	struct sw_parent parent;
	uint16_t limit;
	bool from_client; /* the parent's opener opens the child */
};

/*
 * May this packet, which the rule denies, open a child?  What speaks against
 * it is kept for the next refusal.
 * => its parent
 */
bool sw_kin_find(struct sw_engine *engine, const struct sw_lookup *p,
    uint16_t rule, struct sw_kin *kin);
/* Writes into a refusal what the last search has found. */
void sw_kin_describe(struct sw_engine *engine, struct sw_refusal *refused);
/* Do these hosts have a parent that allows children?  For fragments, which
 * show no ports. */
bool
sw_kin_might(const struct sw_engine *engine, const struct sw_endpoints *ends);

/* Counts one more child of that parent.
 * => false when it has as many as it may have, or has gone */
bool sw_kin_take(struct sw_engine *engine, const struct sw_kin *kin);
void sw_kin_give_back(struct sw_engine *engine, const struct sw_kin *kin);
/* Writes the parent into the record of its child. */
void sw_kin_begin(
    struct sw_engine *engine, uint32_t index, const struct sw_kin *kin);
/* Notes what is known of the flow as a parent, if it is one.  p: the packet
 * that has moved it, or NULL */
void sw_kin_note(
    struct sw_engine *engine, uint32_t index, const struct sw_lookup *p);
/* The child does not count any more. */
void sw_kin_release(struct sw_engine *engine, uint32_t index);
/* The flow is no parent any more. */
void sw_kin_forget(struct sw_engine *engine, uint32_t index);

/* The parent of a child's record, as its opener's ends.
 * => false when the flow is no child */
bool sw_kin_parent(const struct sw_engine *engine, uint32_t index,
    struct sw_endpoints *parent);
/* Does the policy in force, which denies the flow's opener by rule, allow it
 * as a child of its own rule? */
bool
sw_kin_allowed(const struct sw_engine *engine, uint32_t index, uint16_t rule);
/* Does a refused packet come too late for a child?  The rule, which denies its
 * opener, would judge it otherwise. */
bool sw_kin_belonged(const struct sw_engine *engine,
    const struct sw_event *event, uint16_t rule);

/* The same client, towards nobody: under these ends a SIP client is noted
 * beside its parent. */
static inline struct sw_endpoints
sw_kin_alone(const struct sw_endpoints *opener)
{
	struct sw_endpoints ends = *opener;

	memset(&ends.dst, 0, sizeof(ends.dst));
	return ends;
}

/* Is the flow's rule one that allows children? */
static inline bool
sw_kin_relates(const struct sw_engine *engine, uint16_t rule)
{
	size_t n;

	(void)sw_policy_related(engine->policy, rule, &n);
	return n > 0;
}

#endif
