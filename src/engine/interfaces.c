/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges a change of a flow's interfaces, and says which zone they are in.
 *
 * In the opener's direction the policy is checked as for the opener's first
 * packet.  Replies are checked twice.  Would the policy let the opener begin
 * through the interfaces that the reply uses, in reverse?  And is there an
 * earlier rule that denies the reply's own direction through them, but not
 * through the remembered ones?  The second check preserves the meaning of a
 * rule such as "nothing from this interface".
 *
 * Before the first reply, the opener's interfaces in reverse are expected.
 * When this host is an end of the flow, the first reply may use any interfaces:
 * an outgoing packet gets its interface before it is routed, and member devices
 * differ from the device above them.
 *
 * When packets alternate between two pairs, each pair is judged once, because
 * the pair before the last change is remembered as well.
 */

#include "engine/interfaces.h"
#include "engine/related/kin.h"

static unsigned
direction_of(const struct sw_lookup *p, const struct sw_flow *flow)
{
	return p->from_b != !!(flow->flags & SW_FLOW_OPENER_B);
}

static struct sw_interfaces
way_of(const struct sw_lookup *p)
{
	return (struct sw_interfaces){ p->packet->in, p->packet->out };
}

/* A pair that does not fit is stored as zeros: the kernel never queues a packet
 * without any interface. */
static void
write_way(struct sw_flow_counters *counters, unsigned direction,
    struct sw_interfaces way)
{
	uint64_t in = way.in, out = way.out;

	if (counters->packets[direction] >> SW_FLOW_COUNTERS_COUNT_BITS ==
	    SW_WAY_PARENT)
		return;
	if (sw_interfaces_is_wide(way.in, way.out))
		in = out = 0;
	counters->packets[direction] =
	    sw_flow_counters_packets(counters, direction) |
	    (in << SW_FLOW_COUNTERS_WAY_BITS | out)
		<< SW_FLOW_COUNTERS_COUNT_BITS;
}

/* The second line of a cold record is touched only where it must be. */
static void
note_opening(struct sw_cold *cold, const struct sw_way *way)
{
	cold->opening = SW_OPENING_BARE;
	if ((way->mark | way->phys_in | way->phys_out) == 0)
		return;
	cold->opening = SW_OPENING_NOTED;
	cold->mark = way->mark;
	cold->phys_in = way->phys_in;
	cold->phys_out = way->phys_out;
}

void
sw_interfaces_begin(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	struct sw_interfaces way = way_of(p);

	history->in = way.in;
	history->out = way.out;
	write_way(counters, 0, way);
	write_way(counters, 1, (struct sw_interfaces){ way.out, way.in });
	if (engine->kin)
		sw_kin_begin(engine, index, engine->kin);
	else
		note_opening(
		    sw_flows_cold(engine->flows, index), &p->packet->way);
}

void
sw_interfaces_mark_parent(struct sw_engine *engine, uint32_t index)
{
	struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);

	for (unsigned direction = 0; direction < 2; direction++)
		counters->packets[direction] |= SW_WAY_PARENT
						<< SW_FLOW_COUNTERS_COUNT_BITS;
}

bool
sw_interfaces_opener(
    const struct sw_engine *engine, uint32_t index, struct sw_way *way)
{
	const struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);
	const struct sw_cold *cold = sw_flows_cold(engine->flows, index);

	*way = (struct sw_way){ .in = history->in, .out = history->out };
	if (cold->opening == SW_OPENING_NOTED) {
		way->phys_in = cold->phys_in;
		way->phys_out = cold->phys_out;
		way->mark = cold->mark;
	}
	return cold->opening != SW_OPENING_UNKNOWN;
}

void
sw_interfaces_reply(
    struct sw_engine *engine, const struct sw_lookup *p, uint32_t index)
{
	sw_flows_history(engine->flows, index)->back_in = p->packet->in;
	sw_flows_cold(engine->flows, index)->back_out = p->packet->out;
}

struct sw_interfaces
sw_interfaces_of(
    const struct sw_engine *engine, uint32_t index, unsigned direction)
{
	const struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);

	if (direction == 0)
		return (struct sw_interfaces){ history->in, history->out };
	if (!(sw_flows_at(engine->flows, index)->flags & SW_FLOW_REPLIED))
		return (struct sw_interfaces){ history->out, history->in };
	return (struct sw_interfaces){ history->back_in,
		sw_flows_cold(engine->flows, index)->back_out };
}

static void
remember(struct sw_engine *engine, uint32_t index, unsigned direction,
    struct sw_interfaces way)
{
	struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);

	if (direction == 0) {
		history->in = way.in;
		history->out = way.out;
	} else if (sw_flows_at(engine->flows, index)->flags & SW_FLOW_REPLIED) {
		history->back_in = way.in;
		sw_flows_cold(engine->flows, index)->back_out = way.out;
	}
}

static bool
ways_equal(struct sw_interfaces a, struct sw_interfaces b)
{
	return a.in == b.in && a.out == b.out;
}

bool
sw_interfaces_kept(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction)
{
	return ways_equal(
	    sw_interfaces_of(engine, index, direction), way_of(p));
}

static bool
denies(const struct sw_engine *engine, uint16_t rule)
{
	return sw_engine_flow_policy(engine, rule)->deny;
}

/* The packet's way, with these interfaces. */
static struct sw_way
policy_way(const struct sw_lookup *p, struct sw_interfaces ifaces)
{
	struct sw_way way = p->packet->way;

	way.in = ifaces.in;
	way.out = ifaces.out;
	return way;
}

/* Is that a deny rule of the packet's own direction, before another rule? */
static bool
forbids(const struct sw_engine *engine, const struct sw_lookup *p,
    struct sw_interfaces way, uint16_t before, uint16_t *rule)
{
	struct sw_way own = policy_way(p, way);

	*rule = sw_policy_match(engine->policy, &p->packet->ends, &own);
	return denies(engine, *rule) &&
	       sw_policy_stands_before(engine->policy, *rule, before);
}

/* Would the policy let the opener begin that way?  A reply does not have the
 * opener's mark, so that of the flow counts.  => the rule */
static uint16_t
opener_rule(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction, struct sw_interfaces way)
{
	struct sw_way own = policy_way(p, way), back;
	struct sw_way opened;
	struct sw_endpoints reverse;

	if (direction == 0)
		return sw_policy_match(engine->policy, &p->packet->ends, &own);
	reverse = sw_packet_endpoints_reverse(&p->packet->ends);
	back = sw_way_reverse(&own);
	if (sw_interfaces_opener(engine, index, &opened))
		back.mark = opened.mark;
	return sw_policy_match(engine->policy, &reverse, &back);
}

/* Fills an interface that the packet lacks with the known one. */
static struct sw_interfaces
complete(struct sw_interfaces way, struct sw_interfaces known)
{
	return (struct sw_interfaces){ way.in ? way.in : known.in,
		way.out ? way.out : known.out };
}

static bool
denied(const struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction, uint16_t *rule)
{
	struct sw_interfaces known = sw_interfaces_of(engine, index, direction);
	struct sw_interfaces opener = sw_interfaces_of(engine, index, 0);
	struct sw_interfaces turned = { opener.out, opener.in };
	struct sw_interfaces way =
	    complete(complete(way_of(p), known), direction ? turned : opener);
	uint16_t allowing = opener_rule(engine, p, index, direction, way),
		 former;

	*rule = allowing;
	if (denies(engine, allowing))
		return true;
	return direction == 1 && forbids(engine, p, way, allowing, rule) &&
	       !forbids(engine, p, known, allowing, &former);
}

/* Is it the first reply to or from this host, which names its interfaces? */
static bool
introduces(const struct sw_engine *engine, uint32_t index, unsigned direction)
{
	const struct sw_flow_history *history =
	    sw_flows_history(engine->flows, index);

	return direction == 1 && !(history->in && history->out) &&
	       !(sw_flows_at(engine->flows, index)->flags & SW_FLOW_REPLIED);
}

/* => 0 for a pair that does not fit and so is not remembered */
static uint32_t
pack(struct sw_interfaces way)
{
	return (way.in | way.out) >> 16 ? 0 : way.in << 16 | way.out;
}

static bool
moves(struct sw_engine *engine, const struct sw_lookup *p, uint32_t index,
    unsigned direction, uint16_t *rule)
{
	struct sw_cold *cold = sw_flows_cold(engine->flows, index);
	struct sw_interfaces way = way_of(p);
	const struct sw_flow *flow = sw_flows_at(engine->flows, index);
	bool back = pack(way) && cold->former[direction] == pack(way);

	if (!back && !introduces(engine, index, direction) &&
	    !sw_engine_flow_policy(engine, flow->rule)->roam &&
	    denied(engine, p, index, direction, rule))
		return false;
	cold->former[direction] =
	    pack(sw_interfaces_of(engine, index, direction));
	remember(engine, index, direction, way);
	return true;
}

bool
sw_interfaces_allowed(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, uint16_t *rule)
{
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_counters *counters =
	    sw_flows_counters(engine->flows, index);
	unsigned direction = direction_of(p, flow);

	if (sw_interfaces_same(p, counters, direction))
		return true;
	if (!sw_interfaces_kept(engine, p, index, direction) &&
	    !moves(engine, p, index, direction, rule))
		return false;
	write_way(counters, direction, way_of(p));
	return true;
}

bool
sw_engine_has_zones(const struct sw_engine *engine)
{
	return sw_policy_has_zones(engine->policy);
}

void
sw_engine_place(const struct sw_engine *engine, struct sw_packet *packet)
{
	uint8_t zone = sw_policy_zone(engine->policy, &packet->way);

	packet->ends.zone = zone;
	if (sw_proto_is_icmp(packet->ends.proto) && packet->icmp.quote_valid)
		packet->icmp.quote.zone = zone;
}
