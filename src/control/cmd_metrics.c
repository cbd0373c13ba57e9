/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_metrics: a table of metric families, each with a function that writes its
 * samples one by one.  All are read at the time of the request.  No label has
 * an address, a port or a rule as its value, so their number is fixed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "control/metric.h"
#include "state/health.h"
#include "state/signs.h"

struct family {
	const char *name, *metric, *help;
	/* Writes sample i.
	 * => false when there are no more */
	bool (*write)(const struct sw_metric_sample *sample);
};

static bool
write_build(const struct sw_metric_sample *sample)
{
	return sample->i == 0 &&
	       sw_metric_put_count(sample, "version", SYNWARD_VERSION, 1);
}

static bool
write_start(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(
	    sample, (uint64_t)sample->daemon->started_wall);
}

static bool
by_verdict(const struct sw_metric_sample *sample, uint64_t pass, uint64_t drop)
{
	if (sample->i > 1)
		return false;
	return sw_metric_put_count(sample, "verdict",
	    sample->i == 0 ? "pass" : "drop", sample->i == 0 ? pass : drop);
}

static bool
write_packets(const struct sw_metric_sample *sample)
{
	const struct sw_counts *counts = &sample->numbers->counts;

	return by_verdict(sample, counts->passed, counts->dropped);
}

static bool
write_bytes(const struct sw_metric_sample *sample)
{
	const struct sw_counts *counts = &sample->numbers->counts;

	return by_verdict(sample, counts->bytes_passed, counts->bytes_dropped);
}

static bool
write_drops(const struct sw_metric_sample *sample)
{
	if (sample->i >= SW_CAUSE_COUNT)
		return false;
	return sw_metric_put_count(sample, "cause",
	    sw_cause_text(sample->i)->name,
	    sample->numbers->reporter.judged.drops[sample->i]);
}

static bool
write_refused(const struct sw_metric_sample *sample)
{
	if (sample->i >= SW_MESSAGE_COUNT)
		return false;
	return sw_metric_put_count(sample, "message",
	    sw_cause_message_text(sample->i),
	    sample->numbers->counts.refused[sample->i]);
}

static bool
write_flows(const struct sw_metric_sample *sample)
{
	if (sample->i >= SW_STATE_COUNT)
		return false;
	return sw_metric_put_count(sample, "state",
	    sw_event_state_text(sample->i),
	    sample->numbers->counts.by_state[sample->i]);
}

static bool
write_embryonic_limit(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(
	    sample, sw_conf_embryonic_limit(&sample->daemon->conf->table,
			sample->numbers->counts.flow_limit));
}

static bool
write_ended(const struct sw_metric_sample *sample)
{
	uint64_t how = sample->i + 1; /* 0 is "open" */

	if (how >= SW_END_COUNT)
		return false;
	return sw_metric_put_count(sample, "how", sw_event_end_text(how),
	    sample->numbers->counts.ended[how]);
}

static const struct sw_queue_stats *
queue_of(const struct sw_metric_sample *sample, unsigned each, char number[8])
{
	const struct sw_queue_stats *queue;

	if (sample->i / each >= sample->daemon->n_queues)
		return NULL;
	queue = &sample->daemon->queues[sample->i / each];
	snprintf(number, 8, "%u", queue->number);
	return queue;
}

/* This is the only family with two labels. */
static bool
write_queue_dropped(const struct sw_metric_sample *sample)
{
	char number[8], value[SW_METRIC_VALUE];
	const struct sw_queue_stats *queue = queue_of(sample, 2, number);
	bool socket = sample->i % 2 == 1;

	if (queue == NULL)
		return false;
	snprintf(value, sizeof value, "%llu",
	    (unsigned long long)sw_counter_get(
		socket ? &queue->user_dropped : &queue->queue_dropped));
	sw_json_begin(sample->json, "sample");
	sw_json_put_text(sample->json, "name", sample->name);
	sw_json_open(sample->json, "labels", '{');
	sw_json_put_text(sample->json, "queue", number);
	sw_json_put_text(sample->json, "where", socket ? "socket" : "queue");
	sw_json_close(sample->json, '}');
	sw_json_put_text(sample->json, "value", value);
	sw_json_end(sample->json);
	return true;
}

static bool
write_queue_waiting(const struct sw_metric_sample *sample)
{
	char number[8];
	const struct sw_queue_stats *queue = queue_of(sample, 1, number);

	return queue != NULL && sw_metric_put_count(sample, "queue", number,
				    sw_counter_get(&queue->waiting));
}

static bool
write_queue_bound(const struct sw_metric_sample *sample)
{
	char number[8];
	const struct sw_queue_stats *queue = queue_of(sample, 1, number);

	return queue != NULL && sw_metric_put_count(sample, "queue", number,
				    atomic_load(&queue->bound));
}

/* Verdicts of all queues that took less than 2^bucket µs. */
static uint64_t
verdicts_below(const struct sw_daemon *daemon, unsigned bucket)
{
	uint64_t sum = 0;

	for (size_t q = 0; q < daemon->n_queues; q++)
		for (unsigned b = 0; b <= bucket; b++)
			sum += sw_counter_get(&daemon->queues[q].delay[b]);
	return sum;
}

static uint64_t
delay_ns(const struct sw_daemon *daemon)
{
	uint64_t sum = 0;

	for (size_t q = 0; q < daemon->n_queues; q++)
		sum += sw_counter_get(&daemon->queues[q].delay_ns);
	return sum;
}

static bool
write_verdicts(const struct sw_metric_sample *sample)
{
	const unsigned last = SW_STATS_BUCKETS - 1;
	char value[SW_METRIC_VALUE], bound[SW_METRIC_VALUE];

	snprintf(value, sizeof value, "%llu",
	    (unsigned long long)verdicts_below(
		sample->daemon, sample->i < last ? (unsigned)sample->i : last));
	if (sample->i < last) {
		snprintf(bound, sizeof bound, "%g",
		    (double)(UINT64_C(1) << sample->i) / 1e6);
		sw_metric_put(sample, "_bucket", "le", bound, value);
	} else if (sample->i == last) {
		sw_metric_put(sample, "_bucket", "le", "+Inf", value);
	} else if (sample->i == last + 1) {
		sw_metric_put(sample, "_count", NULL, NULL, value);
	} else if (sample->i == last + 2) {
		snprintf(value, sizeof value, "%.9f",
		    (double)delay_ns(sample->daemon) / 1e9);
		sw_metric_put(sample, "_sum", NULL, NULL, value);
	} else {
		return false;
	}
	return true;
}

static bool
write_log_lost(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(sample, sample->numbers->log.lost_all);
}

#define WRITE_COUNT(name, member)                                       \
	static bool write_##name(const struct sw_metric_sample *sample) \
	{                                                               \
		return sw_metric_put_only(                              \
		    sample, sample->numbers->counts.member);            \
	}
WRITE_COUNT(offload_lanes, offload.lanes)
WRITE_COUNT(offload_opened, offload.opened)
WRITE_COUNT(offload_taken, offload.taken)
WRITE_COUNT(offload_full, offload.full)
WRITE_COUNT(offload_packets, offload.packets)
WRITE_COUNT(offload_bytes, offload.bytes)
WRITE_COUNT(would_drop, would_drop)
WRITE_COUNT(untracked, untracked)
WRITE_COUNT(flow_limit, flow_limit)
WRITE_COUNT(opened, opened)
WRITE_COUNT(related, related)
WRITE_COUNT(events_lost, events_lost)
WRITE_COUNT(embryonic, embryonic)

static bool
write_incidents(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(sample, sample->numbers->reporter.incidents);
}

static bool
write_resets(const struct sw_metric_sample *sample)
{
	const struct sw_raw_socket_counts *raw = &sample->numbers->raw;
	const uint64_t values[] = { raw->sent, raw->limited, raw->failed };
	static const char *const results[] = { "sent", "limited", "failed" };

	if (sample->i > 2)
		return false;
	return sw_metric_put_count(
	    sample, "result", results[sample->i], values[sample->i]);
}

static bool
write_reload_good(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(sample, sample->daemon->reload.successful);
}

static bool
write_generation(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(sample, sample->daemon->reload.generation);
}

static bool
write_hook(const struct sw_metric_sample *sample)
{
	return sw_metric_put_only(
	    sample, sample->daemon->plug.why == SW_PLUG_IN);
}

static bool
write_degraded(const struct sw_metric_sample *sample)
{
	const char *name;
	bool on;

	if (sample->i >= sw_signs_number())
		return false;
	if (sw_signs_peek(sample->daemon->signs, sample->i, &name, &on) !=
	    SW_SIGN_BAD)
		return true;
	return sw_metric_put_count(sample, "reason", name, on);
}

static const struct family families[] = {
	{ "synward_build_info", "gauge", "The version that runs.",
	    write_build },
	{ "synward_start_time_seconds", "gauge",
	    "When the daemon started, seconds since 1970.", write_start },
	{ "synward_packets_total", "counter", "Packets by verdict.",
	    write_packets },
	{ "synward_bytes_total", "counter", "IP bytes by verdict.",
	    write_bytes },
	{ "synward_drops_total", "counter",
	    "Refused packets by cause, those only observed included.",
	    write_drops },
	{ "synward_refused_total", "counter",
	    "Refused packets by message, those only observed included.",
	    write_refused },
	{ "synward_would_drop_total", "counter",
	    "Packets passed in observe mode that would have been dropped.",
	    write_would_drop },
	{ "synward_untracked_total", "counter",
	    "Packets passed by a rule with tracking off.", write_untracked },
	{ "synward_flows", "gauge", "Flows in the table by state.",
	    write_flows },
	{ "synward_flow_limit", "gauge", "Flows the table holds at most.",
	    write_flow_limit },
	{ "synward_embryonic_flows", "gauge",
	    "Flows not established in both directions.", write_embryonic },
	{ "synward_embryonic_limit", "gauge",
	    "Flows not established in both directions, at most.",
	    write_embryonic_limit },
	{ "synward_flows_opened_total", "counter", "Flows that were opened.",
	    write_opened },
	{ "synward_flows_related_total", "counter",
	    "Of these, flows that were related to another, by which they were "
	    "allowed.",
	    write_related },
	{ "synward_flows_ended_total", "counter",
	    "Flows that ended, by how they did.", write_ended },
	{ "synward_offload_lanes", "gauge",
	    "Flows whose packets the kernel carries.", write_offload_lanes },
	{ "synward_offload_opened_total", "counter", "Lanes that were opened.",
	    write_offload_opened },
	{ "synward_offload_taken_total", "counter",
	    "Lanes that were taken back.", write_offload_taken },
	{ "synward_offload_full_total", "counter",
	    "How often a flow found no free lane.", write_offload_full },
	{ "synward_offload_packets_total", "counter",
	    "Packets that the kernel carried.", write_offload_packets },
	{ "synward_offload_bytes_total", "counter",
	    "IP bytes of these packets.", write_offload_bytes },
	{ "synward_queue_dropped_total", "counter",
	    "Packets the kernel dropped before they reached the daemon.",
	    write_queue_dropped },
	{ "synward_queue_waiting", "gauge",
	    "Packets that wait in the kernel for a verdict.",
	    write_queue_waiting },
	{ "synward_queue_bound", "gauge",
	    "Whether the kernel lists the queue as ours.", write_queue_bound },
	{ "synward_tap_packets_total", "counter",
	    "Packets that passed the tapped interfaces.",
	    sw_metric_beside_packets },
	{ "synward_kernel_drops_total", "counter",
	    "Packets that the kernel's firewall logged as dropped, by cause.",
	    sw_metric_beside_drops },
	{ "synward_kernel_compared_total", "counter",
	    "Packets dropped by the kernel's firewall or here, compared.",
	    sw_metric_beside_compared },
	{ "synward_verdict_seconds", "histogram",
	    "Time from the receipt of a packet to its verdict.",
	    write_verdicts },
	{ "synward_log_lost_total", "counter",
	    "Log lines that a sink did not take.", write_log_lost },
	{ "synward_events_lost_total", "counter",
	    "Events that found their ring full.", write_events_lost },
	{ "synward_incidents", "gauge", "Incidents going on.",
	    write_incidents },
	{ "synward_resets_total", "counter",
	    "Resets and probes, by what became of them.", write_resets },
	{ "synward_config_last_reload_successful", "gauge",
	    "Whether the last reload was taken over.", write_reload_good },
	{ "synward_hook_present", "gauge",
	    "Whether packets come to the queue by a rule, as far as is seen.",
	    write_hook },
	{ "synward_degraded", "gauge",
	    "Whether the daemon is degraded, for each reason.",
	    write_degraded },
	{ "synward_config_generation", "gauge",
	    "Configurations taken over since the start.", write_generation },
};

enum { FAMILIES = sizeof families / sizeof families[0] };

static void
begin_metrics(struct sw_client *client)
{
	client->work = calloc(1, sizeof(struct sw_metric_numbers));
	if (client->work == NULL)
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
}

/* Once the lanes are read. */
static void
read_numbers(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_metric_numbers *numbers = client->work;

	sw_health_read_queues(daemon);
	sw_signs_update(daemon, sw_clock_now());
	sw_shards_counts(daemon->shards, &numbers->counts);
	sw_reporter_counts(daemon->reporter, &numbers->reporter);
	sw_log_counts(daemon->log, &numbers->log);
	sw_raw_socket_counts(daemon->raw, &numbers->raw);
}

static void
write_family(struct sw_client *client, const struct family *family)
{
	sw_json_begin(&client->reply.json, "family");
	sw_json_put_text(&client->reply.json, "name", family->name);
	sw_json_put_text(&client->reply.json, "metric", family->metric);
	sw_json_put_text(&client->reply.json, "help", family->help);
	sw_json_end(&client->reply.json);
}

/* The stage counts families after the numbers were read, the cursor the samples
 * of one. */
static bool
more_metrics(struct sw_client *client)
{
	if (client->stage == 0) {
		if (!sw_cmd_offload_is_synced(client))
			return true;
		read_numbers(client);
		client->stage++;
	}
	while (client->stage <= FAMILIES && sw_reply_room(&client->reply)) {
		const struct family *family = &families[client->stage - 1];
		struct sw_metric_sample sample = { .daemon = client->daemon,
			.numbers = client->work,
			.json = &client->reply.json,
			.name = family->name,
			.i = client->at };

		if (client->at == 0)
			write_family(client, family);
		if (family->write(&sample)) {
			client->at++;
		} else {
			client->stage++;
			client->at = 0;
		}
	}
	if (client->stage > FAMILIES)
		sw_client_end(client, SW_EXIT_OK);
	return true;
}

static void
drop_metrics(struct sw_client *client)
{
	free(client->work);
}

const struct sw_answer sw_answer_metrics = { begin_metrics, more_metrics,
	drop_metrics };
