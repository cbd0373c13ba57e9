/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_log: compares what the kernel's firewall drops with what would be
 * dropped here.
 *
 * The kernel logs to a group what it drops, and the tap has seen the same
 * packets.  So a refusal waits for what the kernel says about its packet, and
 * what the kernel says waits for the refusal; the reporter passes in the one and
 * takes out the events to report.  One thread uses it, under the reporter's
 * lock.
 */
#ifndef SYNWARD_PIPELINE_KERNEL_LOG_H
#define SYNWARD_PIPELINE_KERNEL_LOG_H

#include "net/kernel_tracker.h"
#include "net/nflog.h"
#include "pipeline/pairing.h"
#include "shards/shard.h"

enum { SW_KERNEL_LOG_LINKS = 64 };

struct sw_kernel_log;

/* Of packets that the kernel's firewall logged, by what came of it here, and of
 * those that only we would have dropped. */
struct sw_kernel_counts {
	uint64_t by_word[SW_KERNEL_WORDS];
	uint64_t drops[SW_CAUSE_COUNT]; /* by the kernel, with this cause */
	uint64_t unreadable;		/* logged, and no IP packet */
	uint64_t lost;			/* logged, and never came */
};

/* => takes ownership of nflog
 * => NULL when memory is short, and the caller still owns it */
struct sw_kernel_log *
sw_kernel_log_create(struct sw_nflog *nflog, struct sw_shards *shards);
void sw_kernel_log_destroy(struct sw_kernel_log *log);

/* Readable when the kernel has logged something. */
int sw_kernel_log_fd(const struct sw_kernel_log *log);

/* The interfaces that the tap listens on. */
void sw_kernel_log_set_links(
    struct sw_kernel_log *log, const uint32_t links[], size_t n);

/* The settings of the kernel's tracker, read once a second. */
void sw_kernel_log_set_kernel(struct sw_kernel_log *log,
    const struct sw_kernel_settings *kernel, struct sw_time now);

/* A packet would be dropped here (and is judged), or was noted.
 * => true when it can be reported, with what the kernel says added; false: it
 *    waits, and comes out of sw_kernel_log_next() */
bool sw_kernel_log_hold(struct sw_kernel_log *log, struct sw_event *event);

enum sw_kernel_log_outcome {
	SW_KERNEL_LOG_EMPTY,
	SW_KERNEL_LOG_JUDGED,  /* to be reported */
	SW_KERNEL_LOG_TO_JUDGE /* and its cause is to be found before */
};

/*
 * Reads what the kernel has logged, and takes out the next event that need not
 * wait.  seen: all events about packets of before are passed in already.
 * Call it until it is empty.
 */
enum sw_kernel_log_outcome
sw_kernel_log_next(struct sw_kernel_log *log, const struct sw_policy *policy,
    struct sw_time seen, struct sw_time now, struct sw_event *event);

/* Nothing is to wait any longer: what does comes out of sw_kernel_log_next(). */
void sw_kernel_log_close(struct sw_kernel_log *log);

/* After the event was judged and reported: counts it. */
void
sw_kernel_log_count(struct sw_kernel_log *log, const struct sw_event *event);

/* Does anything wait that comes out after some time? */
bool sw_kernel_log_waits(const struct sw_kernel_log *log);

void sw_kernel_log_counts(
    const struct sw_kernel_log *log, struct sw_kernel_counts *counts);

/* What the kernel's rule says of the packet.
 * => valid as long as the log is; NULL: nothing */
const char *
sw_kernel_log_prefix(const struct sw_kernel_log *log, uint16_t number);

/* --- kernel_fact.c ---------------------------------------------------------- */

/* What is known here of the flow of a packet that the kernel alone has
 * dropped. */
struct sw_kernel_fact {
	const struct sw_kernel_drop *drop;
	struct sw_shards *shards;
	const struct sw_policy *policy;
	const struct sw_kernel_settings *kernel;
	bool seen;    /* the tap listens where the packet came */
	bool certain; /* the refusal would be here by now */
	/* The last packet of its flow that was outside the windows, and how far;
	 * when ns 0: there was none. */
	struct sw_time outside;
	int32_t beyond;
	uint32_t unseen;
	struct sw_time evicted; /* when the kernel last made room */
};

/* => is the cause still to be found by the diagnosis? */
bool
sw_kernel_fact_event(const struct sw_kernel_fact *fact, struct sw_event *event);

#endif
