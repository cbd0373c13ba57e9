/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: the members of an engine, shared by its files: engine.c (the steps
 * of a packet), assemble.c (fragments), track.c (a live flow), lifecycle.c
 * (begin and end of a flow), eviction.c (room for new flows), interfaces.c (a
 * flow's interfaces), idle.c (timeouts), refuse.c (facts about a refused
 * packet), admin.c (everything besides packets).
 */
#ifndef SYNWARD_ENGINE_INTERNAL_H
#define SYNWARD_ENGINE_INTERNAL_H

#include "engine/repeat.h"
#include "engine/table/event_ring.h"
#include "engine/table/expiry.h"
#include "engine/table/flow.h"
#include "engine/table/fragment.h"
#include "engine/table/past.h"
#include "engine/table/silence_ring.h"
#include "engine/table/tombstone.h"
#include "synward/engine.h"

/* Seconds between two probes of an idle flow, and the number of probes. */
#define SW_PROBE_INTERVAL 10u
#define SW_PROBES 3u

/* Seconds after which a flow is inspected, whatever its timeout. */
#define SW_LIFE_LOOK 300u

/* Minimum lifetime of an unanswered flow, even when the table is full, in
 * seconds.  The sweep inspects such a flow at this interval, because its
 * timeout may have become shorter in the meantime. */
#define SW_EMBRYO_LEAST 3u

/* A half-closed flow that carried data within this many seconds is not
 * evicted. */
#define SW_HALF_LATELY 60u

struct sw_offload;
struct sw_kin;

/* What spoke against the last packet that might have opened a child. */
struct sw_kin_note {
	uint8_t why; /* enum sw_kin_why */
	bool from_client;
	uint8_t proto; /* of the parent */
	uint16_t sport, port, rule;
	uint16_t detail; /* seconds of silence, or the limit */
};

struct sw_engine {
	struct sw_flows *flows;
	struct sw_tombstones *tombstones; /* of flows that were established */
	struct sw_tombstones
	    /* of flows that were not, and of refused SYNs: separate, so that no
	     * flood of them overwrites the others */
	    *unassured;
	struct sw_event_ring *ring;
	struct sw_silence_ring *silences;
	struct sw_fragments *fragments;
	const struct sw_policy *policy;
	/* no flow expires before, nor is its silence reported, ticks */
	uint32_t shortest;
	struct sw_limits limits;
	struct sw_expiry expiry;
	struct sw_counts counts;
	/* slots to inspect whatever their deadline, because the policy has
	 * changed */
	uint32_t recheck;
	uint32_t victim;	 /* where the search for one continues */
	struct sw_time looked;	 /* each flow was inspected since then */
	struct sw_time round;	 /* start of the current round of inspections */
	uint32_t round_left;	 /* slots not inspected in it */
	struct sw_time began;	 /* when the engine was created */
	uint32_t restored, torn; /* flows found in memory at create */
	struct sw_repeat again;	 /* RSTs that ended their flow */
	uint8_t message;	 /* enum sw_message of the last refusal */
	void *owned;		 /* memory, if the engine allocated it */
	/* limits.sources, if allocated here */
	struct sw_source_limits *own_sources;
	/* limits.parents, if allocated here */
	struct sw_parents *own_parents;
	const struct sw_kin
	    *kin; /* of the flow that is being opened, or NULL */
	struct sw_kin_note kin_note;
	struct sw_offload *offload; /* NULL: no flow gets a lane */
	struct sw_past past; /* connections that are older than the engine */
};

/* One packet and what was looked up for it. */
struct sw_lookup {
	const struct sw_packet *packet;
	struct sw_tuple tuple;
	uint64_t hash;
	struct sw_guess guess;
	bool from_b; /* its source is the tuple's b */
	struct sw_time now;
	uint64_t way;  /* code of its interfaces: see engine/interfaces.h */
	uint32_t tick; /* the current one */
	uint32_t seen; /* the tick to store in a flow that it refreshes */
};

/* Ticks wrap, so no flow may go without an inspection for longer. */
#define SW_LOOK_LEAST (SW_TIMEOUT_LONGEST * SW_NS_PER_SECOND)

/* engine.c */

/* Decides a packet that is whole, or malformed. */
enum sw_verdict
sw_engine_decide(struct sw_engine *engine, const struct sw_lookup *p);

/* Judges a packet like sw_engine_decide(), without any effect: no flow begins,
 * changes state or is refreshed.
 * => false when a refusal was reported; passes: the packet still passes,
 *    because the policy only observes */
bool sw_engine_sound(
    struct sw_engine *engine, const struct sw_lookup *p, bool *passes);

/* assemble.c */

/* Decides a fragment. */
enum sw_verdict
sw_assemble(struct sw_engine *engine, const struct sw_lookup *p);

/* admin.c */

/* More time than that has passed at once: ends the flows that have expired. */
void sw_engine_catch_up(struct sw_engine *engine, struct sw_time now);

/* engine/lifecycle.c */

/* => index of the new flow, or SW_FLOW_NONE when there is no room; *limit is
 *    the limit that was reached, negated when it is the limit of one source */
uint32_t sw_lifecycle_begin(struct sw_engine *engine, const struct sw_lookup *p,
    uint16_t rule, int32_t *limit);
void sw_lifecycle_end(struct sw_engine *engine, uint32_t index, enum sw_end how,
    struct sw_time now);
/* A new connection takes over the record: reports the end of the old one. */
void sw_lifecycle_restart(
    struct sw_engine *engine, uint32_t index, struct sw_time now);

/* The same when the old connection may still exist: only the history starts
 * again. */
void sw_lifecycle_replace(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index);
/* Lets the record take presumed numbers when its own time is over. */
struct sw_lost;
void sw_lifecycle_resolve(
    struct sw_engine *engine, const struct sw_lost *lost, uint32_t index);

/* Seconds that the flow may be silent, including probes. */
uint32_t sw_lifecycle_timeout(
    const struct sw_engine *engine, const struct sw_flow *flow);
/* The tick at which the record's own timeout ends, including its probes. */
uint32_t
sw_lifecycle_record_due(const struct sw_engine *engine, uint32_t index);
/* Has the flow expired? */
bool sw_lifecycle_over(
    const struct sw_engine *engine, uint32_t index, uint32_t tick);
/* Stores when to inspect the flow again: at its end, and SW_LIFE_LOOK seconds
 * from now at the latest, or sooner when unacknowledged data may shorten its
 * timeout.  So it must be called only after a change of state. */
void
sw_lifecycle_schedule(struct sw_engine *engine, uint32_t index, uint32_t tick);

/* Was the flow never established both ways? */
static inline bool
sw_flow_embryonic(const struct sw_flow *flow)
{
	return !(flow->flags & SW_FLOW_ASSURED);
}

/* Has exactly one side closed? */
static inline bool
sw_lifecycle_half_closed(const struct sw_flow *flow)
{
	return flow->state == SW_STATE_FIN_WAIT ||
	       flow->state == SW_STATE_CLOSE_WAIT;
}

/* Will neither side send data any more? */
static inline bool
sw_lifecycle_is_closed(const struct sw_flow *flow)
{
	return flow->state == SW_STATE_TIME_WAIT ||
	       flow->state == SW_STATE_CLOSE ||
	       flow->state == SW_STATE_SCTP_CLOSED;
}

/* A time in the form of sw_cold.half_data, never 0. */
static inline uint16_t
sw_lifecycle_half_moment(uint32_t tick)
{
	uint16_t second = (uint16_t)(tick / SW_TICKS_PER_SECOND);

	return second ? second : 1;
}

/* Reports that this packet opened or established the flow. */
void sw_lifecycle_announce(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, enum sw_event_kind kind);

/* The ends of a live flow as in its opening packet. */
struct sw_endpoints
sw_flow_info_opener(const struct sw_engine *engine, uint32_t index);
/* Collects everything known about it. */
void sw_flow_info_tell(const struct sw_engine *engine, uint32_t index,
    struct sw_time now, struct sw_flow_info *info);
void sw_lifecycle_set_state(
    struct sw_engine *engine, struct sw_flow *flow, enum sw_state old);

/* engine/eviction.c */

/* Makes room for one more flow when a limit is reached.
 * => 0, or the limit that prevents it */
uint32_t sw_eviction_make_room(struct sw_engine *engine, struct sw_time now);
/* The number of unanswered flows allowed, at least one. */
uint32_t sw_eviction_for_embryos(const struct sw_engine *engine);

/* idle.c */

/* Called when the flow has expired: ends it, or first does what on-idle says.
 * => true when it has ended */
bool
sw_idle_lapse(struct sw_engine *engine, uint32_t index, struct sw_time now);
/* Was the flow silent for long before this packet, which is not yet stepped?
 * => false, or *silence */
bool sw_idle_was_silent(const struct sw_engine *engine,
    const struct sw_lookup *p, uint32_t index, struct sw_silence *silence);
/* Reports that silence, if the packet has refreshed the flow. */
void sw_idle_note_silence(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, const struct sw_silence *silence);

/* Resets both ends, if they had agreed on the connection. */
void
sw_idle_reset(struct sw_engine *engine, uint32_t index, struct sw_time now);

/* refuse.c */

/* Reports a packet that is refused, and decides whether it is dropped.  index:
 * the live flow that refused it, or SW_FLOW_NONE.  detail: bytes outside the
 * window, the limit that was reached, the rule that denies a packet of a live
 * flow, or 1 if an SCTP packet does not have the tag of its live flow. */
enum sw_verdict sw_refuse(struct sw_engine *engine, const struct sw_lookup *p,
    enum sw_message message, uint32_t index, int32_t detail);
/* The same for a packet without a flow. */
/* Reports a packet of the live flow that passes outside of its windows. */
void sw_refuse_note(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, int32_t beyond);

enum sw_verdict sw_refuse_stray(struct sw_engine *engine,
    const struct sw_lookup *p, enum sw_message message);

/* Stores what the policy now allows the event's flow. */
void sw_refuse_allowed(const struct sw_engine *engine, struct sw_event *event);

/* The slot of the rule for these ends in the opener's direction. */
uint16_t sw_refuse_rule(
    struct sw_engine *engine, const struct sw_lookup *p, bool from_opener);
/* Does the packet travel in the opener's direction?  Decided by its flow, its
 * kind, or its ports: the server has the lower one. */
bool sw_refuse_from_opener(
    const struct sw_lookup *p, const struct sw_flow_info *info);

/* Appends an event.
 * => NULL when the ring is full; otherwise the caller fills it and publishes it
 *    with sw_event_ring_push() */
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
