/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The advice is a table of signs, most urgent first.  Each sign is a question
 * about the counters, and one sentence with the command to run next.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "control/internal.h"

/* The values that the signs are read from. */
struct view {
	struct sw_daemon *daemon;
	const struct sw_counts *counts;
	const struct sw_reporter_counts *reporter;
	const struct sw_log_counts *log;
	uint64_t queue_dropped, user_dropped, verdicts;
	size_t unbound;
	/* the most frequent cause; SW_CAUSE_COUNT: no drops */
	enum sw_cause busiest;
	uint64_t uptime; /* seconds */
};

enum { TEXT = 256, WARM_UP_S = 10 };

struct sign {
	const char *level; /* bad, warn, info */
	/* Writes the sentence.
	 * => false when there is nothing to say */
	bool (*shows)(const struct view *view, char *text);
	const char *command; /* "" for none */
};

static bool
queue_unbound(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "the kernel does not list %zu of our queues: packets for them are "
	    "dropped, or pass unseen",
	    view->unbound);
	return view->unbound > 0;
}

static bool
reload_failed(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "the last reload was refused; configuration %" PRIu64
	    " stays in force",
	    view->daemon->reload.generation);
	return !view->daemon->reload.successful;
}

static bool
alone(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "the parent process is gone: nothing replaces this worker if it "
	    "dies; restart synwardd with the service manager, or end process "
	    "%d and start synwardd again",
	    (int)getpid());
	return view->daemon->alone;
}

static bool
nothing_comes(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "no packet has arrived since the start: check whether the queue "
	    "rule is installed");
	return view->verdicts == 0 && view->uptime > WARM_UP_S;
}

static bool
queue_full(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "the kernel dropped %" PRIu64
	    " packets because a queue was full: use more queues (queue.count)",
	    view->queue_dropped);
	return view->queue_dropped > 0;
}

static bool
socket_full(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "the kernel dropped %" PRIu64
	    " packets because our socket was full: use more queues "
	    "(queue.count)",
	    view->user_dropped);
	return view->user_dropped > 0;
}

static bool
table_full(const struct view *view, char *text)
{
	const struct sw_counts *counts = view->counts;

	snprintf(text, TEXT, "the table is %u %% full: raise table.max-flows",
	    counts->flow_limit > 0
		? (unsigned)((uint64_t)counts->flows * 100 / counts->flow_limit)
		: 0);
	return (uint64_t)counts->flows * 10 > (uint64_t)counts->flow_limit * 9;
}

static bool
embryonic_full(const struct view *view, char *text)
{
	const struct sw_counts *counts = view->counts;
	uint64_t limit = sw_conf_embryonic_limit(
	    &view->daemon->conf->table, counts->flow_limit);

	snprintf(text, TEXT,
	    "%u flows are half open, the limit is %" PRIu64
	    ": this may be a SYN flood",
	    counts->embryonic, limit);
	return (uint64_t)counts->embryonic * 10 > limit * 9;
}

static bool
log_lost(const struct view *view, char *text)
{
	uint64_t n = view->log->lost_all;

	snprintf(text, TEXT, "%" PRIu64 " log line%s lost by %s", n,
	    n == 1 ? " was" : "s were", n == 1 ? "its sink" : "their sinks");
	return n > 0;
}

static bool
refusals_lost(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "%" PRIu64 " drops were counted without a cause: they came faster "
	    "than they could be judged",
	    view->counts->refusals_lost);
	return view->counts->refusals_lost > 0;
}

static bool
comes_twice(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "%" PRIu64 " resets came to the queue twice and passed: a second "
	    "rule seems to send packets to it",
	    view->counts->twice);
	return view->counts->twice > 0;
}

static bool
incidents_open(const struct view *view, char *text)
{
	size_t n = view->reporter->incidents;

	snprintf(
	    text, TEXT, "%zu incident%s open", n, n == 1 ? " is" : "s are");
	return n > 0;
}

static bool
observing(const struct view *view, char *text)
{
	snprintf(text, TEXT,
	    "observe mode: nothing is dropped; %" PRIu64
	    " packets would have been",
	    view->counts->would_drop);
	return view->daemon->conf->otherwise.observe;
}

static bool
most_drops(const struct view *view, char *text)
{
	if (view->busiest == SW_CAUSE_COUNT)
		return false;
	snprintf(text, TEXT, "most drops: %s, %" PRIu64 " packets: %s",
	    sw_cause_text(view->busiest)->name,
	    view->reporter->judged.drops[view->busiest],
	    sw_cause_text(view->busiest)->summary);
	return true;
}

static const struct sign signs[] = {
	{ "bad", alone, "" },
	{ "bad", queue_unbound, "hook show" },
	{ "bad", reload_failed, "check" },
	{ "bad", nothing_comes, "hook show" },
	{ "bad", queue_full, "dump-config" },
	{ "bad", socket_full, "dump-config" },
	{ "bad", table_full, "top" },
	{ "warn", embryonic_full, "flows assured=no" },
	{ "bad", log_lost, "status --json" },
	{ "warn", refusals_lost, "drops" },
	{ "warn", comes_twice, "hook show" },
	{ "warn", incidents_open, "drops" },
	{ "info", observing, "report" },
	{ "info", most_drops, "explain" },
};

static void
add_queues(struct view *view)
{
	for (size_t i = 0; i < view->daemon->n_queues; i++) {
		const struct sw_queue_stats *queue = &view->daemon->queues[i];

		view->queue_dropped += sw_counter_get(&queue->queue_dropped);
		view->user_dropped += sw_counter_get(&queue->user_dropped);
		view->verdicts += sw_counter_get(&queue->packets);
		view->unbound += !atomic_load(&queue->bound);
	}
}

static enum sw_cause
find_busiest(const struct sw_reporter_counts *reporter)
{
	enum sw_cause busiest = SW_CAUSE_COUNT;
	uint64_t most = 0;

	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (reporter->judged.drops[i] > most) {
			most = reporter->judged.drops[i];
			busiest = (enum sw_cause)i;
		}
	return busiest;
}

static void
tell(struct sw_client *client, const struct view *view, const struct sign *sign)
{
	struct sw_json *json = &client->reply.json;
	char text[TEXT], command[64];

	if (!sign->shows(view, text))
		return;
	snprintf(command, sizeof command, "%s", sign->command);
	if (sign->shows == most_drops)
		snprintf(command, sizeof command, "explain %s",
		    sw_cause_text(view->busiest)->name);
	sw_json_begin(json, "advice");
	sw_json_put_text(json, "level", sign->level);
	sw_json_put_text(json, "text", text);
	sw_json_put_text(json, "command", command);
	sw_json_end(json);
}

void
sw_cmd_status_advice(struct sw_client *client, const struct sw_counts *counts,
    const struct sw_reporter_counts *reporter, const struct sw_log_counts *log)
{
	struct sw_daemon *daemon = client->daemon;
	struct view view = {
		.daemon = daemon,
		.counts = counts,
		.reporter = reporter,
		.log = log,
		.busiest = find_busiest(reporter),
		.uptime =
		    (sw_clock_now().ns - daemon->started.ns) / SW_NS_PER_SECOND,
	};

	add_queues(&view);
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		tell(client, &view, &signs[i]);
}
