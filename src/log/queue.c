/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries contain copies and no pointers, because the event's slot in the ring,
 * the names of interfaces and the configuration may all change before the log's
 * thread writes the line.  A name that is too long is cut.
 */
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/clock.h"
#include "log/queue.h"

bool
sw_log_queue_init(struct sw_log_queue *queue, size_t size)
{
	*queue = (struct sw_log_queue){
		.ring = calloc(size, sizeof *queue->ring),
		.size = size,
	};
	return queue->ring != NULL;
}

void
sw_log_queue_free(struct sw_log_queue *queue)
{
	free(queue->ring);
	queue->ring = NULL;
}

bool
sw_log_queue_put(struct sw_log_queue *queue, const struct sw_log_entry *entry)
{
	if (queue->put - queue->taken == queue->size)
		return false;
	queue->ring[queue->put++ % queue->size] = *entry;
	return true;
}

bool
sw_log_queue_take(struct sw_log_queue *queue, struct sw_log_entry *entry)
{
	if (sw_log_queue_empty(queue))
		return false;
	*entry = queue->ring[queue->taken++ % queue->size];
	return true;
}

static void
copy_name(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from != NULL ? from : "");
}

void
sw_log_queue_refusal(struct sw_log_entry *entry, const struct sw_event *event,
    const struct sw_names *names, struct sw_time wall)
{
	struct sw_log_refusal *refusal = &entry->refusal;

	entry->kind = SW_LOG_REFUSAL;
	entry->priority = LOG_NOTICE;
	entry->wall = wall;
	refusal->event = *event;
	refusal->ecn = names->ecn;
	copy_name(refusal->rule, sizeof refusal->rule, names->rule);
	copy_name(refusal->in, sizeof refusal->in, names->in);
	copy_name(refusal->out, sizeof refusal->out, names->out);
	copy_name(refusal->phys_in, sizeof refusal->phys_in, names->phys_in);
	copy_name(refusal->phys_out, sizeof refusal->phys_out, names->phys_out);
	copy_name(refusal->zone, sizeof refusal->zone, names->zone);
	copy_name(refusal->route, sizeof refusal->route, names->route);
	copy_name(refusal->hint, sizeof refusal->hint, names->hint);
	copy_name(refusal->prefix, sizeof refusal->prefix, names->prefix);
}

void
sw_log_queue_incident(struct sw_log_entry *entry,
    const struct sw_incident_report *report, const struct sw_names *names,
    int64_t wall_offset)
{
	struct sw_log_incident *incident = &entry->incident;

	entry->kind = SW_LOG_INCIDENT;
	entry->priority = LOG_WARNING;
	entry->wall.ns = sw_clock_read(CLOCK_REALTIME);
	incident->report = *report;
	incident->wall_offset = wall_offset;
	copy_name(incident->rule, sizeof incident->rule, names->rule);
	copy_name(incident->in, sizeof incident->in, names->in);
	copy_name(incident->out, sizeof incident->out, names->out);
}

struct sw_names
sw_log_queue_names(const struct sw_log_refusal *refusal)
{
	return (struct sw_names){
		.rule = refusal->rule,
		.in = refusal->in,
		.out = refusal->out,
		.phys_in = refusal->phys_in,
		.phys_out = refusal->phys_out,
		.zone = refusal->zone,
		.route = refusal->route,
		.hint = refusal->hint,
		.prefix = refusal->prefix,
		.ecn = refusal->ecn,
	};
}
