/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation runs on its road; at the gate the engine decides, and the
 * truth is asked before and after.
 */

#include "trial.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"

/* Of a thousand segments with data, an ICMP error comes back. */
#define ERRORS 20

#define FRAGMENT 520

bool
trial_open(struct trial *trial, const struct sw_flow_policy *flow_policy)
{
	memset(trial, 0, sizeof(*trial));
	trial->flow_policy = *flow_policy;
	trial->only = ~0u;
	trial->seen =
	    flow_policy->tracking == SW_TRACK_STRICT && !flow_policy->resync;
	return gate_open(&trial->gate, flow_policy, 64);
}

void
trial_close(struct trial *trial)
{
	gate_close(&trial->gate);
}

/* --- what is told of a finding --- */

static void
print_segment(const struct trial *trial, const struct road_segment *r)
{
	const struct segment *s = &r->segment;
	char flags[9];

	sw_event_flags_text(s->flags, false, flags);
	printf("    %12.6f  %c %-4s seq %10u ack %10u len %5u win %5u",
	    (double)trial->road.now / HOST_SECOND, s->side ? '<' : '>', flags,
	    s->seq, s->ack, s->length, s->window);
	if (s->has_timestamp)
		printf(" ts %u %u", s->tsval, s->tsecr);
	if (s->sack)
		printf(" sack %u", s->sack);
	printf("%s%s\n", r->hidden ? " hidden" : "", r->copy ? " copy" : "");
}

static void
print_view(const struct gate_view *view)
{
	if (view->exists)
		printf("    entry: %s, timeout %u s, idle %.3f s\n",
		    sw_event_state_text((enum sw_state)view->state),
		    view->timeout, (double)view->idle_ms / 1000);
	else
		printf("    entry: none\n");
}

static void
tell(struct trial *trial, unsigned wrong, const struct road_segment *r,
    const struct gate_view *view)
{
	const struct truth *truth = &trial->truth;

	trial->show--;
	for (unsigned i = 0; i < TRUTH_FINDINGS; i++)
		if (wrong & 1u << i)
			printf("  seed %" PRIu64 ", %s, %s: %s\n", trial->seed,
			    talk_kind_text(trial->talk.kind),
			    talk_unseen_text(trial->talk.unseen),
			    truth_text((enum truth_finding)i));
	if (r)
		print_segment(trial, r);
	print_view(view);
	printf("    %s, chain %u%s; seen to %u %u\n",
	    truth->settled ? "in step" : "out of step", truth->chain,
	    truth->jumps ? ", out of reach" : "", truth->seen_end[0],
	    truth->seen_end[1]);
}

static void
find(struct trial *trial, unsigned wrong, const struct road_segment *r,
    const struct gate_view *view)
{
	wrong &= trial->only;
	if (!wrong)
		return;
	for (unsigned i = 0; i < TRUTH_FINDINGS; i++)
		trial->tally.found[i] += !!(wrong & 1u << i);
	if (trial->show && wrong & ~trial->wrong)
		tell(trial, wrong & ~trial->wrong, r, view);
	trial->wrong |= wrong;
}

/* --- at the gate --- */

static bool
pass_fragment(
    struct trial *trial, const uint8_t *whole, uint32_t id, uint16_t offset)
{
	uint8_t bytes[FRAGMENT + 60];
	struct sw_packet packet;
	size_t length = build_fragment(whole, offset, FRAGMENT, id, bytes);

	sw_packet_parse(bytes, length, (uint32_t)length, &packet);
	return gate_pass(&trial->gate, &packet, trial->road.now);
}

static bool
pass_fragments(
    struct trial *trial, const uint8_t *whole, size_t length, size_t header)
{
	uint32_t id = ++trial->number;
	bool passed = true;

	for (size_t offset = 0; offset + header < length; offset += FRAGMENT)
		passed &= pass_fragment(trial, whole, id, (uint16_t)offset);
	return passed;
}

static bool
pass(struct trial *trial, const struct road_segment *r)
{
	static uint8_t bytes[BUILD_MAX];
	struct sw_packet packet;
	size_t header = trial->talk.ip6 ? 40 : 20;
	size_t length = segment_bytes(&r->segment, &trial->opener, bytes);

	if (r->fragmented && length > header + FRAGMENT)
		return pass_fragments(trial, bytes, length, header);
	sw_packet_parse(bytes, length, (uint32_t)length, &packet);
	return gate_pass(&trial->gate, &packet, trial->road.now);
}

/* A router further on could not forward a segment, and says so. */
static bool
pass_error(struct trial *trial, const struct road_segment *r)
{
	struct sw_packet quoted = segment_packet(&r->segment, &trial->opener);
	bool ip6 = trial->talk.ip6;
	struct sw_packet packet = { .ends = quoted.ends,
		.length = ip6 ? 1280 : 56,
		.ttl = 64,
		.icmp = { .kind = SW_ICMP_ERROR,
		    .type = ip6 ? 2 : 3,
		    .code = ip6 ? 0 : 4,
		    .quote_valid = true,
		    .quote_has_seq = true,
		    .quote = quoted.ends,
		    .quote_seq = r->segment.seq } };

	packet.ends.dst = quoted.ends.src;
	packet.ends.src = build_addr(ip6 ? "fd00:c::1" : "192.0.2.1");
	packet.ends.proto = ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	packet.ends.sport = packet.ends.dport = 0;
	return gate_pass(&trial->gate, &packet, trial->road.now);
}

static void
try_error(struct trial *trial, const struct road_segment *r,
    const struct gate_view *view)
{
	const struct host *sender = &trial->road.host[r->segment.side];

	if (!r->segment.length || segment_before(r->segment.seq, sender->una) ||
	    !road_chance(&trial->road, ERRORS))
		return;
	trial->tally.errors++;
	if (!pass_error(trial, r))
		find(trial, 1u << TRUTH_ERROR_DROPPED, r, view);
}

static void
trace(const struct trial *trial, const struct road_segment *r, bool live,
    bool passed, const struct gate_view *view)
{
	if (!trial->trace)
		return;
	print_segment(trial, r);
	if (!passed)
		printf("    dropped\n");
	if (!live)
		printf("    of no live connection\n");
	print_view(view);
}

static bool
ask_beside(
    struct trial *trial, const struct road_segment *r, bool live, bool passed)
{
	uint64_t gone = trial->road.now - trial->told;

	if (!trial->beside)
		return passed;
	trial->told = trial->road.now;
	return trial->beside->step(
	    trial->beside->context, &r->segment, gone, live, passed);
}

static bool
at_gate(void *context, struct road *road, const struct road_segment *r)
{
	struct trial *trial = context;
	bool live = truth_is_live(&trial->truth, r);

	bool strict = trial->truth.may_drop;

	bool passed = pass(trial, r), there;
	struct gate_view view =
	    gate_look(&trial->gate, &trial->opener, road->now);

	trace(trial, r, live, passed, &view);
	trial->tally.packets++;
	trial->tally.live += live;
	trial->tally.live_dropped += live && !passed && !strict;
	trial->tally.strict_dropped += live && !passed && strict;
	there = ask_beside(trial, r, live, passed);
	find(
	    trial, truth_gate(&trial->truth, r, live, passed, &view), r, &view);
	if (live && passed)
		try_error(trial, r, &view);
	return passed || (there && !strict);
}

static void
arrived(void *context, struct road *road, const struct road_segment *r)
{
	struct trial *trial = context;

	(void)road;
	if (trial->trace && r->hidden)
		print_segment(trial, r);
	truth_arrived(&trial->truth, r);
}

/* --- a conversation --- */

static void
name_ends(struct trial *trial)
{
	uint32_t n = trial->number++;
	struct sw_endpoints *ends = &trial->opener;
	uint8_t *last;

	if (trial->talk.ip6)
		*ends =
		    build_ends("fd00:a::1", 0, "fd00:b::1", 80, IPPROTO_TCP);
	else
		*ends = build_ends("10.0.0.1", 0, "10.1.0.1", 80, IPPROTO_TCP);
	last = &ends->src.b[trial->talk.ip6 ? 14 : 2];
	last[0] = (uint8_t)(n >> 7 & 0x7f);
	last[1] = (uint8_t)(1 + (n & 0x7f));
	ends->sport = (uint16_t)(1024 + (n >> 14) % 60000);
}

/* Of those that lose nothing, live on, and whose windows do not shut. */
static void
count_tries(struct trial *trial)
{
	const struct road *road = &trial->road;

	if (road->lost || trial->truth.excused || trial->talk.kind == TALK_SHUT)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (road->host[i].tries_most > trial->tally.tries_most)
			trial->tally.tries_most = road->host[i].tries_most;
}

static void
count(struct trial *trial)
{
	struct tally *tally = &trial->tally;
	const struct road *road = &trial->road;

	tally->conversations++;
	tally->ip6 += trial->talk.ip6;
	tally->hidden += road->hidden;
	tally->lost += road->lost;
	tally->doubled += road->doubled;
	tally->overtaken += road->overtaken;
	tally->fragmented += road->fragmented;
	tally->excused += trial->truth.excused;
	tally->unprovable += trial->truth.unprovable;
	tally->of_kind[trial->talk.kind]++;
	tally->of_unseen[trial->talk.unseen]++;
	tally->cut += !!trial->wrong;
	count_tries(trial);
	tally->cut_unseen[trial->talk.unseen] += !!trial->wrong;
}

static void
end(struct trial *trial)
{
	struct gate_view view =
	    gate_look(&trial->gate, &trial->opener, trial->road.now);
	bool judged;

	find(trial, truth_end(&trial->truth, &view, &judged), NULL, &view);
	trial->tally.ended += judged;
	trial->tally.ended_unjudged += !judged;
	sw_engine_kill(trial->gate.engine, &trial->opener,
	    gate_time(trial->road.now), false);
	count(trial);
}

void
trial_run(struct trial *trial, uint64_t seed)
{
	struct road *road = &trial->road;

	trial->seed = seed;
	trial->wrong = 0;
	road_begin(road, seed, road->now + HOST_SECOND);
	road->hooks = (struct road_hooks){ at_gate, arrived };
	road->context = trial;
	talk_begin(&trial->talk, road, trial->seen);
	/* Strict sees no proof in one side alone. */
	if (trial->flow_policy.resync && trial->talk.unseen == TALK_UNSEEN_SIDE)
		trial->talk.unseen = TALK_UNSEEN_ONCE;
	name_ends(trial);
	truth_begin(&trial->truth, road,
	    trial->flow_policy.tracking == SW_TRACK_STRICT);
	trial->told = road->now;
	if (trial->beside)
		trial->beside->begin(trial->beside->context, &trial->opener);
	talk_play(&trial->talk, road);
	end(trial);
}

/* --- the tally --- */

static void
print_figure(uint64_t n, const char *what)
{
	printf("  %10" PRIu64 "  %s\n", n, what);
}

static void
print_weather(const struct tally *t)
{
	print_figure(t->hidden, "packets that the gate did not see");
	print_figure(t->lost, "lost");
	print_figure(t->doubled, "doubled");
	print_figure(t->overtaken, "overtaken");
	print_figure(t->fragmented, "cut into fragments");
	print_figure(t->errors, "ICMP errors about packets under way");
}

bool
trial_print(const struct trial *trial, const char *title)
{
	const struct tally *t = &trial->tally;
	uint64_t wrong = 0;

	printf("\n%s: %" PRIu64 " packets in %" PRIu64
	       " conversations, %" PRIu64 " in IPv6; %" PRIu64
	       " packets of live connections\n",
	    title, t->packets, t->conversations, t->ip6, t->live);
	print_weather(t);
	print_figure(t->excused, "connections silent beyond their timeout");
	if (trial->truth.may_drop)
		print_figure(t->unprovable,
		    "connections that went beyond the reach without time "
		    "stamps");
	print_figure(t->ended, "ends judged");
	print_figure(
	    t->ended_unjudged, "ends of which the gate saw too little");
	if (trial->truth.may_drop)
		print_figure(t->strict_dropped, "dropped, being outside");
	print_figure(t->tries_most,
	    "retransmissions in a row at most, where nothing was lost");
	print_figure(t->live_dropped, "live packets dropped");
	print_figure(t->cut, "conversations with anything wrong");
	for (unsigned i = 0; i < TALK_UNSEENS; i++)
		printf("  %10" PRIu64 "  of %" PRIu64 " with %s\n",
		    t->cut_unseen[i], t->of_unseen[i],
		    talk_unseen_text((enum talk_unseen)i));
	for (unsigned i = 0; i < TRUTH_FINDINGS; i++) {
		wrong += t->found[i];
		if (t->found[i])
			print_figure(
			    t->found[i], truth_text((enum truth_finding)i));
	}
	return !wrong;
}
