/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: entries on their way to the log's thread.
 *
 * A ring of fixed size.  Any thread adds entries, one thread takes them.  The
 * lock is held only while an entry is copied in or out.
 */
#ifndef SYNWARD_LOG_QUEUE_H
#define SYNWARD_LOG_QUEUE_H

#include <net/if.h>
#include <pthread.h>

#include "report/incident.h"
#include "report/line.h"
#include "synward/policy.h"

#define SW_LOG_HINT_MAX 256
#define SW_LOG_PREFIX_MAX 64

/* A refusal with copies of its names; an unknown name is empty. */
struct sw_log_refusal {
	struct sw_event event;
	char rule[SW_RULE_NAME_MAX];
	char in[IF_NAMESIZE], out[IF_NAMESIZE], route[IF_NAMESIZE];
	char phys_in[IF_NAMESIZE], phys_out[IF_NAMESIZE];
	char zone[SW_RULE_NAME_MAX];
	char hint[SW_LOG_HINT_MAX];
	char prefix[SW_LOG_PREFIX_MAX]; /* "" for none */
	bool ecn;
};

/* A report of an incident, with copies of its names. */
struct sw_log_incident {
	struct sw_incident_report report;
	int64_t wall_offset;
	char rule[SW_RULE_NAME_MAX];
	char in[IF_NAMESIZE], out[IF_NAMESIZE];
};

enum sw_log_kind {
	SW_LOG_TEXT,
	SW_LOG_REFUSAL,
	SW_LOG_INCIDENT,
};

struct sw_log_entry {
	enum sw_log_kind kind;
	int priority;
	struct sw_time wall;
	union {
		struct sw_log_refusal refusal;
		struct sw_log_incident incident;
		char text[SW_LINE_MAX];
	};
};

struct sw_log_queue {
	struct sw_log_entry *ring;
	size_t size;
	size_t taken, put; /* since the start; put - taken are waiting */
};

/* => false when memory is short */
bool sw_log_queue_init(struct sw_log_queue *queue, size_t size);
void sw_log_queue_free(struct sw_log_queue *queue);

/* The caller holds the lock.
 * => false when the queue is full (put) or empty (take) */
bool
sw_log_queue_put(struct sw_log_queue *queue, const struct sw_log_entry *entry);
bool sw_log_queue_take(struct sw_log_queue *queue, struct sw_log_entry *entry);

static inline bool
sw_log_queue_empty(const struct sw_log_queue *queue)
{
	return queue->put == queue->taken;
}

/* Copies a refusal with its names. */
void
sw_log_queue_refusal(struct sw_log_entry *entry, const struct sw_event *event,
    const struct sw_names *names, struct sw_time wall);
/* Copies an incident with its names. */
void sw_log_queue_incident(struct sw_log_entry *entry,
    const struct sw_incident_report *report, const struct sw_names *names,
    int64_t wall_offset);
/* The names of an entry.
 * => they point into the entry */
struct sw_names sw_log_queue_names(const struct sw_log_refusal *refusal);

#endif
