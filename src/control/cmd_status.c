/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_status: everything that fits one screen, as one object, then advice on
 * what to look at next (state/signs.h), then an object for each queue.
 */
#include <string.h>
#include <unistd.h>

#include "control/internal.h"
#include "net/raw_socket.h"
#include "state/health.h"
#include "state/signs.h"

static const char *
mode_of(const struct sw_conf *conf)
{
	bool some = false;

	for (size_t i = 0; i < conf->n_rules; i++)
		some = some || conf->rules[i].rule.flow_policy.observe !=
				   conf->otherwise.observe;
	if (some)
		return "mixed";
	return conf->otherwise.observe ? "observe" : "enforce";
}

/* The words of the worst signs are the reasons. */
static void
tell_health(
    struct sw_json *json, const struct sw_signs *signs, bool hook_present)
{
	sw_json_put_bool(json, "hook_present", hook_present);
	sw_json_put_text(json, "health", sw_signs_health(signs));
	sw_json_open(json, "reasons", '[');
	for (size_t i = 0; i < sw_signs_number(); i++) {
		const char *name;
		bool on;

		if (sw_signs_peek(signs, i, &name, &on) != SW_SIGN_INFO && on)
			sw_json_put_text(json, NULL, name);
	}
	sw_json_close(json, ']');
}

static void
tell_config(struct sw_json *json, const struct sw_daemon *daemon)
{
	sw_json_open(json, "config", '{');
	sw_json_put_text(json, "file",
	    daemon->conf_file != NULL ? daemon->conf_file : SW_CONF_FILE);
	sw_json_put_count(json, "generation", daemon->reload.generation);
	sw_json_put_count(json, "rules", daemon->conf->n_rules);
	sw_json_put_text(json, "profile", daemon->conf->profile);
	sw_json_put_number(json, "when", daemon->reload.when);
	sw_json_put_bool(json, "successful", daemon->reload.successful);
	sw_json_put_count(json, "failures", daemon->reload.failures);
	if (!daemon->reload.successful) {
		sw_json_put_count(json, "errors", daemon->reload.errors);
		sw_json_put_text(json, "error", daemon->reload.error);
	}
	sw_json_close(json, '}');
}

static void
tell_flows(struct sw_json *json, const struct sw_counts *counts,
    const struct sw_conf *conf)
{
	sw_json_open(json, "flows", '{');
	sw_json_put_count(json, "now", counts->flows);
	sw_json_put_count(json, "limit", counts->flow_limit);
	sw_json_put_count(json, "embryonic", counts->embryonic);
	sw_json_put_count(json, "embryonic_limit",
	    sw_conf_embryonic_limit(&conf->table, counts->flow_limit));
	sw_json_put_count(json, "opened", counts->opened);
	sw_json_put_count(json, "related", counts->related);
	sw_json_put_count(json, "parents", counts->parents);
	sw_json_put_count(json, "remembered", counts->tombstones);
	sw_json_open(json, "state", '{');
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		if (counts->by_state[i] > 0)
			sw_json_put_count(
			    json, sw_event_state_text(i), counts->by_state[i]);
	sw_json_close(json, '}');
	sw_json_open(json, "ended", '{');
	for (unsigned i = SW_END_NOT + 1; i < SW_END_COUNT; i++)
		if (counts->ended[i] > 0)
			sw_json_put_count(
			    json, sw_event_end_text(i), counts->ended[i]);
	sw_json_close(json, '}');
	sw_json_close(json, '}');
}

static void
tell_packets(struct sw_json *json, const struct sw_counts *counts)
{
	sw_json_open(json, "packets", '{');
	sw_json_put_count(json, "passed", counts->passed);
	sw_json_put_count(json, "dropped", counts->dropped);
	sw_json_put_count(json, "would_drop", counts->would_drop);
	sw_json_put_count(json, "untracked", counts->untracked);
	sw_json_put_count(json, "twice", counts->twice);
	sw_json_put_count(json, "bytes_passed", counts->bytes_passed);
	sw_json_put_count(json, "bytes_dropped", counts->bytes_dropped);
	sw_json_open(json, "message", '{');
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++)
		if (counts->refused[i] > 0)
			sw_json_put_count(
			    json, sw_cause_message_text(i), counts->refused[i]);
	sw_json_close(json, '}');
	sw_json_close(json, '}');
}

static void
tell_drops(struct sw_json *json, const struct sw_reporter_counts *reporter)
{
	sw_json_open(json, "drops", '{');
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (reporter->judged.drops[i] > 0)
			sw_json_put_count(json, sw_cause_text(i)->name,
			    reporter->judged.drops[i]);
	sw_json_close(json, '}');
	sw_json_open(json, "told", '{');
	sw_json_put_count(json, "logged", reporter->logged);
	sw_json_put_count(json, "folded", reporter->folded);
	sw_json_put_count(json, "silent", reporter->silent);
	sw_json_put_count(json, "unexamined", reporter->judged.unexamined);
	sw_json_close(json, '}');
}

static void
tell_log(struct sw_json *json, const struct sw_log_counts *log)
{
	char name[SW_LOG_NAME];

	sw_json_put_count(json, "log_lost", log->lost_all);
	sw_json_open(json, "log", '[');
	for (size_t i = 0; i < log->n; i++) {
		sw_json_open(json, NULL, '{');
		sw_json_put_text(
		    json, "to", sw_log_sink_name(&log->to[i], name));
		sw_json_put_count(json, "written", log->written[i]);
		sw_json_put_count(json, "lost", log->lost[i]);
		sw_json_put_bool(json, "failing", log->failing[i]);
		if (log->failing[i])
			sw_json_put_text(json, "error", log->why[i]);
		sw_json_close(json, '}');
	}
	sw_json_close(json, ']');
}

static void
tell_resets(struct sw_json *json, const struct sw_daemon *daemon)
{
	struct sw_raw_socket_counts raw;

	sw_raw_socket_counts(daemon->raw, &raw);
	sw_json_open(json, "resets", '{');
	sw_json_put_count(json, "sent", raw.sent);
	sw_json_put_count(json, "limited", raw.limited);
	sw_json_put_count(json, "failed", raw.failed);
	sw_json_close(json, '}');
}

static void
tell_queue(struct sw_client *client, const struct sw_queue_stats *queue)
{
	struct sw_json *json = &client->reply.json;
	uint64_t packets = sw_counter_get(&queue->packets);
	uint64_t delay = sw_counter_get(&queue->delay_ns);

	sw_json_begin(json, "queue");
	sw_json_put_count(json, "number", queue->number);
	sw_json_put_bool(json, "bound", atomic_load(&queue->bound));
	sw_json_put_count(json, "packets", packets);
	sw_json_put_count(json, "waiting", sw_counter_get(&queue->waiting));
	sw_json_put_count(
	    json, "queue_dropped", sw_counter_get(&queue->queue_dropped));
	sw_json_put_count(
	    json, "user_dropped", sw_counter_get(&queue->user_dropped));
	sw_json_put_count(json, "overruns", sw_counter_get(&queue->enobufs));
	sw_json_put_count(json, "own", sw_counter_get(&queue->own));
	sw_json_put_count(
	    json, "unreadable", sw_counter_get(&queue->unreadable));
	sw_json_put_count(
	    json, "send_errors", sw_counter_get(&queue->send_errors));
	sw_json_put_count(
	    json, "mean_delay_ns", packets > 0 ? delay / packets : 0);
	sw_json_end(json);
}

static void
tell_tap(struct sw_json *json, const struct sw_tap_stats *tap)
{
	if (tap == NULL)
		return;
	sw_json_open(json, "tap", '{');
	sw_json_put_count(json, "interfaces", sw_counter_get(&tap->links));
	sw_json_put_count(json, "packets", sw_counter_get(&tap->packets));
	sw_json_put_count(json, "lost", sw_counter_get(&tap->lost));
	sw_json_put_count(json, "local", sw_counter_get(&tap->local));
	sw_json_put_count(json, "not_ip", sw_counter_get(&tap->not_ip));
	sw_json_put_count(json, "cut", sw_counter_get(&tap->cut));
	sw_json_put_count(json, "again", sw_counter_get(&tap->again));
	sw_json_close(json, '}');
}

/* Packets that the kernel's firewall dropped, and what that means here. */
static void
tell_kernel(struct sw_json *json, const struct sw_daemon *daemon)
{
	struct sw_kernel_counts counts;

	if (!sw_reporter_kernel_counts(daemon->reporter, &counts))
		return;
	sw_json_open(json, "kernel", '{');
	sw_json_put_count(json, "group", daemon->conf->source.nflog);
	sw_json_put_count(json, "agree", counts.by_word[SW_KERNEL_AGREES]);
	sw_json_put_count(json, "alone", counts.by_word[SW_KERNEL_ALONE]);
	sw_json_put_count(json, "unseen", counts.by_word[SW_KERNEL_UNSEEN]);
	sw_json_put_count(json, "passed", counts.by_word[SW_KERNEL_PASSED]);
	sw_json_put_count(json, "unclear", counts.by_word[SW_KERNEL_UNCLEAR]);
	sw_json_put_count(json, "unreadable", counts.unreadable);
	sw_json_put_count(json, "lost", counts.lost);
	sw_json_open(json, "drops", '{');
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (counts.drops[i] > 0)
			sw_json_put_count(
			    json, sw_cause_text(i)->name, counts.drops[i]);
	sw_json_close(json, '}');
	sw_json_close(json, '}');
}

static size_t
count_clients(const struct sw_control *control)
{
	size_t n = 0;

	for (size_t i = 0; i < control->n_clients; i++)
		n += !control->clients[i]->leaving;
	return n;
}

static void
tell_clients(struct sw_json *json, const struct sw_control *control)
{
	sw_json_put_count(json, "clients", count_clients(control));
	sw_json_open(json, "control", '{');
	sw_json_put_count(json, "served", control->served);
	sw_json_put_count(json, "not_permitted", control->not_permitted);
	sw_json_put_count(json, "crowded_out", control->crowded_out);
	sw_json_put_count(json, "pushed_out", control->pushed_out);
	sw_json_close(json, '}');
}

static void
tell_status(struct sw_client *client, const struct sw_counts *counts,
    const struct sw_reporter_counts *reporter, const struct sw_log_counts *log)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_json *json = &client->reply.json;
	struct sw_time now = sw_clock_now();

	sw_json_begin(json, "status");
	sw_json_put_text(json, "version", SYNWARD_VERSION);
	sw_json_put_count(json, "pid", (uint64_t)getpid());
	sw_json_put_number(json, "started", daemon->started_wall);
	sw_json_put_seconds(json, "uptime", now.ns - daemon->started.ns);
	sw_json_put_text(json, "mode", mode_of(daemon->conf));
	sw_json_put_bool(json, "fail_open", daemon->conf->queue.fail_open);
	tell_health(json, daemon->signs, daemon->plug.why == SW_PLUG_IN);
	tell_config(json, daemon);
	tell_flows(json, counts, daemon->conf);
	tell_packets(json, counts);
	tell_tap(json, daemon->tap_stats);
	tell_kernel(json, daemon);
	sw_json_open(json, "offload", '{');
	sw_cmd_offload_counts(json, daemon, counts);
	sw_json_close(json, '}');
	tell_drops(json, reporter);
	sw_json_put_count(json, "events_lost", counts->events_lost);
	sw_json_put_count(json, "gaps", reporter->gaps);
	tell_log(json, log);
	tell_resets(json, daemon);
	tell_clients(json, client->control);
	sw_json_end(json);
}

/* All that is said is read after the lanes, in the first turn after them. */
static void
tell_sign(struct sw_client *client, size_t i)
{
	static const char *const levels[] = {
		[SW_SIGN_INFO] = "info",
		[SW_SIGN_WARN] = "warn",
		[SW_SIGN_BAD] = "bad",
	};
	struct sw_json *json = &client->reply.json;
	struct sw_sign_told told;

	if (!sw_signs_tell(client->daemon->signs, i, &told))
		return;
	sw_json_begin(json, "advice");
	sw_json_put_text(json, "level", levels[told.level]);
	sw_json_put_text(json, "name", told.name);
	sw_json_put_text(json, "title", told.title);
	if (told.dated)
		sw_json_put_moment(json, "since",
		    (int64_t)told.since.ns + sw_clock_wall_offset());
	sw_json_put_text(json, "text", told.text);
	sw_json_put_text(json, "command", told.command);
	sw_json_end(json);
}

static void
begin_status(struct sw_client *client)
{
	(void)client;
}

static void
tell_all(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_reporter_counts reporter;
	struct sw_log_counts log;
	struct sw_counts counts;

	sw_health_read_queues(daemon);
	sw_shards_counts(daemon->shards, &counts);
	sw_reporter_counts(daemon->reporter, &reporter);
	sw_log_counts(daemon->log, &log);
	sw_signs_update(daemon, sw_clock_now());
	tell_status(client, &counts, &reporter, &log);
	for (size_t i = 0; i < sw_signs_number(); i++)
		tell_sign(client, i);
}

/* There may be more queues than fit one buffer. */
static bool
more_status(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;

	if (client->stage == 0) {
		if (!sw_cmd_offload_is_synced(client))
			return true;
		tell_all(client);
		client->stage++;
	}
	while (client->at < daemon->n_queues && sw_reply_room(&client->reply))
		tell_queue(client, &daemon->queues[client->at++]);
	if (client->at == daemon->n_queues)
		sw_client_end(client, SW_EXIT_OK);
	return true;
}

const struct sw_answer sw_answer_status = { begin_status, more_status, NULL };
