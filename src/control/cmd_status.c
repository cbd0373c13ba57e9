/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: all that fits one screen, as one object, then an object a queue,
 * then what to look at next.
 */
#include <string.h>
#include <unistd.h>

#include "control/internal.h"
#include "net/raw_socket.h"
#include "state/health.h"

static const char *
mode_of(const struct sw_conf *conf)
{
	bool some = false;

	for (size_t i = 0; i < conf->n_rules; i++)
		some = some || conf->rules[i].rule.treatment.observe !=
				   conf->otherwise.observe;
	if (some)
		return "mixed";
	return conf->otherwise.observe ? "observe" : "enforce";
}

static void
tell_config(struct sw_reply *reply, const struct sw_daemon *daemon)
{
	sw_reply_open(reply, "config", '{');
	sw_reply_text(reply, "file",
	    daemon->conf_file != NULL ? daemon->conf_file : SW_CONF_FILE);
	sw_reply_count(reply, "generation", daemon->reload.generation);
	sw_reply_count(reply, "rules", daemon->conf->n_rules);
	sw_reply_text(reply, "profile", daemon->conf->profile);
	sw_reply_number(reply, "when", daemon->reload.when);
	sw_reply_bool(reply, "successful", daemon->reload.successful);
	sw_reply_count(reply, "failures", daemon->reload.failures);
	if (!daemon->reload.successful) {
		sw_reply_count(reply, "errors", daemon->reload.errors);
		sw_reply_text(reply, "error", daemon->reload.error);
	}
	sw_reply_close(reply, '}');
}

static void
tell_flows(struct sw_reply *reply, const struct sw_counts *counts,
    const struct sw_conf *conf)
{
	sw_reply_open(reply, "flows", '{');
	sw_reply_count(reply, "now", counts->flows);
	sw_reply_count(reply, "limit", counts->flow_limit);
	sw_reply_count(reply, "embryonic", counts->embryonic);
	sw_reply_count(reply, "embryonic_limit",
	    sw_conf_embryonic_limit(&conf->table, counts->flow_limit));
	sw_reply_count(reply, "opened", counts->opened);
	sw_reply_count(reply, "remembered", counts->graves);
	sw_reply_open(reply, "state", '{');
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		if (counts->by_state[i] > 0)
			sw_reply_count(
			    reply, sw_state_text(i), counts->by_state[i]);
	sw_reply_close(reply, '}');
	sw_reply_open(reply, "ended", '{');
	for (unsigned i = SW_END_NOT + 1; i < SW_END_COUNT; i++)
		if (counts->ended[i] > 0)
			sw_reply_count(reply, sw_end_text(i), counts->ended[i]);
	sw_reply_close(reply, '}');
	sw_reply_close(reply, '}');
}

static void
tell_packets(struct sw_reply *reply, const struct sw_counts *counts)
{
	sw_reply_open(reply, "packets", '{');
	sw_reply_count(reply, "passed", counts->passed);
	sw_reply_count(reply, "dropped", counts->dropped);
	sw_reply_count(reply, "would_drop", counts->would_drop);
	sw_reply_count(reply, "untracked", counts->untracked);
	sw_reply_count(reply, "twice", counts->twice);
	sw_reply_count(reply, "bytes_passed", counts->bytes_passed);
	sw_reply_count(reply, "bytes_dropped", counts->bytes_dropped);
	sw_reply_open(reply, "message", '{');
	for (unsigned i = 0; i < SW_MESSAGE_COUNT; i++)
		if (counts->refused[i] > 0)
			sw_reply_count(
			    reply, sw_message_text(i), counts->refused[i]);
	sw_reply_close(reply, '}');
	sw_reply_close(reply, '}');
}

static void
tell_drops(struct sw_reply *reply, const struct sw_desk_counts *desk)
{
	sw_reply_open(reply, "drops", '{');
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (desk->judged.drops[i] > 0)
			sw_reply_count(reply, sw_cause_text(i)->name,
			    desk->judged.drops[i]);
	sw_reply_close(reply, '}');
	sw_reply_open(reply, "told", '{');
	sw_reply_count(reply, "logged", desk->logged);
	sw_reply_count(reply, "folded", desk->folded);
	sw_reply_count(reply, "silent", desk->silent);
	sw_reply_count(reply, "unexamined", desk->judged.unexamined);
	sw_reply_close(reply, '}');
}

static const char *
sink_name(const struct sw_conf_sink *sink, char *text, size_t size)
{
	static const char *const kinds[] = {
		[SW_SINK_SYSLOG] = "syslog",
		[SW_SINK_JOURNAL] = "journal",
		[SW_SINK_FILE] = "file:",
		[SW_SINK_JSON] = "json:",
		[SW_SINK_STDERR] = "stderr",
	};

	snprintf(text, size, "%s%s", kinds[sink->kind], sink->path);
	return text;
}

static void
tell_log(struct sw_reply *reply, const struct sw_log_counts *log)
{
	char name[SW_CONF_PATH + 8];

	sw_reply_count(reply, "log_lost", log->lost_all);
	sw_reply_open(reply, "log", '[');
	for (size_t i = 0; i < log->n; i++) {
		sw_reply_open(reply, NULL, '{');
		sw_reply_text(
		    reply, "to", sink_name(&log->to[i], name, sizeof name));
		sw_reply_count(reply, "written", log->written[i]);
		sw_reply_count(reply, "lost", log->lost[i]);
		sw_reply_bool(reply, "failing", log->failing[i]);
		sw_reply_close(reply, '}');
	}
	sw_reply_close(reply, ']');
}

static void
tell_resets(struct sw_reply *reply, const struct sw_daemon *daemon)
{
	struct sw_raw_counts raw;

	sw_raw_counts(daemon->raw, &raw);
	sw_reply_open(reply, "resets", '{');
	sw_reply_count(reply, "sent", raw.sent);
	sw_reply_count(reply, "limited", raw.limited);
	sw_reply_count(reply, "failed", raw.failed);
	sw_reply_close(reply, '}');
}

static void
tell_queue(struct sw_client *client, const struct sw_queue_stats *queue)
{
	struct sw_reply *reply = &client->reply;
	uint64_t packets = sw_counter_get(&queue->packets);
	uint64_t delay = sw_counter_get(&queue->delay_ns);

	sw_reply_begin(reply, "queue");
	sw_reply_count(reply, "number", queue->number);
	sw_reply_bool(reply, "bound", atomic_load(&queue->bound));
	sw_reply_count(reply, "packets", packets);
	sw_reply_count(reply, "waiting", sw_counter_get(&queue->waiting));
	sw_reply_count(
	    reply, "queue_dropped", sw_counter_get(&queue->queue_dropped));
	sw_reply_count(
	    reply, "user_dropped", sw_counter_get(&queue->user_dropped));
	sw_reply_count(reply, "overruns", sw_counter_get(&queue->enobufs));
	sw_reply_count(reply, "own", sw_counter_get(&queue->own));
	sw_reply_count(reply, "unreadable", sw_counter_get(&queue->unreadable));
	sw_reply_count(
	    reply, "send_errors", sw_counter_get(&queue->send_errors));
	sw_reply_count(
	    reply, "mean_delay_ns", packets > 0 ? delay / packets : 0);
	sw_reply_end(reply);
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
tell_clients(struct sw_reply *reply, const struct sw_control *control)
{
	sw_reply_count(reply, "clients", count_clients(control));
	sw_reply_open(reply, "control", '{');
	sw_reply_count(reply, "served", control->served);
	sw_reply_count(reply, "not_permitted", control->not_permitted);
	sw_reply_count(reply, "crowded_out", control->crowded_out);
	sw_reply_count(reply, "pushed_out", control->pushed_out);
	sw_reply_close(reply, '}');
}

static void
tell_status(struct sw_client *client, const struct sw_counts *counts,
    const struct sw_desk_counts *desk, const struct sw_log_counts *log)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_reply *reply = &client->reply;
	struct sw_time now = sw_clock_now();

	sw_reply_begin(reply, "status");
	sw_reply_text(reply, "version", SYNWARD_VERSION);
	sw_reply_count(reply, "pid", (uint64_t)getpid());
	sw_reply_number(reply, "started", daemon->started_wall);
	sw_reply_seconds(reply, "uptime", now.ns - daemon->started.ns);
	sw_reply_text(reply, "mode", mode_of(daemon->conf));
	sw_reply_bool(reply, "fail_open", daemon->conf->queue.fail_open);
	tell_config(reply, daemon);
	tell_flows(reply, counts, daemon->conf);
	tell_packets(reply, counts);
	tell_drops(reply, desk);
	sw_reply_count(reply, "events_lost", counts->events_lost);
	sw_reply_count(reply, "gaps", desk->gaps);
	tell_log(reply, log);
	tell_resets(reply, daemon);
	tell_clients(reply, client->control);
	sw_reply_end(reply);
}

static void
begin_status(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_desk_counts desk;
	struct sw_log_counts log;
	struct sw_counts counts;

	sw_health_read_queues(daemon);
	sw_shards_counts(daemon->shards, &counts);
	sw_desk_counts(daemon->desk, &desk);
	sw_log_counts(daemon->log, &log);
	tell_status(client, &counts, &desk, &log);
	sw_tell_advice(client, &counts, &desk, &log);
}

/* There may be more queues than fit one buffer. */
static bool
more_status(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;

	while (
	    client->cursor < daemon->n_queues && sw_reply_room(&client->reply))
		tell_queue(client, &daemon->queues[client->cursor++]);
	if (client->cursor == daemon->n_queues)
		sw_client_end(client, SW_EXIT_OK);
	return true;
}

const struct sw_answer sw_answer_status = { begin_status, more_status, NULL };
