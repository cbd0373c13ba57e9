/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_engine: whatever comes, the engine's books balance.
 *
 * Input: one byte of settings, then steps.  A step is a byte that says what
 * happens and up to ten bytes of detail: a segment close to what a
 * conversation of eight hosts would see, a datagram, an ICMP error, raw bytes
 * through the parser, time, a sweep, a new policy, a flow forgotten.  After
 * each step the counts are held against the table, and each event against
 * what an event may say.
 */
#include <netinet/in.h>
#include <string.h>

#include "chunks.h"
#include "engine/internal.h"
#include "must.h"
#include "synward/diagnose.h"

#define MAX_FLOWS 16
#define EVENTS 64
#define LIST_MAX (2 * MAX_FLOWS)
#define DAYS 90000u /* seconds: longer than any timeout */

struct input {
	const uint8_t *data;
	size_t size;
};

struct run {
	struct input input;
	struct sw_flow_policy flow_policy;
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_diagnose *diagnose;
	struct sw_time now;
	uint64_t packets;	/* stepped */
	uint64_t ended, opened; /* events taken */
	uint64_t refused;
	bool probes; /* a rule that asks the idle was ever in force */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned
take8(struct input *input)
{
	if (!input->size)
		return 0;
	input->size--;
	return *input->data++;
}

static unsigned
take16(struct input *input)
{
	unsigned high = take8(input);

	return high << 8 | take8(input);
}

/* --- what may be true of the tables ---------------------------------------*/

static void
check_counts(const struct run *run)
{
	struct sw_counts counts;
	uint64_t ended = 0;
	uint32_t flows = 0;

	sw_engine_counts(run->engine, &counts);
	for (unsigned i = 0; i < SW_END_COUNT; i++)
		ended += counts.ended[i];
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		flows += counts.by_state[i];
	MUST(counts.flows == counts.opened - ended);
	MUST(counts.flows == flows);
	MUST(counts.flows <= counts.flow_limit);
	MUST(counts.embryonic <= counts.flows);
	MUST(counts.passed + counts.dropped == run->packets);
	MUST(counts.events_lost || run->opened == counts.opened);
	MUST(counts.events_lost || run->ended == ended);
}

/* Each flow is found by its key, from either end, and is the one listed. */
static void
check_found(const struct run *run, const struct sw_flow_info *info)
{
	struct sw_endpoints back = sw_packet_endpoints_reverse(&info->opener);
	struct sw_flow_info found;

	MUST(sw_engine_find(run->engine, &info->opener, run->now, &found));
	MUST(sw_packet_endpoints_equal(&found.opener, &info->opener));
	MUST(sw_engine_find(run->engine, &back, run->now, &found));
	MUST(sw_packet_endpoints_equal(&found.opener, &info->opener));
	MUST(found.state == info->state);
	MUST(info->how == SW_END_NOT);
}

static unsigned
list(const struct run *run, struct sw_flow_info *infos)
{
	uint32_t cursor = 0;
	size_t n = sw_engine_list(
	    run->engine, run->now, &cursor, UINT32_MAX, infos, LIST_MAX);

	MUST(cursor == sw_engine_slots(run->engine) || n == LIST_MAX);
	return (unsigned)n;
}

static void
check_flows(const struct run *run)
{
	struct sw_flow_info infos[LIST_MAX];
	unsigned n = list(run, infos), embryonic = 0;
	struct sw_counts counts;

	for (unsigned i = 0; i < n; i++) {
		check_found(run, &infos[i]);
		embryonic += !infos[i].assured;
	}
	sw_engine_counts(run->engine, &counts);
	MUST(n <= counts.flows);
	MUST(embryonic <= counts.embryonic);
	if (n == counts.flows)
		MUST(embryonic == counts.embryonic);
}

/* No flow is due before the sweep looks at it: its deadline is a bound.  A
 * half-open one is looked at often instead: how long it may last depends on
 * how full the table is now, see engine/lifecycle.c. */
static void
check_deadlines(const struct run *run)
{
	struct sw_flows *flows = run->engine->flows;
	uint32_t used = 0;

	for (uint32_t i = 0; i < sw_flows_slots(flows); i++) {
		uint32_t deadline = sw_flows_deadline(flows, i);

		used += deadline != 0;
		if (deadline &&
		    sw_flows_at(flows, i)->flags & SW_FLOW_ASSURED &&
		    !run->engine->recheck)
			MUST(!sw_lifecycle_over(run->engine, i, deadline - 2));
	}
	MUST(used == sw_flows_count(flows));
}

/* --- what an event may say ------------------------------------------------*/

static void
check_refusal(struct run *run, struct sw_event *event)
{
	const struct sw_judgement *judgement = &event->judgement;

	run->refused++;
	MUST(event->refused.message < SW_MESSAGE_COUNT);
	sw_diagnose_judge(run->diagnose, event);
	MUST(judgement->cause < SW_CAUSE_COUNT);
	MUST(sw_cause_text((enum sw_cause)judgement->cause)->name[0]);
	MUST(judgement->evidences <= SW_EVIDENCE_MAX);
}

static void
check_event(struct run *run, struct sw_event *event)
{
	MUST(event->time.ns <= run->now.ns);
	switch ((enum sw_event_kind)event->kind) {
	case SW_EVENT_OPENED:
		run->opened++;
		break;
	case SW_EVENT_ENDED:
		run->ended++;
		MUST(event->info.how != SW_END_NOT);
		MUST(event->info.how < SW_END_COUNT);
		break;
	case SW_EVENT_REFUSED:
		check_refusal(run, event);
		return;
	case SW_EVENT_ESTABLISHED:
		MUST(event->info.assured);
		break;
	case SW_EVENT_SEND:
		MUST(event->send[0].flags || event->send[1].flags);
		break;
	case SW_EVENT_UNREACHABLE:
		MUST(event->unreachable.quoted <= SW_QUOTE_MAX);
		break;
	}
	sw_diagnose_judge(run->diagnose, event);
}

static void
take_events(struct run *run)
{
	struct sw_event event;

	while (sw_engine_take(run->engine, &event))
		check_event(run, &event);
}

/* --- steps ----------------------------------------------------------------*/

/* A packet that is dropped is told, once; one that passes is told only where
 * its rule says so. */
static void
step(struct run *run, const struct sw_packet *packet)
{
	uint64_t refused = run->refused;
	enum sw_verdict verdict = sw_engine_step(run->engine, packet, run->now);
	struct sw_counts counts;

	run->packets++;
	take_events(run);
	sw_engine_counts(run->engine, &counts);
	if (counts.refusals_lost)
		return;
	if (verdict == SW_DROP)
		MUST(run->refused > refused);
	else if (!run->flow_policy.observe &&
		 run->flow_policy.on_orphan != SW_ORPHAN_ACCEPT)
		MUST(run->refused == refused ||
		     run->flow_policy.on_idle != SW_IDLE_EXPIRE);
}

/* Between one of four clients and one of two servers, or back. */
static struct sw_packet
packet_between(struct run *run, uint8_t proto)
{
	unsigned who = take8(&run->input);
	bool back = who & 1;
	struct sw_packet packet = { .length = 40 + (who >> 4) * 100,
		.ttl = 64,
		.in = back ? 2 : 1,
		.out = back ? 1 : 2 };
	struct sw_endpoints *ends = &packet.ends;

	ends->family = who & 2 ? SW_IPV6 : SW_IPV4;
	ends->proto = proto;
	ends->src.b[0] = ends->dst.b[0] = 10;
	ends->src.b[3] = (uint8_t)(1 + (who >> 2 & 3));
	ends->dst.b[3] = 100;
	ends->sport = (uint16_t)(1000 + (who >> 4 & 3));
	ends->dport = (uint16_t)(who >> 6 & 1 ? 80 : 443);
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		ends->sport = ends->dport = 0;
	if (back)
		*ends = sw_packet_endpoints_reverse(ends);
	return packet;
}

static void
step_tcp(struct run *run)
{
	struct sw_packet packet = packet_between(run, IPPROTO_TCP);
	struct sw_tcp_segment *tcp = &packet.tcp;
	unsigned options;

	tcp->flags = (uint8_t)take8(&run->input);
	tcp->kind = (uint8_t)sw_tcp_kind(tcp->flags);
	tcp->seq = 0u - 100 + take8(&run->input) * 4;
	if (tcp->flags & SW_ACK)
		tcp->ack = 0u - 100 + take8(&run->input) * 4;
	options = take8(&run->input);
	tcp->payload = (options & 7) * 200;
	tcp->window = (uint16_t)((options >> 3 & 3) * 20000);
	tcp->has_wscale = tcp->flags & SW_SYN && options & 32;
	tcp->wscale = tcp->has_wscale ? options >> 6 : 0;
	tcp->sack_permitted = tcp->flags & SW_SYN;
	tcp->has_sack = options & 64;
	tcp->sack_edge = tcp->ack + (options & 128 ? 1000 : 0);
	tcp->has_timestamp = options & 16;
	tcp->tsval = (uint32_t)(run->now.ns / SW_NS_PER_MS);
	step(run, &packet);
}

static void
step_other(struct run *run)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_GRE,
		IPPROTO_SCTP, IPPROTO_ESP };
	uint8_t proto = protos[take8(&run->input) & 3];
	struct sw_packet packet = packet_between(run, proto);
	unsigned kinds = take16(&run->input), tags = take8(&run->input);

	if (proto == IPPROTO_SCTP)
		chunks_from(kinds, tags, &packet.sctp);
	step(run, &packet);
}

static void
step_icmp(struct run *run)
{
	unsigned what = take8(&run->input);
	struct sw_packet quoted = packet_between(run, IPPROTO_TCP);
	struct sw_packet packet =
	    packet_between(run, what & 8 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	struct sw_icmp_message *icmp = &packet.icmp;

	packet.ends.family = quoted.ends.family;
	icmp->kind = (uint8_t)(what % (SW_ICMP_OTHER + 1));
	if (icmp->kind == SW_ICMP_REQUEST || icmp->kind == SW_ICMP_REPLY) {
		bool asks = icmp->kind == SW_ICMP_REQUEST;

		packet.ends.sport = asks ? (uint16_t)(what >> 4) : 8;
		packet.ends.dport = asks ? 8 : (uint16_t)(what >> 4);
	}
	if (icmp->kind == SW_ICMP_ERROR) {
		packet.ends.dst = quoted.ends.src;
		icmp->quote = quoted.ends;
		icmp->quote_valid = what & 16;
		icmp->quote_has_seq = what & 32;
		icmp->quote_seq = 0u - 100 + take8(&run->input) * 4;
	}
	step(run, &packet);
}

static void
step_bytes(struct run *run)
{
	size_t asked = take8(&run->input), left = run->input.size;
	size_t size = asked < left ? asked : left;
	struct sw_packet packet;

	sw_packet_parse(run->input.data, size, (uint32_t)size, &packet);
	run->input.data += size;
	run->input.size -= size;
	step(run, &packet);
}

static void
pass_time(struct run *run)
{
	unsigned much = take16(&run->input);
	uint64_t ms = much & 0x8000 ? (much & 0x7fff) * 1000u : much;

	run->now = sw_time_add_ms(run->now, ms);
}

/* After a look at every slot what was established lives, or is being asked. */
static void
check_swept(const struct run *run)
{
	struct sw_flows *flows = run->engine->flows;
	uint32_t tick = sw_time_tick(run->now);

	for (uint32_t i = 0; i < sw_flows_slots(flows); i++)
		if (sw_flows_deadline(flows, i) &&
		    sw_flows_at(flows, i)->flags & SW_FLOW_ASSURED)
			MUST(!sw_lifecycle_over(run->engine, i, tick));
}

static void
sweep(struct run *run)
{
	for (unsigned i = 0; i < 2; i++) {
		sw_engine_sweep(
		    run->engine, run->now, 2 * sw_engine_slots(run->engine));
		take_events(run);
	}
	if (!run->probes)
		check_swept(run);
}

static void
kill_one(struct run *run)
{
	struct sw_packet packet = packet_between(run, IPPROTO_TCP);
	struct sw_flow_info info;
	bool there = sw_engine_find(run->engine, &packet.ends, run->now, &info);

	MUST(sw_engine_kill(run->engine, &packet.ends, run->now,
		 run->now.ns & 1) == there);
	take_events(run);
	MUST(!sw_engine_find(run->engine, &packet.ends, run->now, &info));
}

/* --- a run ----------------------------------------------------------------*/

static void
settle_treatment(struct run *run)
{
	unsigned bits = take8(&run->input);

	run->flow_policy =
	    (struct sw_flow_policy){ .timeouts = *sw_profile("rfc5382"),
		    .tracking = bits & 3,
		    .on_idle = (bits >> 2 & 3) % 3,
		    .on_orphan = (bits >> 4 & 3) % 3,
		    .observe = (bits & 0xc0) == 0x40,
		    .deny = (bits & 0xc0) == 0x80,
		    .log = true };
	run->probes |= run->flow_policy.on_idle == SW_IDLE_PROBE;
}

static void
adopt(struct run *run)
{
	struct sw_policy *old = run->policy;

	settle_treatment(run);
	run->policy = sw_policy_compile(NULL, 0, &run->flow_policy);
	MUST(run->policy);
	sw_engine_adopt(run->engine, run->policy, run->now);
	sw_policy_destroy(old);
}

static void
one_step(struct run *run)
{
	switch (take8(&run->input) & 15) {
	case 0:
		pass_time(run);
		break;
	case 1:
		sweep(run);
		break;
	case 2:
		adopt(run);
		break;
	case 3:
		kill_one(run);
		break;
	case 4:
		step_bytes(run);
		break;
	case 5:
		step_icmp(run);
		break;
	case 6:
		step_other(run);
		break;
	default:
		step_tcp(run);
	}
	check_counts(run);
	check_flows(run);
	check_deadlines(run);
}

/* One for all runs: it is large, and what it learned may do no harm. */
static struct sw_diagnose *
diagnose_for_all(void)
{
	static struct sw_diagnose *diagnose;
	struct sw_diagnose_config config = { 0 };

	if (!diagnose)
		diagnose = sw_diagnose_create(&config);
	return diagnose;
}

static void
begin(struct run *run)
{
	struct sw_limits limits = {
		.max_flows = MAX_FLOWS, .tombstones = 16, .events = EVENTS
	};
	unsigned bits;

	settle_treatment(run);
	bits = take8(&run->input);
	limits.max_embryonic = (uint8_t)(1 + (bits & 15) * 99 / 15);
	limits.max_src_flows = bits >> 4 & 7;
	run->now.ns = 1000 * SW_NS_PER_SECOND;
	run->policy = sw_policy_compile(NULL, 0, &run->flow_policy);
	run->engine = sw_engine_create(&limits, NULL, run->policy, run->now);
	run->diagnose = diagnose_for_all();
	MUST(run->policy && run->engine && run->diagnose);
}

/* In the end all flows run out, each once. */
static void
run_out(struct run *run)
{
	struct sw_counts counts;

	for (unsigned i = 0; i < 8; i++) {
		run->now = sw_time_add_ms(run->now, DAYS * 1000u);
		sweep(run);
	}
	sw_engine_counts(run->engine, &counts);
	MUST(counts.flows == 0 && counts.embryonic == 0);
	check_counts(run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .input = { data, size } };

	begin(&run);
	while (run.input.size)
		one_step(&run);
	run_out(&run);
	sw_engine_destroy(run.engine);
	sw_policy_destroy(run.policy);
	return 0;
}
