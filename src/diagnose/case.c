/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a case: looks everything up, and records the packet where it counts.
 * All keys are hashed with a secret key, so that no attacker can choose which
 * entries to occupy.
 */
#include <netinet/in.h>
#include <string.h>

#include "diagnose/case.h"

/* How long hosts may remember a closed connection, in seconds: 2 MSL. */
#define REUSE_LASTS 240u

/* Nobody answers later than this; the ports belong to other connections
 * then. */
#define LATE_ANSWER_MS 7440000u

/* In captures of several queues or cards an ACK may precede the SYN/ACK that it
 * answers, by less than this.  A side that has acknowledged data twice by then
 * has received more than that one answer. */
#define EARLY_MS 20u
#define EARLY_GAINS 2u

/* From here on ports mostly belong to clients. */
#define EPHEMERAL 32768u

/* The kind of a hash, so that equal bytes of different kinds differ. */
enum domain {
	OF_ADDRESS = 1,
	OF_SERVICE,
	OF_HOSTS,
	OF_PLACE, /* a host at an interface */
};

static uint64_t
hash(const struct sw_recollection *memory, enum domain domain,
    const struct sw_addr *a, const struct sw_addr *b, uint32_t number)
{
	uint8_t bytes[40] = { 0 };

	memcpy(bytes, a, 16);
	if (b)
		memcpy(bytes + 16, b, 16);
	memcpy(bytes + 32, &number, 4);
	bytes[36] = (uint8_t)domain;
	return sw_tuple_siphash13(memory->key, bytes, sizeof(bytes));
}

static uint64_t
hash_address(const struct sw_recollection *memory, const struct sw_addr *addr)
{
	return hash(memory, OF_ADDRESS, addr, NULL, 0);
}

static uint64_t
hash_service(const struct sw_recollection *memory, const struct sw_addr *addr,
    uint16_t port)
{
	return hash(memory, OF_SERVICE, addr, NULL, port);
}

static uint64_t
hash_hosts(
    const struct sw_recollection *memory, const struct sw_endpoints *ends)
{
	bool swap = memcmp(&ends->src, &ends->dst, sizeof(ends->src)) > 0;

	return hash(memory, OF_HOSTS, swap ? &ends->dst : &ends->src,
	    swap ? &ends->src : &ends->dst, 0);
}

/* Is the destination the server?  What answered there before decides, else the
 * ports: a client's is the higher one. */
static bool
towards_server(
    const struct sw_recollection *memory, const struct sw_endpoints *ends)
{
	if (sw_seen_filter_knows(
		&memory->seen, hash_service(memory, &ends->src, ends->sport)))
		return false;
	if (sw_seen_filter_knows(
		&memory->seen, hash_service(memory, &ends->dst, ends->dport)))
		return true;
	return ends->dport < 1024 || ends->dport < ends->sport;
}

static uint64_t
life_of(const struct sw_case *c)
{
	return c->info ? c->info->opened.ns : 0;
}

static void
note_trace(struct sw_recollection *memory, struct sw_case *c)
{
	struct sw_tuple tuple;
	uint64_t hash;
	bool from_b =
	    sw_tuple_key(&tuple, &c->packet->ends, memory->key, &hash);
	struct sw_trace *trace = sw_trace_note(
	    &memory->traces, hash, life_of(c), from_b, c->packet, c->now);

	c->trace = trace;
	c->way = from_b;
}

/* The packet that an ICMP error quotes may have been refused here as well. */
static void
note_quote(const struct sw_recollection *memory, struct sw_case *c)
{
	struct sw_tuple tuple;
	uint64_t hash;

	c->quoted = SW_CAUSE_UNKNOWN;
	if (!c->packet->quote.family)
		return;
	sw_tuple_key(&tuple, &c->packet->quote, memory->key, &hash);
	c->quoted = sw_trace_cause(&memory->traces, hash);
}

/* Does the packet share only its ports with the flow that ended?  A flow that
 * ended in silence, or long ago, is not continued; the ports of a flow that was
 * closed just now may well be used again. */
static bool
is_foreign(const struct sw_case *c)
{
	const struct sw_flow_info *info = c->info;

	if (sw_event_answers_late(c->event))
		return sw_case_age(c) > LATE_ANSWER_MS;
	if (info->how == SW_END_NOT || c->fit != SW_FIT_NONE)
		return false;
	if (info->how == SW_END_TIMEOUT && info->state <= SW_STATE_ESTABLISHED)
		return true;
	return sw_case_age(c) > (info->timeout + REUSE_LASTS) * UINT64_C(1000);
}

/* Judges a packet that fits its flow, or continues where a fitting one did. */
static void
judge_fit(struct sw_case *c)
{
	if (!c->info || c->packet->message == SW_MESSAGE_IDLE_RESET)
		return;
	c->fit = sw_fit_case(c->info, c->side, c->packet);
	if (c->tcp && c->fit < c->trace->fit && c->trace->step != SW_STEP_JUMPS)
		c->fit = (enum sw_fit)c->trace->fit;
	if (is_foreign(c)) {
		c->info = NULL;
		c->reused = true;
	}
}

static void
note_source(struct sw_recollection *memory, struct sw_case *c)
{
	const struct sw_endpoints *ends = &c->packet->ends;
	struct sw_probe probe = {
		.source = hash_address(memory, &ends->src),
		.host = hash_address(memory, &ends->dst),
		.target = hash_service(memory, &ends->dst, ends->dport),
		.tuple = c->trace->id,
		.again = sw_trace_backs_off(&c->trace->side[c->way]),
		.odd = c->packet->message == SW_MESSAGE_BAD_FLAGS,
		.server_side = towards_server(memory, ends) &&
			       ends->dport < EPHEMERAL &&
			       !(c->packet->tcp_flags & (SW_SYN | SW_RST)),
	};

	c->addressee_opened = sw_seen_filter_knows(&memory->seen, probe.host);
	if (c->tcp && !c->info) {
		c->source =
		    sw_scan_note(&memory->scan, &probe, c->packet, c->now);
		c->odd_source = sw_scan_source_is_odd(c->source, c->now);
	}
}

/* Do both sides continue although the SYN was never answered here?  An
 * acknowledgement number of zero proves nothing: its sender may never have
 * received an answer. */
static bool
goes_on_unanswered(const struct sw_case *c)
{
	const struct sw_flow_info *info = c->info;
	enum sw_tcp_kind kind = sw_case_kind(c);

	return info && info->state == SW_STATE_SYN_SENT &&
	       !c->packet->was_denied &&
	       c->trace->cause != SW_CAUSE_EMBRYONIC_LATE &&
	       (info->how == SW_END_NOT || info->how == SW_END_TIMEOUT) &&
	       (kind == SW_TCP_ACK || kind == SW_TCP_FIN) &&
	       c->packet->ack != 0 && c->fit != SW_FIT_NONE;
}

/* Is the answer only late in the capture, and not missing? */
static bool
is_early(const struct sw_case *c)
{
	return c->half_kind == SW_HALF_OPENER && c->info &&
	       c->info->how == SW_END_NOT &&
	       c->trace->side[c->way].gains < EARLY_GAINS &&
	       sw_time_ms_since((struct sw_time){ c->trace->first }, c->now) <
		   EARLY_MS;
}

static bool
both_spoke(const struct sw_trace *trace)
{
	return trace->side[0].packets && trace->side[1].packets;
}

static enum sw_half_kind
half_of(const struct sw_case *c)
{
	if (goes_on_unanswered(c))
		return SW_HALF_OPENER;
	if (c->info)
		return SW_HALF_NOT;
	if (!c->tcp)
		return c->packet->answers ? SW_HALF_ANSWER : SW_HALF_NOT;
	if (c->trace->answer && (!both_spoke(c->trace) || c->trace->disowned))
		return SW_HALF_ANSWER;
	return sw_trace_one_way(c->trace, c->way) ? SW_HALF_STREAM
						  : SW_HALF_NOT;
}

static bool
from_server(const struct sw_recollection *memory, const struct sw_case *c)
{
	switch (c->half_kind) {
	case SW_HALF_ANSWER:
		if (c->trace->young || !c->tcp)
			return c->way == c->trace->answer_way;
		break;
	case SW_HALF_OPENER:
		return c->side == 1;
	case SW_HALF_NOT:
	case SW_HALF_STREAM:
		break;
	}
	return !towards_server(memory, &c->packet->ends);
}

static void
count_half(struct sw_case *c, struct sw_half *half, struct sw_pair *pair)
{
	struct sw_trace *trace = c->trace;
	struct sw_answers *answers = &pair->answers[trace->answer_kind];
	bool proven = trace->goes_on || c->half_kind != SW_HALF_ANSWER;

	if (proven && !trace->proven) {
		trace->proven = true;
		half->proven++;
		pair->proven++;
		answers->proven++;
	}
	if (trace->side[c->way].repeats > 1 && !trace->repeated) {
		trace->repeated = true;
		half->repeated++;
		pair->repeated++;
		answers->repeated++;
	}
	if (trace->disowned && !trace->disowned_counted) {
		trace->disowned_counted = true;
		pair->disowned++;
	}
}

static void
count_answer(struct sw_answers *answers, uint64_t client, uint64_t server)
{
	answers->flows++;
	sw_estimate_add(&answers->clients, client);
	sw_estimate_add(&answers->servers, server);
}

/* By the length of the header: only MSS, or more options. */
static enum sw_answer_kind
answer_kind(const struct sw_case *c)
{
	uint32_t bare = c->packet->ends.family == SW_IPV4 ? 44 : 64;

	if (sw_case_kind(c) != SW_TCP_SYNACK)
		return SW_ANSWER_PLAIN;
	return c->packet->length > bare ? SW_ANSWER_FULL : SW_ANSWER_PLAIN;
}

static void
note_half(struct sw_recollection *memory, struct sw_case *c)
{
	const struct sw_endpoints *ends = &c->packet->ends;
	bool server_sent = from_server(memory, c);
	const struct sw_addr *server = server_sent ? &ends->src : &ends->dst;
	uint64_t client =
	    hash_address(memory, server_sent ? &ends->dst : &ends->src);
	uint64_t service = hash_service(memory, server,
	    sw_proto_is_icmp(ends->proto) ? c->packet->icmp_type
	    : server_sent		  ? ends->sport
					  : ends->dport);
	struct sw_half *half = sw_one_way_at(&memory->one_way, service, c->now);
	struct sw_pair *pair = sw_iface_pairs_at(
	    &memory->pairs, c->event->in, c->event->out, c->now);

	if (sw_trace_packets(c->trace) == 1)
		c->trace->answer_kind = (uint8_t)answer_kind(c);
	c->half = half;
	c->pair = pair;
	c->answers = &pair->answers[c->trace->answer_kind];
	if (!c->info && !c->packet->opens_nothing &&
	    sw_trace_packets(c->trace) == 1)
		pair->tuples++;
	if (c->half_kind == SW_HALF_NOT || c->early)
		return;
	count_half(c, half, pair);
	if (c->trace->counted)
		return;
	sw_one_way_add(half, client);
	if (c->half_kind == SW_HALF_ANSWER)
		count_answer(&pair->answers[c->trace->answer_kind], client,
		    hash_address(memory, server));
	pair->flows++;
	sw_estimate_add(&pair->clients, client);
	sw_estimate_add(&pair->servers, service);
}

/* The properties that packets of one tool share. */
static uint64_t
shape_of(const struct sw_refusal *packet)
{
	if (packet->payload)
		return 0;
	return (uint64_t)packet->tcp_flags << 40 |
	       (uint64_t)(packet->length & 0xffff) << 16 | packet->window;
}

/* Does the tuple show more than a single probe? */
static bool
shows_life(const struct sw_case *c)
{
	return c->trace->young || c->packet->payload ||
	       sw_trace_packets(c->trace) > 1;
}

static void
note_gaps(struct sw_recollection *memory, struct sw_case *c)
{
	struct sw_gaps *gaps = &memory->gaps;
	uint64_t hosts = hash_hosts(memory, &c->packet->ends);

	bool counts = !c->info && !c->packet->opens_nothing && !c->odd_source;

	if (counts && !c->trace->stray && shows_life(c)) {
		c->trace->stray = true;
		sw_gaps_note(gaps, hosts, c->trace->young,
		    (struct sw_time){ c->trace->first });
	}
	if (counts)
		sw_gaps_count(gaps, sw_trace_packets(c->trace),
		    hash_address(memory, &c->packet->ends.src),
		    shape_of(c->packet), c->now);
	c->flooded = sw_gaps_flooded(gaps);
	c->gap = sw_gaps_since(gaps, c->trace->first);
	c->strays = gaps->strays;
	c->gap_stopped = sw_gaps_stopped(gaps, hosts, c->trace->young);
	c->gap_inside = c->info && sw_gaps_between(gaps, c->info->seen, c->now);
}

/* Working connections say more than the table of routes: when they were seen
 * both ways with this host on that interface, there is no detour; when they
 * were seen with others, there may be one. */
static enum sw_detour
find_detour(const struct sw_recollection *memory, const struct sw_event *event)
{
	const struct sw_addr *sender = &event->refused.ends.src;
	const struct sw_iface_pairs *pairs = &memory->pairs;

	if (!event->route || !event->in || event->route == event->in ||
	    event->in == event->out ||
	    sw_iface_pairs_joined(pairs, event->route, event->in))
		return SW_DETOUR_NOT;
	if (sw_seen_filter_knows(
		&memory->seen, hash(memory, OF_PLACE, sender, NULL, event->in)))
		return SW_DETOUR_NOT;
	if (event->route_doubted ||
	    sw_iface_pairs_joined(pairs, event->in, event->in))
		return SW_DETOUR_DOUBTED;
	return SW_DETOUR_SURE;
}

void
sw_case_make(struct sw_recollection *memory, const struct sw_event *event,
    struct sw_case *c)
{
	const struct sw_refusal *packet = &event->refused;

	*c = (struct sw_case){
		.event = event,
		.packet = packet,
		.now = event->time,
		.tcp = packet->ends.proto == IPPROTO_TCP,
		.info = packet->has_flow ? &event->info : NULL,
		.side = !packet->from_opener,
		.detour = find_detour(memory, event),
		.max_flows = memory->max_flows,
	};
	note_trace(memory, c);
	note_quote(memory, c);
	judge_fit(c);
	note_source(memory, c);
	c->half_kind = half_of(c);
	c->early = is_early(c);
	note_half(memory, c);
	note_gaps(memory, c);
}

void
sw_case_close(const struct sw_case *c, enum sw_cause cause)
{
	struct sw_trace *trace = c->trace;

	trace->cause = (uint8_t)cause;
	trace->counted |= c->half_kind != SW_HALF_NOT && !c->early;
	if (c->fit > trace->fit)
		trace->fit = (uint8_t)c->fit;
}

void
sw_case_learn(struct sw_recollection *memory, const struct sw_event *event)
{
	const struct sw_flow_info *info = &event->info;
	const struct sw_endpoints *opener = &info->opener;
	uint64_t service = hash_service(memory, &opener->dst, opener->dport);

	switch ((enum sw_event_kind)event->kind) {
	case SW_EVENT_OPENED:
		sw_seen_filter_note(&memory->seen,
		    hash_address(memory, &opener->src), event->time);
		return;
	case SW_EVENT_ESTABLISHED:
		sw_seen_filter_note(&memory->seen, service, event->time);
		sw_iface_pairs_join(
		    &memory->pairs, info->out, info->back_in, event->time);
		if (info->out && info->out == info->back_in)
			sw_seen_filter_note(&memory->seen,
			    hash(memory, OF_PLACE, &opener->dst, NULL,
				info->out),
			    event->time);
		return;
	case SW_EVENT_ENDED:
		if (info->how == SW_END_TIMEOUT &&
		    info->state == SW_STATE_SYN_SENT)
			sw_one_way_at(&memory->one_way, service, event->time)
			    ->embryos++;
		return;
	case SW_EVENT_REFUSED:
	case SW_EVENT_SEND:
	case SW_EVENT_UNREACHABLE:
		return;
	}
}
