/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: passes records to the engine, and prints its events.
 *
 * The clock is the capture's, and never runs backwards: a record that is older
 * than an earlier one is stepped at the latest time.  Packets are stepped one
 * by one, because each has its own time; the engine's events are judged and
 * printed before the next packet.
 *
 * The daemon sweeps its whole table once a second.  Thousands of a capture's
 * seconds may pass between two packets, so here a sweep is made when enough
 * packets have passed to pay for it, or each second while the table is so full
 * that room matters.  Expiry does not depend on it: a lookup never returns an
 * expired entry, swept or not.
 *
 * A fragment that precedes the first one of its datagram is held
 * (replay/hold.h), as in a kernel that reassembles fragments; it is stepped
 * right after the first one.
 *
 * Refusals are grouped into incidents as in the daemon, but only for the
 * summary: no incident's line is requested, so no incident closes before the
 * end unless a busier one needs its place.
 */
#include "replay/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/hold.h"
#include "replay/internal.h"
#include "report/hint.h"

/* Slots that are swept before the ring is emptied. */
#define SLICE (SW_REPLAY_EVENTS / 2)

/* A capture without any packet for a day was interrupted, or consists of two
 * captures. */
#define SILENCE (UINT64_C(86400) * SW_NS_PER_SECOND)

/* A fragment may belong to a record of which nothing could be read, if it came
 * no later than this after it. */
#define BLIND (UINT64_C(30) * SW_NS_PER_SECOND)

/* Ticks are compared by their difference, which is valid for a year: no more
 * may pass between two checks of an entry. */
#define STRIDE (UINT64_C(100) * SILENCE)

struct replay {
	struct sw_capture *capture;
	const struct sw_replay_options *options;
	struct sw_replay_options print; /* a copy with another output stream */
	struct sw_replay_hold *hold;
	struct sw_replay_summary *summary;
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_diagnose *diagnose;
	struct sw_incidents *incidents;
	struct sw_hints *hints;
	uint32_t interfaces; /* number of them when policy was compiled */
	struct sw_time now;
	struct sw_time swept;
	struct sw_time blind; /* of the last record without addresses */
	uint32_t unswept;     /* packets since the last sweep */
};

/* Compiles the rules again for new interfaces: rules that name interfaces know
 * only those that the capture has shown so far. */
static int
follow_interfaces(struct replay *replay)
{
	uint32_t n = sw_capture_interfaces(replay->capture);
	struct sw_policy *policy;

	if (replay->policy != NULL && n == replay->interfaces)
		return 0;
	policy =
	    sw_replay_interface_compile(replay->capture, replay->options->conf);
	if (policy == NULL)
		return -ENOMEM;
	if (replay->engine != NULL)
		sw_engine_adopt(replay->engine, policy, replay->now);
	sw_policy_destroy(replay->policy);
	replay->policy = policy;
	replay->interfaces = n;
	return 0;
}

/* The keys of the hashes are zero: a replay gives the same result each time,
 * and no attacker chooses addresses while it runs. */
static int
begin(struct replay *replay, struct sw_time first)
{
	struct sw_limits limits =
	    sw_replay_limits_of(replay->options->conf, replay->capture);
	struct sw_diagnose_config diagnose = { .start = first,
		.max_flows = replay->options->conf->table.max_flows };

	replay->now = replay->swept = first;
	replay->summary->first = first;
	if (follow_interfaces(replay) != 0)
		return -ENOMEM;
	replay->engine = sw_engine_create(&limits, NULL, replay->policy, first);
	replay->diagnose = sw_diagnose_create(&diagnose);
	replay->incidents = sw_incidents_create(
	    0, replay->options->conf->log.incident_interval);
	replay->hints = sw_hints_create(NULL);
	if (replay->hints != NULL)
		sw_silences_begin(sw_hints_silences(replay->hints), first);
	replay->hold = sw_replay_hold_create(replay->options->out);
	return replay->hold == NULL || replay->engine == NULL ||
		       replay->diagnose == NULL || replay->incidents == NULL ||
		       replay->hints == NULL
		   ? -ENOMEM
		   : 0;
}

static void
end(struct replay *replay)
{
	sw_engine_destroy(replay->engine);
	sw_diagnose_destroy(replay->diagnose);
	sw_incidents_destroy(replay->incidents);
	sw_hints_destroy(replay->hints);
	sw_replay_hold_destroy(replay->hold);
	sw_policy_destroy(replay->policy);
}

static void
tell(struct replay *replay, const struct sw_record *record,
    const struct sw_event *event)
{
	const struct sw_flow_policy *flow_policy =
	    sw_policy_flow_policy(replay->policy, event->rule);
	char in[16], out[16];
	struct sw_names names = {
		.rule = sw_policy_rule_name(replay->policy, event->rule),
		.in = sw_replay_interface_name(replay->capture, event->in, in),
		.out =
		    sw_replay_interface_name(replay->capture, event->out, out),
		.zone = sw_policy_zone_name(
		    replay->policy, event->refused.ends.zone),
		.ecn = replay->options->conf->log.ecn,
	};

	if (replay->options->quiet || replay->options->silent ||
	    (!flow_policy->log && !replay->options->json))
		return;
	names.hint = sw_hints_for(replay->hints, event,
	    sw_policy_rule_name(replay->policy, sw_hint_rule(event)));
	sw_replay_record_refusal(&replay->print, record, event, &names);
}

/* Handles the engine's events.
 * => whether there was a refusal */
static bool
drain(struct replay *replay, const struct sw_record *record)
{
	struct sw_event event;
	bool refused = false;

	while (sw_engine_take(replay->engine, &event)) {
		sw_diagnose_judge(replay->diagnose, &event);
		if (event.kind == SW_EVENT_ENDED)
			sw_replay_heed_end(
			    replay->hints, replay->policy, &event);
		if (event.kind != SW_EVENT_REFUSED)
			continue;
		if (event.refused.message == SW_MESSAGE_IDLE_RESET) {
			/* An end by timeout: no packet was refused. */
			replay->summary->idle_ends++;
			tell(replay, NULL, &event);
			continue;
		}
		refused = true;
		sw_replay_heed_refusal(replay->hints, replay->policy,
		    &replay->options->ears, record, &event);
		sw_incidents_add(replay->incidents, &event);
		tell(replay, record, &event);
	}
	sw_replay_heed_silences(replay->hints, replay->engine, replay->now);
	return refused;
}

static void
sweep(struct replay *replay)
{
	uint32_t left = sw_engine_slots(replay->engine);

	replay->print.out = sw_replay_hold_out(replay->hold);
	while (left > 0) {
		uint32_t slots = left < SLICE ? left : SLICE;

		sw_engine_sweep(replay->engine, replay->now, slots);
		drain(replay, NULL);
		left -= slots;
	}
	replay->swept = replay->now;
	replay->unswept = 0;
}

static bool
is_crowded(const struct replay *replay)
{
	struct sw_counts counts;

	sw_engine_counts(replay->engine, &counts);
	return counts.flows > counts.flow_limit / 8;
}

/* The cost of a sweep over the table, in packets. */
static uint32_t
pass_cost(const struct replay *replay)
{
	return sw_engine_slots(replay->engine) / 32;
}

static void
sweep_when_due(struct replay *replay)
{
	if (replay->now.ns - replay->swept.ns < SW_NS_PER_SECOND)
		return;
	if (replay->unswept >= pass_cost(replay) ||
	    (replay->unswept >= pass_cost(replay) / 64 && is_crowded(replay)))
		sweep(replay);
}

static void
decide(struct replay *replay, const struct sw_record *record,
    const struct sw_packet *packet, FILE *out)
{
	struct sw_replay_frame frame = { .record = record, .packet = packet };

	replay->print.out = out;
	frame.verdict = sw_engine_step(replay->engine, packet, replay->now);
	replay->unswept++;
	if (!drain(replay, record) && replay->options->all)
		sw_replay_record_frame(&replay->print, &frame);
}

static void
decide_held(struct replay *replay, struct sw_replay_held *held)
{
	decide(replay, &held->record, &held->packet, held->out);
	sw_replay_hold_release(replay->hold, held);
}

/* Must the fragment wait for the first one of its datagram? */
static bool
comes_early(struct replay *replay, const struct sw_packet *packet)
{
	return packet->fragment.offset > 0 &&
	       packet->malformed == SW_PARSE_OK &&
	       !sw_engine_knows_first(replay->engine, packet, replay->now);
}

static void
skip(struct replay *replay, const struct sw_record *record,
    enum sw_link_outcome outcome, FILE *out)
{
	static const char *const why[SW_LINK_OUTCOMES] = {
#define X(name, key, label, text, note) [SW_LINK_##name] = (text),
		SW_LINK_OUTCOME_MAP(X)
#undef X
	};
	struct sw_replay_summary *summary = replay->summary;
	struct sw_replay_frame frame = { .record = record,
		.skipped = why[outcome] };

	if (summary->skipped[outcome]++ == 0 && outcome == SW_LINK_UNKNOWN) {
		summary->unknown_link = record->link;
		summary->is_guessed = sw_link_layer_guess(record->bytes,
		    record->captured, record->length, &summary->guessed_link);
	}
	replay->print.out = out;
	if (replay->options->all)
		sw_replay_record_frame(&replay->print, &frame);
}

static void
skip_held(struct replay *replay, struct sw_replay_held *held)
{
	skip(replay, &held->record, SW_LINK_CUT, held->out);
	sw_replay_hold_release(replay->hold, held);
}

/* The fragments of a datagram follow its first one, those that were held and
 * those to come; without its ports none of them can be judged. */
static void
skip_fragments(struct replay *replay, const struct sw_packet *first)
{
	struct sw_replay_held *held;

	while ((held = sw_replay_hold_match(replay->hold, first)) != NULL)
		skip_held(replay, held);
	sw_replay_hold_cut(replay->hold, first);
}

/* A held fragment whose first one did not come: that may be one of which
 * nothing could be read. */
static void
give_up(struct replay *replay, bool all)
{
	struct sw_replay_held *held;

	while ((held = sw_replay_hold_overdue(
		    replay->hold, replay->now, all)) != NULL) {
		if (replay->blind.ns == 0 ||
		    replay->blind.ns + BLIND < held->since.ns)
			decide_held(replay, held);
		else
			skip_held(replay, held);
	}
}

/* What follows a packet that could not be read cannot be explained without it.
 * ends: NULL when nothing of it was read
 * => 0, or -ENOMEM */
static int
note_unseen(struct replay *replay, const struct sw_endpoints *ends)
{
	if (ends == NULL)
		replay->blind = replay->now;
	return sw_diagnose_unseen(replay->diagnose, ends, replay->now)
		   ? 0
		   : -ENOMEM;
}

/* The capture ends inside the packet's headers.
 * => 0, or -ENOMEM */
static int
step_cut(struct replay *replay, const struct sw_record *record,
    const struct sw_packet *packet, const struct sw_link *link)
{
	struct sw_endpoints ends;

	skip(replay, record, SW_LINK_CUT, sw_replay_hold_out(replay->hold));
	if (!sw_link_cut_ends(link, packet, &ends))
		return note_unseen(replay, NULL);
	if (packet->fragment.is_fragment && packet->fragment.offset == 0)
		skip_fragments(replay, packet);
	return note_unseen(replay, &ends);
}

static int
step_whole(struct replay *replay, const struct sw_record *record,
    const struct sw_packet *packet)
{
	struct sw_replay_held *held;

	if (comes_early(replay, packet))
		return sw_replay_hold_add(
			   replay->hold, record, packet, replay->now)
			   ? 0
			   : -ENOMEM;
	decide(replay, record, packet, sw_replay_hold_out(replay->hold));
	if (!packet->fragment.is_fragment || packet->fragment.offset > 0)
		return 0;
	while ((held = sw_replay_hold_match(replay->hold, packet)) != NULL)
		decide_held(replay, held);
	return 0;
}

/* => 0, or -ENOMEM */
static int
step(struct replay *replay, const struct sw_record *record,
    const struct sw_link *link)
{
	struct sw_packet packet;

	sw_packet_parse(link->ip, link->captured, link->stated, &packet);
	/* The bytes are not ours but the capture's, so the capture has cut
	 * them. */
	if (packet.malformed == SW_PARSE_COPY)
		return step_cut(replay, record, &packet, link);
	if (sw_replay_hold_is_cut(replay->hold, &packet)) {
		skip(replay, record, SW_LINK_CUT,
		    sw_replay_hold_out(replay->hold));
		return 0;
	}
	sw_replay_interface_set(replay->capture, record, link, &packet);
	if (follow_interfaces(replay) != 0)
		return -ENOMEM;
	sw_engine_place(replay->engine, &packet);
	return step_whole(replay, record, &packet);
}

/* A frame whose header is cut may have held any packet.
 * => 0, or -ENOMEM */
static int
pass_over(struct replay *replay, const struct sw_record *record,
    enum sw_link_outcome outcome)
{
	skip(replay, record, outcome, sw_replay_hold_out(replay->hold));
	return outcome == SW_LINK_CUT ? note_unseen(replay, NULL) : 0;
}

static void
follow_clock(struct replay *replay, struct sw_time time)
{
	if (time.ns < replay->now.ns) {
		replay->summary->backwards++;
		return;
	}
	if (time.ns - replay->now.ns >= SILENCE)
		sw_diagnose_gap(replay->diagnose, time);
	while (time.ns - replay->now.ns > STRIDE) {
		replay->now.ns += STRIDE;
		sweep(replay);
	}
	replay->now = time;
}

static uint32_t
type_of(const struct replay *replay, const struct sw_record *record)
{
	if (!replay->options->has_link || sw_link_layer_knows(record->link))
		return record->link;
	replay->summary->as_link++;
	return replay->options->link;
}

static int
take(struct replay *replay, const struct sw_record *record)
{
	enum sw_link_outcome outcome;
	struct sw_link link;
	int error = 0;

	if (replay->engine == NULL && begin(replay, record->time) != 0)
		return -ENOMEM;
	follow_clock(replay, record->time);
	give_up(replay, false);
	sweep_when_due(replay);
	outcome = sw_link_layer_strip(type_of(replay, record), record->bytes,
	    record->captured, record->length, &link);
	if (outcome == SW_LINK_IP)
		error = step(replay, record, &link);
	else
		error = pass_over(replay, record, outcome);
	if (error != 0 || sw_replay_hold_failed(replay->hold))
		return -ENOMEM;
	return ferror(replay->options->out) ? -EIO : 0;
}

static void
sum(struct replay *replay, uint64_t records)
{
	struct sw_replay_summary *summary = replay->summary;

	summary->records = records;
	if (replay->engine == NULL)
		return;
	give_up(replay, true);
	sweep(replay);
	summary->last = replay->now;
	sw_engine_counts(replay->engine, &summary->counts);
	sw_diagnose_counts(replay->diagnose, &summary->judged);
	summary->passed = summary->counts.passed;
	summary->dropped = summary->counts.dropped;
	summary->spared = summary->counts.would_drop;
	sw_replay_rank_incidents(summary, replay->incidents);
	sw_replay_heed_advise(
	    replay->hints, replay->policy, replay->now, &replay->options->ears);
}

int
sw_replay_run(struct sw_capture *capture,
    const struct sw_replay_options *options, struct sw_replay_summary *summary)
{
	struct replay replay = {
		.capture = capture,
		.options = options,
		.print = *options,
		.summary = summary,
	};
	struct sw_replay_progress progress;
	struct sw_record record = { 0 };
	int error = 0;

	memset(summary, 0, sizeof *summary);
	sw_replay_progress_begin(&progress, options->progress, capture);
	while (error == 0 && sw_capture_next(capture, &record) == 1) {
		error = take(&replay, &record);
		sw_replay_progress_show(&progress, record.frame);
	}
	sw_replay_progress_hide(&progress);
	if (error == 0)
		sum(&replay, record.frame);
	end(&replay);
	return error;
}
