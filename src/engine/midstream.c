/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The direction of a flow is that of its opener where the kernel knew it, and
 * otherwise that of the segment it begins by.  It is never guessed from ports,
 * because a guess would admit what the policy of the true direction denies.
 *
 * Why nothing from outside gets in while the engine learns: a segment begins a
 * flow only where the policy lets its sender open connections anyway.  A
 * segment of the denied direction leaves no trace, so what follows it (a SYN,
 * a datagram) is judged as if it had never come; the RST with which a host
 * answers it is no segment in the middle.
 */

#include <netinet/in.h>

#include "engine/lookup_kind.h"
#include "engine/midstream.h"
#include "engine/tcp/tcp.h"

static bool
is_ending(const struct sw_lookup *p)
{
	return sw_lookup_is_tcp(p) && (p->packet->tcp.kind == SW_TCP_RST ||
					  p->packet->tcp.kind == SW_TCP_FIN);
}

static bool
is_learning(const struct sw_engine *engine, const struct sw_lookup *p)
{
	return engine->past.learns_until.ns > p->now.ns &&
	       !sw_past_refused(&engine->past, p->hash);
}

static struct sw_midstream
begins(uint16_t rule, bool answers)
{
	return (struct sw_midstream){
		.how = SW_MIDSTREAM_BEGINS, .rule = rule, .answers = answers
	};
}

static struct sw_midstream
judge_unknown(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_midstream judged = { .how = SW_MIDSTREAM_NOT };
	bool learning = is_learning(engine, p);
	const struct sw_flow_policy *flow_policy;
	uint16_t rule;

	if (!sw_lookup_in_the_middle(p) ||
	    (!learning && !sw_policy_loose(engine->policy)))
		return judged;
	rule = sw_refuse_rule(engine, p, true);
	flow_policy = sw_engine_flow_policy(engine, rule);
	if (!flow_policy->deny &&
	    (learning || flow_policy->tracking == SW_TRACK_LOOSE))
		return begins(rule, false);
	if (learning && sw_lookup_is_tcp(p) &&
	    !sw_engine_flow_policy(engine, sw_refuse_rule(engine, p, false))
		 ->deny)
		judged.how = SW_MIDSTREAM_PASSES;
	return judged;
}

/* The seconds that such a connection may be silent. */
static uint32_t
timeout_of(uint8_t proto, const struct sw_timeouts *timeouts)
{
	return proto == IPPROTO_TCP ? timeouts->seconds[SW_TIMEOUT_ESTABLISHED]
				    : timeouts->seconds[SW_TIMEOUT_UDP];
}

/* What begins by an RST or FIN would end by it. */
static struct sw_midstream
judge_known(struct sw_engine *engine, const struct sw_lookup *p, bool opener_b)
{
	bool from_opener = p->from_b == opener_b;
	uint16_t rule = sw_refuse_rule(engine, p, from_opener);
	const struct sw_flow_policy *flow_policy =
	    sw_engine_flow_policy(engine, rule);
	uint8_t proto = p->packet->ends.proto;
	uint64_t silent =
	    sw_time_ms_since(engine->past.known_since, p->now) / 1000;

	if (flow_policy->deny ||
	    silent >= timeout_of(proto, &flow_policy->timeouts))
		return judge_unknown(engine, p);
	if (is_ending(p))
		return (struct sw_midstream){ .how = SW_MIDSTREAM_PASSES };
	if (proto == IPPROTO_TCP && !sw_lookup_in_the_middle(p))
		return (struct sw_midstream){ .how = SW_MIDSTREAM_NOT };
	return begins(rule, !from_opener);
}

/* Of what the kernel's tracker knew, no zone is known.  => the hash */
static uint64_t
past_key(const struct sw_engine *engine, const struct sw_lookup *p,
    struct sw_tuple *tuple)
{
	*tuple = p->tuple;
	tuple->zone = 0;
	return p->tuple.zone == 0 ? p->hash
				  : sw_tuple_hash(tuple, engine->limits.key);
}

struct sw_midstream
sw_midstream_judge(struct sw_engine *engine, const struct sw_lookup *p)
{
	struct sw_tuple tuple;
	uint64_t hash = past_key(engine, p, &tuple);
	bool opener_b;

	if (sw_past_knows(&engine->past, &tuple, hash, &opener_b))
		return judge_known(engine, p, opener_b);
	return judge_unknown(engine, p);
}

/* As if the opener's segment had been followed. */
static void
establish(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	enum sw_state old = (enum sw_state)flow->state;

	flow->state = SW_STATE_ESTABLISHED;
	sw_lifecycle_set_state(engine, flow, old);
	sw_lifecycle_schedule(engine, index, p->tick);
}

uint32_t
sw_midstream_begin_called(struct sw_engine *engine, const struct sw_lookup *p,
    uint16_t rule, int32_t *limit)
{
	struct sw_packet opener = *p->packet;
	struct sw_lookup q = *p;
	uint32_t index;

	opener.ends = sw_packet_endpoints_reverse(&p->packet->ends);
	opener.way = sw_way_reverse(&p->packet->way);
	if (opener.ends.proto == IPPROTO_TCP)
		opener.tcp = (struct sw_tcp_segment){ .flags = SW_ACK,
			.kind = SW_TCP_ACK,
			.seq = p->packet->tcp.ack,
			.ack = p->packet->tcp.seq,
			.window = UINT16_MAX };
	q.packet = &opener;
	q.from_b = !p->from_b;
	index = sw_lifecycle_begin(engine, &q, rule, limit);
	if (index != SW_FLOW_NONE && opener.ends.proto == IPPROTO_TCP)
		establish(engine, p, index);
	return index;
}

void
sw_midstream_note(
    struct sw_engine *engine, const struct sw_lookup *p, bool refused)
{
	struct sw_tuple tuple;

	if (engine->past.learns_until.ns > p->now.ns && refused) {
		sw_past_refuse(&engine->past, p->hash);
	} else if (!refused) {
		uint64_t hash = past_key(engine, p, &tuple);

		sw_past_forget(&engine->past, &tuple, hash);
	}
}

bool
sw_midstream_too_soon(
    const struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	const struct sw_flow_counters *counters;

	if (!engine->past.known_since.ns && !engine->past.learns_until.ns)
		return false;
	if (!(flow->flags & SW_FLOW_LOOSE) || !is_ending(p))
		return false;
	counters = sw_flows_counters(engine->flows, index);
	return !sw_flow_counters_packets(counters, 0) ||
	       !sw_flow_counters_packets(counters, 1);
}
