/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core: the inside of an engine, shared by the files that are its parts:
 * engine.c (a packet's line), assemble.c (fragments on it), track.c (a live
 * flow), engine/lifecycle.c (how a flow begins and ends), engine/eviction.c (who makes room), engine/interfaces.c
 * (interfaces of a flow), idle.c (what silence leads to), refuse.c (what is
 * told of a refused packet), admin.c (what the shell asks beside packets).
 */
#ifndef SYNWARD_ENGINE_INTERNAL_H
#define SYNWARD_ENGINE_INTERNAL_H

#include "engine/event_ring.h"
#include "engine/repeat.h"
#include "engine/table/expiry.h"
#include "engine/table/flow.h"
#include "engine/table/fragment.h"
#include "engine/table/tombstone.h"
#include "synward/engine.h"

/* Seconds between two probes of an idle flow, and how many are sent. */
#define SW_PROBE_INTERVAL 10u
#define SW_PROBES 3u

/* Seconds after which a flow is looked at, however long it may live. */
#define SW_LIFE_LOOK 300u

/* Minimum lifetime of an unanswered flow, even when the table is full, in
 * seconds.  The sweep looks at such a flow at this interval, because its
 * timeout may have become shorter since. */
#define SW_EMBRYO_LEAST 3u

/* A half-closed flow that carried data within so many seconds is not evicted
 * to make room. */
#define SW_HALF_LATELY 60u

struct sw_engine {
	struct sw_flows *flows;
	struct sw_tombstones *tombstones; /* flows that had been established */
	struct sw_tombstones
	    *unassured; /* those that never were, and refused SYNs:
				   apart, so that no flood of them displaces
				   the others */
	struct sw_event_ring *ring;
	struct sw_fragments *fragments;
	const struct sw_policy *policy;
	uint32_t shortest; /* no flow is over before, ticks */
	struct sw_limits limits;
	struct sw_expiry expiry;
	struct sw_counts counts;
	uint32_t recheck;      /* slots to look at whatever their deadline says:
			     the policy has changed */
	uint32_t victim;       /* where the search for one goes on */
	struct sw_time looked; /* since then each flow was looked at */
	struct sw_time round;  /* when the round of looks under way began */
	uint32_t round_left;   /* slots not looked at in it */
	struct sw_time began;  /* when it was made, over whatever memory */
	uint32_t restored, torn; /* flows found in memory at create */
	struct sw_repeat again;	 /* RSTs that ended their flow */
	uint8_t message;	 /* enum sw_message of the last refusal */
	void *owned;		 /* memory, when the engine allocated it */
	struct sw_source_limits *own_sources; /* the same of limits.sources */
};

/* One packet on its way through the engine. */
struct sw_lookup {
	const struct sw_packet *packet;
	struct sw_tuple tuple;
	uint64_t hash;
	struct sw_guess guess;
	bool from_b; /* its source is the tuple's b */
	struct sw_time now;
	uint64_t way;  /* code of its interfaces: see engine/interfaces.h */
	uint32_t tick; /* that holds now */
	uint32_t seen; /* not before now: of a flow that it refreshes */
};

/* Ticks come round, so no flow may be left unlooked at for longer. */
#define SW_LOOK_LEAST (SW_TIMEOUT_LONGEST * SW_NS_PER_SECOND)

/* engine.c */

/* Decides a packet that is whole, or malformed. */
enum sw_verdict
sw_engine_decide(struct sw_engine *engine, const struct sw_lookup *p);

/* Judges a packet as sw_engine_decide() would, but lets it do nothing: no
 * flow begins, moves or is refreshed.
 * => false when a refusal was reported; passes: even so, where the policy
 * only observes */
bool sw_engine_sound(
    struct sw_engine *engine, const struct sw_lookup *p, bool *passes);

/* assemble.c */

/* Decides a fragment. */
enum sw_verdict
sw_assemble(struct sw_engine *engine, const struct sw_lookup *p);

/* admin.c */

/* More time has gone by at once than that: has flows end at their time. */
void sw_engine_catch_up(struct sw_engine *engine, struct sw_time now);

/* engine/lifecycle.c */

/* => index of the flow that was begun, or SW_FLOW_NONE when there is no
 * room; *limit is the limit that was reached then, negated when it is
 * that of one source */
uint32_t sw_lifecycle_begin(struct sw_engine *engine, const struct sw_lookup *p,
    uint16_t rule, int32_t *limit);
void sw_lifecycle_end(struct sw_engine *engine, uint32_t index, enum sw_end how,
    struct sw_time now);
/* A new connection takes the record over: the old one's story is told. */
void sw_lifecycle_restart(
    struct sw_engine *engine, uint32_t index, struct sw_time now);

/* The same where the old connection may still be: only the story begins
 * again. */
void sw_lifecycle_replace(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);
/* Has the record take presumed numbers where its own time is over. */
struct sw_lost;
void sw_lifecycle_resolve(
    struct sw_engine *engine, const struct sw_lost *lost, uint32_t index);

/* Seconds the flow may be silent, probes included. */
uint32_t sw_lifecycle_timeout(
    const struct sw_engine *engine, const struct sw_flow *flow);
/* The tick at which the record's own timeout is over, its probes included. */
uint32_t
sw_lifecycle_record_due(const struct sw_engine *engine, uint32_t index);
/* Is its time over? */
bool sw_lifecycle_over(
    const struct sw_engine *engine, uint32_t index, uint32_t tick);
/* Writes when to look at it again: at its end, and SW_LIFE_LOOK seconds from
 * now at the latest, or sooner where data that is not acknowledged may cut
 * its time shorter.  So it must be called only when the state changed. */
void
sw_lifecycle_schedule(struct sw_engine *engine, uint32_t index, uint32_t tick);

/* Was it never established both ways? */
static inline bool
sw_flow_embryonic(const struct sw_flow *flow)
{
	return !(flow->flags & SW_FLOW_ASSURED);
}

/* Has one side closed, and the other not? */
static inline bool
sw_lifecycle_half_closed(const struct sw_flow *flow)
{
	return flow->state == SW_STATE_FIN_WAIT ||
	       flow->state == SW_STATE_CLOSE_WAIT;
}

/* A moment as sw_cold.half_data holds it, never 0. */
static inline uint16_t
sw_lifecycle_half_moment(uint32_t tick)
{
	uint16_t second = (uint16_t)(tick / SW_TICKS_PER_SECOND);

	return second ? second : 1;
}

/* Tells that this packet opened or established the flow. */
void sw_lifecycle_announce(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, enum sw_event_kind kind);

/* The ends of a live flow as its opening packet had them. */
struct sw_endpoints
sw_flow_info_opener(const struct sw_engine *engine, uint32_t index);
/* All that is known of it. */
void sw_flow_info_tell(const struct sw_engine *engine, uint32_t index,
    struct sw_time now, struct sw_flow_info *info);
void sw_lifecycle_set_state(
    struct sw_engine *engine, struct sw_flow *flow, enum sw_state old);

/* engine/eviction.c */

/* Makes room for one more flow where a limit is reached.
 * => 0, or the limit that stands in the way */
uint32_t sw_eviction_make_room(struct sw_engine *engine, struct sw_time now);
/* How many flows without an answer there may be, at least one. */
uint32_t sw_eviction_for_embryos(const struct sw_engine *engine);

/* idle.c */

/* Its time is over: ends it, or does what on-idle says before that.
 * => true when it is gone */
bool
sw_idle_lapse(struct sw_engine *engine, uint32_t index, struct sw_time now);
/* Has both ends reset, when they had agreed on the connection. */
void
sw_idle_reset(struct sw_engine *engine, uint32_t index, struct sw_time now);

/* refuse.c */

/* Tells of a packet that is refused, and decides whether it is dropped all
 * the same.  index: the live flow it met, or SW_FLOW_NONE.  detail: bytes
 * outside the window, the limit that was reached as above, or the rule that
 * denies a packet of a live flow. */
enum sw_verdict sw_refuse(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message, uint32_t index, int32_t detail);

/* Notes what the policy now allows a flow as that of the event's story. */
void sw_refuse_allowed(const struct sw_engine *engine, struct sw_event *event);

/* The slot of the rule for these ends as the opener would have had it. */
uint16_t sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener);
/* Does the packet travel as the opener's would?  From its story, its kind,
 * or its ports: the lower one is the server's. */
bool sw_refuse_from_opener(
    const struct sw_lookup *p, const struct sw_flow_info *info);

/* Appends an event.  => NULL when the ring is full; else to be filled and
 * published by sw_event_ring_push() */
static inline struct sw_event *
sw_engine_event(
    struct sw_engine *engine, enum sw_event_kind kind, struct sw_time now)
{
	struct sw_event *event = sw_event_ring_next(engine->ring);

	if (!event) {
		engine->counts.events_lost++;
		return NULL;
	}
	*event = (struct sw_event){ .kind = (uint8_t)kind, .time = now };
	return event;
}

static inline const struct sw_flow_policy *
sw_engine_flow_policy(const struct sw_engine *engine, uint16_t rule)
{
	return sw_policy_flow_policy(engine->policy, rule);
}

#endif
