/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: packets in, verdicts out.
 *
 * One engine tracks one share of the flows (a shard).  The caller ensures that
 * one thread uses it at a time.  The engine does no I/O, reads no clock, keeps
 * no global and allocates nothing after create: its table is in one block of
 * memory, which the caller may map and pass to another process.
 *
 *	engine = sw_engine_create(&limits, NULL, policy, now);
 *	verdict = sw_engine_step(engine, &packet, now);
 *	sw_engine_sweep(engine, now, 4096);
 *	while (sw_engine_take(engine, &event))
 *		sw_diagnose_judge(diagnose, &event);
 */
#ifndef SYNWARD_ENGINE_H
#define SYNWARD_ENGINE_H

#include "synward/event.h"
#include "synward/lanes.h"
#include "synward/packet.h"
#include "synward/parents.h"
#include "synward/policy.h"
#include "synward/silence.h"
#include "synward/source.h"
#include "synward/time.h"

#define SW_BATCH_MAX 32

enum sw_verdict {
	SW_PASS,
	SW_DROP,
};

struct sw_limits {
	uint32_t max_flows;	/* of this shard, 16 .. 2^26 */
	uint8_t max_embryonic;	/* percent of max_flows, 1..100 */
	uint32_t max_src_flows; /* per source address; 0 = no limit */
	struct sw_source_limits
	    /* counts the sources, shared by all shards and owned by the caller;
	     * NULL: the engine makes its own if there is a limit */
	    *sources;
	struct sw_parents
	    /* of related connections, shared and owned as sources; NULL: the
	     * engine makes its own */
	    *parents;
	uint32_t tombstones; /* entries of the tombstones, 16 .. 2^26 */
	uint32_t events;     /* events in the ring, a power of two */
	/* the caller passes a datagram's first fragment before the others, so
	 * one without a first is refused */
	bool fragments_in_order;
	/* key of the hash: random, new at each start unless memory is handed
	 * over */
	uint8_t key[16];
};

/* What the engine has counted since create. */
struct sw_counts {
	uint64_t passed, dropped; /* packets, by verdict */
	uint64_t bytes_passed, bytes_dropped;
	uint64_t refused[SW_MESSAGE_COUNT]; /* whatever the verdict was */
	uint64_t would_drop;		    /* of these: only observed */
	uint64_t untracked;		    /* passed by tracking = off */
	uint64_t twice; /* RSTs that were queued again, and passed */
	uint64_t opened;
	uint64_t related; /* of these: by a parent, not by a rule */
	uint64_t ended[SW_END_COUNT];
	uint64_t events_lost;		   /* the ring was full */
	uint64_t refusals_lost;		   /* of these: refusals */
	uint32_t flows;			   /* currently */
	uint32_t embryonic;		   /* currently, not yet answered */
	uint32_t by_state[SW_STATE_COUNT]; /* currently */
	uint32_t flow_limit;
	uint32_t tombstones;   /* currently */
	uint32_t parents;      /* currently, of all engines that share them */
	uint64_t parents_lost; /* of these engines: there was no room */
	struct sw_lane_counts offload; /* passed counts its packets as well */
};

struct sw_engine;

/* Bytes of memory that sw_engine_create() needs for these limits. */
size_t sw_engine_memory(const struct sw_limits *limits);

/* The size of a block that version 0.1 made.  With zeros inserted at *at, up to
 * the current size, sw_engine_create() takes it over.
 * => *at is a multiple of 64 */
size_t sw_engine_memory_former(const struct sw_limits *limits, size_t *at);

/*
 * memory: NULL (the engine allocates it), or sw_engine_memory() bytes aligned
 * to 64: zeroed, or as an earlier engine with the same limits left them
 * (sw_engine_restored() says what was found in it).  policy stays the caller's
 * and must outlive the engine or the next sw_engine_adopt().
 * => NULL when out of memory
 * => the caller owns the result: sw_engine_destroy(), which leaves memory that
 *    was passed in as it is
 */
struct sw_engine *sw_engine_create(const struct sw_limits *limits, void *memory,
    const struct sw_policy *policy, struct sw_time now);
void sw_engine_destroy(struct sw_engine *engine);

/* Finds the parents of related connections in the table, and then, when that
 * was done for every engine that shares them, the number of their children.
 * An engine with parents of its own does so at create. */
void sw_engine_restore_parents(struct sw_engine *engine);
void sw_engine_restore_children(struct sw_engine *engine);

/* Flows found in memory at create; => torn: entries that were dropped. */
uint32_t sw_engine_restored(const struct sw_engine *engine, uint32_t *torn);

/*
 * For a table of another size: the ends of the flow in this slot (below
 * sw_engine_slots()), in either direction.
 * => false when there is none
 */
bool sw_engine_import_ends(
    const struct sw_engine *engine, uint32_t slot, struct sw_endpoints *ends);

/*
 * Connections that are older than this engine, and that another tracker knows
 * to be established: the first packet of either side begins a flow where the
 * policy allows the opener's direction.  Call sw_engine_expect() once with
 * their number, then sw_engine_know() for each.
 * => false when memory is short; for know: when it is known already
 */
bool sw_engine_expect(struct sw_engine *engine, uint32_t n, struct sw_time now);
bool
sw_engine_know(struct sw_engine *engine, const struct sw_endpoints *opener);

/* Until then a TCP segment in the middle of a connection begins a flow where
 * the policy allows its direction, and passes where it allows the other.
 * => false when memory is short: nothing is learned */
bool sw_engine_learn(struct sw_engine *engine, struct sw_time until);

/* Takes over the flow in that slot of another engine, with everything known
 * about it.
 * => false when it exists already, or there is no room */
bool sw_engine_import(
    struct sw_engine *engine, const struct sw_engine *from, uint32_t slot);

/* A hash that is equal for both directions of a flow; its upper bits select a
 * shard. */
uint64_t sw_engine_hash(const uint8_t key[16], const struct sw_endpoints *ends);

/* Does the policy in force have zones? */
bool sw_engine_has_zones(const struct sw_engine *engine);
/* Writes the zone that a packet's way belongs to into its ends, and into those
 * that it quotes.  Where there are zones, to be called before a packet is
 * stepped. */
void sw_engine_place(const struct sw_engine *engine, struct sw_packet *packet);
/* Moves each flow to the zone of its interfaces, after a table was taken over.
 * sw_engine_adopt() does it where zones have changed. */
void sw_engine_settle_zones(struct sw_engine *engine, struct sw_time now);

/* Steps one packet.  The packet's events are in the ring afterwards. */
enum sw_verdict sw_engine_step(struct sw_engine *engine,
    const struct sw_packet *packet, struct sw_time now);

/* Steps n <= SW_BATCH_MAX packets in order, with prefetching. */
void sw_engine_batch(struct sw_engine *engine,
    const struct sw_packet *const packets[], size_t n, struct sw_time now,
    enum sw_verdict verdicts[]);

/* Has the engine seen the first fragment of the datagram to which this later
 * fragment belongs?  A caller that orders fragments holds it back until then. */
bool sw_engine_knows_first(struct sw_engine *engine,
    const struct sw_packet *packet, struct sw_time now);

/* Call it for a first fragment that engine `to` will step, when others of its
 * datagram were stepped by engine `from` before. */
void sw_engine_move_fragments(struct sw_engine *from, struct sw_engine *to,
    const struct sw_packet *packet, struct sw_time now);

/*
 * Inspects the next slots entries for expired ones.  A caller that covers all
 * of them each second keeps the count of flows accurate; expiry itself is exact
 * without it, because a lookup never returns an expired entry.
 */
void
sw_engine_sweep(struct sw_engine *engine, struct sw_time now, uint32_t slots);
uint32_t sw_engine_slots(const struct sw_engine *engine);

/* Takes the oldest event.
 * => false when there is none.  One other thread may call it while packets are
 *    stepped. */
bool sw_engine_take(struct sw_engine *engine, struct sw_event *event);

/* Takes the oldest silence that a live flow has broken; the same thread as
 * above.
 * => false when there is none */
bool
sw_engine_take_silence(struct sw_engine *engine, struct sw_silence *silence);
/* Silences that found no place, since create. */
uint64_t sw_engine_silences_lost(const struct sw_engine *engine);

/* Are there events to take, or many silences?  Any thread may call this. */
bool sw_engine_pending(const struct sw_engine *engine);

/*
 * Has flows get lanes after that number of packets, and the packets of those
 * flows carried by the kernel's program.  shard: of this engine among those
 * that share the lanes.  NULL: none; flows that have one must have been
 * recalled before.
 * => false when memory is short: no flow gets a lane
 */
bool sw_engine_use_lanes(struct sw_engine *engine, const struct sw_lanes *lanes,
    uint16_t shard, uint32_t after);

/* Flows get one after that number of packets; without lanes nothing happens. */
void sw_engine_set_after(struct sw_engine *engine, uint32_t after);

/* After the verdicts of a batch have left: opens lanes for the flows whose
 * packets were in it.  drained: nothing more waits that could be overtaken;
 * otherwise the flows wait for their next packet. */
void sw_engine_open_lanes(struct sw_engine *engine, bool drained);
/* Is there a reason to call it? */
bool sw_engine_wishes_lanes(const struct sw_engine *engine);

/* Copies back and closes the lane of each flow, also of those that an earlier
 * process left.  => how many flows had one */
uint32_t sw_engine_recall_lanes(struct sw_engine *engine);

/* Brings counts and records up to date with lanes from .. from+n-1, as far as
 * they are this engine's. */
void sw_engine_sync_lanes(struct sw_engine *engine, uint32_t from, uint32_t n);

/* Continues under another policy.  Flows keep their rule's slot. */
void sw_engine_adopt(struct sw_engine *engine, const struct sw_policy *policy,
    struct sw_time now);

/*
 * Ends the flows that the policy in force denies, among look entries from
 * *cursor on; *cursor moves.  => how many were ended; *cursor ==
 * sw_engine_slots() means that all were looked at
 */
uint32_t sw_engine_recheck(struct sw_engine *engine, struct sw_time now,
    uint32_t *cursor, uint32_t look);

void sw_engine_counts(const struct sw_engine *engine, struct sw_counts *counts);

/*
 * Lists flows: up to max of them from *cursor on, after inspecting at most look
 * entries; advances *cursor.
 * => the number written; *cursor == sw_engine_slots() means the end
 */
size_t sw_engine_list(const struct sw_engine *engine, struct sw_time now,
    uint32_t *cursor, uint32_t look, struct sw_flow_info *infos, size_t max);

/* The live flow, or the last one that ended, between these ends (in either
 * direction). */
bool
sw_engine_find(const struct sw_engine *engine, const struct sw_endpoints *ends,
    struct sw_time now, struct sw_flow_info *info);
bool sw_engine_recall(const struct sw_engine *engine,
    const struct sw_endpoints *ends, struct sw_time now,
    struct sw_flow_info *info);

/* Ends the flow; with reset, both ends get an RST if it was established in both
 * directions.
 * => false when there is none */
bool sw_engine_kill(struct sw_engine *engine, const struct sw_endpoints *ends,
    struct sw_time now, bool reset);

#endif
