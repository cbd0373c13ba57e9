/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_report: what observe mode would have dropped, one object for each rule
 * and reason, then whether it is safe to enforce.
 */
#include <inttypes.h>
#include <string.h>

#include "control/internal.h"
#include "report/observe_stats.h"
#include "shards/rule_slots.h"

enum { TEXT = 256 };

static bool
observes(const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (conf->rules[i].rule.flow_policy.observe)
			return true;
	return conf->otherwise.observe;
}

/* What enforcing the rules would mean for packets like these. */
static const char *
meaning(const struct sw_observe_stats_row *row)
{
	if (row->message == SW_MESSAGE_DENIED)
		return "refused, as the rule demands";
	if (row->message == SW_MESSAGE_IDLE_RESET)
		return "reset, as on-idle demands";
	switch (sw_observe_stats_harm(row)) {
	case SW_HARM_NONE:
		return "better dropped";
	case SW_HARM_PASSING:
		return "older than the tracker: these drops end by themselves";
	case SW_HARM_REAL:
		break;
	}
	return "connections that work today would be cut";
}

static const char *
harm_text(enum sw_harm harm)
{
	static const char *const texts[] = { [SW_HARM_NONE] = "none",
		[SW_HARM_PASSING] = "passing",
		[SW_HARM_REAL] = "real" };

	return texts[harm];
}

static void
tell_row(struct sw_client *client, const struct sw_observe_stats_row *row)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_json *json = &client->reply.json;
	int64_t wall =
	    (int64_t)sw_clock_read(CLOCK_REALTIME) - (int64_t)sw_clock_now().ns;

	sw_json_begin(json, "observed");
	sw_json_put_text(
	    json, "rule", sw_rule_slots_name(daemon->slots, row->rule));
	sw_json_put_text(json, "message", sw_cause_message_text(row->message));
	if (sw_cause_message_alias(row->message) != NULL)
		sw_json_put_text(
		    json, "alias", sw_cause_message_alias(row->message));
	sw_json_put_text(
	    json, "cause", sw_cause_text((enum sw_cause)row->cause)->name);
	sw_json_put_count(json, "packets", row->packets);
	sw_json_put_moment(json, "first", (int64_t)row->first.ns + wall);
	sw_json_put_moment(json, "last", (int64_t)row->last.ns + wall);
	sw_reply_ends(json, &row->ends);
	sw_json_put_text(json, "harm", harm_text(sw_observe_stats_harm(row)));
	sw_json_put_text(json, "text", meaning(row));
	sw_json_end(json);
}

static const char *
write_verdict(
    enum sw_readiness ready, uint64_t harmed, uint64_t seconds, char text[TEXT])
{
	switch (ready) {
	case SW_READY_YES:
		snprintf(text, TEXT,
		    "safe to enforce: no working connection would be cut");
		return "safe";
	case SW_READY_EARLY:
		snprintf(text, TEXT,
		    "no packet speaks against enforcing yet, but observe for "
		    "one hour without a change (%" PRIu64 " minutes so far)",
		    seconds / 60);
		return "early";
	case SW_READY_NO:
		break;
	}
	snprintf(text, TEXT,
	    "not safe to enforce: %" PRIu64
	    " packets of working connections would be dropped",
	    harmed);
	return "unsafe";
}

/* Scripts ask by the exit code, so it distinguishes the answers. */
static enum sw_exit
exit_code(enum sw_readiness ready, bool observe)
{
	if (!observe || ready == SW_READY_EARLY)
		return SW_EXIT_NOTHING;
	return ready == SW_READY_YES ? SW_EXIT_OK : SW_EXIT_FAILURE;
}

static void
tell_verdict(struct sw_client *client, enum sw_readiness ready, uint64_t harmed,
    struct sw_time since, struct sw_time now)
{
	struct sw_json *json = &client->reply.json;
	uint64_t seconds = sw_time_ms_since(since, now) / 1000;
	bool observe = observes(client->daemon->conf);
	const char *verdict;
	char text[TEXT];

	verdict = write_verdict(ready, harmed, seconds, text);
	if (!observe) {
		verdict = "enforced";
		strcpy(text, "no observation is active: set mode = observe, "
			     "globally or in a rule, and reload");
	}
	sw_json_begin(json, "report");
	sw_json_put_text(json, "verdict", verdict);
	sw_json_put_text(json, "text", text);
	sw_json_put_count(
	    json, "generation", client->daemon->reload.generation);
	sw_json_put_count(json, "seconds", seconds);
	sw_json_put_count(json, "harmed", observe ? harmed : 0);
	sw_json_end(json);
}

static void
begin_report(struct sw_client *client)
{
	struct sw_observe_stats_row rows[SW_OBSERVE_STATS_ROWS];
	struct sw_time since, now = sw_clock_now();
	uint64_t others, harmed;
	size_t n = sw_observe_stats_list(
	    client->daemon->observe_stats, rows, &since, &others);
	enum sw_readiness ready =
	    sw_observe_stats_judge(rows, n, others, since, now, &harmed);

	for (size_t i = 0; i < n && sw_reply_room(&client->reply); i++)
		tell_row(client, &rows[i]);
	tell_verdict(client, ready, harmed, since, now);
	sw_client_end(client, exit_code(ready, observes(client->daemon->conf)));
}

const struct sw_answer sw_answer_report = { begin_report, NULL, NULL };
