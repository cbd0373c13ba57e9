/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel dropped a packet that passes here, or that was not seen here.  Its
 * cause is one of
 *
 *	out-of-window	its flow has been outside its windows, and the kernel
 *			is strict; from then on the kernel never gets back in
 *			step, although the hosts are
 *	evicted		the kernel has made room since the flow began, and
 *			this flow was not assured
 *	denied-before	it opens, so a rule of the kernel's firewall denies it
 *	what its former	it was not seen here, and its flow has ended here as
 *	flow tells	well
 *	unknown		none of these
 *
 * The diagnosis is asked only where the flow is known: of packets that are not
 * seen here, it would take the other half for missing.
 */
#include <netinet/in.h>

#include "engine/packet/refusal.h"
#include "engine/tcp/tcp.h"
#include "pipeline/kernel_log.h"

/* Reads the flow of the packet, live or ended.  => is it live? */
static bool
recall(const struct sw_kernel_fact *fact, struct sw_event *event)
{
	struct sw_packet packet = fact->drop->packet;
	struct sw_shard *shard =
	    &fact->shards->list[sw_shards_choose(fact->shards, &packet)];
	struct sw_time now = sw_shard_lock(shard, event->time);
	bool live;

	if (sw_engine_has_zones(shard->engine))
		sw_engine_place(shard->engine, &packet);
	live = sw_engine_find(shard->engine, &packet.ends, now, &event->info) &&
	       event->info.how == SW_END_NOT;
	event->refused.has_flow = live || sw_engine_recall(shard->engine,
					      &packet.ends, now, &event->info);
	sw_shard_unlock(shard);
	event->refused.ends = packet.ends;
	return live;
}

/* The rule that decides: that of the flow, else that of its opener. */
static void
find_rule(const struct sw_kernel_fact *fact, struct sw_event *event)
{
	const struct sw_packet *packet = &fact->drop->packet;
	struct sw_refusal *refused = &event->refused;
	const struct sw_timeouts *timeouts;

	event->rule = refused->has_flow ? event->info.rule
					: sw_policy_match(fact->policy,
					      &packet->ends, &packet->way);
	refused->from_opener =
	    refused->has_flow
		? sw_packet_endpoints_equal(&event->info.opener, &refused->ends)
		: refused->opens;
	timeouts = &sw_policy_flow_policy(fact->policy, event->rule)->timeouts;
	refused->state_timeout =
	    sw_tcp_state_timeout((enum sw_state)event->info.state, timeouts);
	refused->unacknowledged = timeouts->seconds[SW_TIMEOUT_UNACKNOWLEDGED];
	refused->quiet = !sw_policy_flow_policy(fact->policy, event->rule)->log;
}

static void
hold(struct sw_event *event, enum sw_cause cause, enum sw_confidence confidence)
{
	event->judgement = (struct sw_judgement){ .cause = (uint8_t)cause,
		.confidence = (uint8_t)confidence };
}

static bool
was_outside(const struct sw_kernel_fact *fact, const struct sw_event *event)
{
	return fact->outside.ns != 0 &&
	       fact->outside.ns >= event->info.opened.ns &&
	       !fact->kernel->liberal;
}

static bool
was_evicted(const struct sw_kernel_fact *fact, const struct sw_event *event)
{
	return !event->info.assured && fact->evicted.ns != 0 &&
	       fact->evicted.ns >= event->info.opened.ns;
}

/* => as sw_kernel_fact_event() */
static bool
explain(const struct sw_kernel_fact *fact, bool live, struct sw_event *event)
{
	struct sw_refusal *refused = &event->refused;

	if (refused->opens && !fact->drop->invalid) {
		refused->message = SW_MESSAGE_DENIED;
		refused->why |= SW_KERNEL_RULED;
		hold(event, SW_CAUSE_DENIED_BEFORE, SW_CONF_HIGH);
		return false;
	}
	if (live && was_outside(fact, event)) {
		refused->message = SW_MESSAGE_OUT_OF_WINDOW;
		refused->why |= SW_KERNEL_STRICT;
		refused->beyond = fact->beyond;
		refused->unseen = fact->unseen;
		return true;
	}
	if (live && was_evicted(fact, event)) {
		refused->why |= SW_KERNEL_CROWDED;
		hold(event, SW_CAUSE_EVICTED, SW_CONF_MEDIUM);
		return false;
	}
	if (!live && refused->has_flow)
		return true;
	hold(event, SW_CAUSE_UNKNOWN, SW_CONF_LOW);
	return false;
}

static enum sw_kernel_word
word_of(const struct sw_kernel_fact *fact, bool live)
{
	if (!fact->certain)
		return SW_KERNEL_UNCLEAR;
	return fact->seen || live ? SW_KERNEL_ALONE : SW_KERNEL_UNSEEN;
}

bool
sw_kernel_fact_event(const struct sw_kernel_fact *fact, struct sw_event *event)
{
	const struct sw_packet *packet = &fact->drop->packet;
	struct sw_refusal *refused = &event->refused;
	bool live;

	*event = (struct sw_event){ .kind = SW_EVENT_REFUSED,
		.time = fact->drop->when,
		.in = packet->in,
		.out = packet->out,
		.phys_in = packet->phys_in,
		.phys_out = packet->phys_out,
		.mark = packet->mark };
	sw_refusal_describe(packet, refused);
	live = recall(fact, event);
	find_rule(fact, event);
	refused->message = packet->ends.proto == IPPROTO_TCP
			       ? SW_MESSAGE_NOT_SYN
			       : SW_MESSAGE_NOT_OPENING;
	refused->action = SW_ACTION_KERNEL;
	refused->kernel = (uint8_t)word_of(fact, live);
	refused->prefix = fact->drop->prefix;
	refused->why = fact->drop->invalid ? SW_KERNEL_INVALID : 0;
	return explain(fact, live, event);
}
