/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reporter_internal: the inside of the reporter, shared by its files.
 *
 * pipeline/reporter.c is the thread that takes events and reports them,
 * pipeline/reporter_refusal.c reports refusals, pipeline/reporter_read.c is
 * what others ask it for.
 */
#ifndef SYNWARD_PIPELINE_REPORTER_INTERNAL_H
#define SYNWARD_PIPELINE_REPORTER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "pipeline/lost_reports.h"
#include "pipeline/recollection.h"
#include "pipeline/reporter.h"
#include "report/hint.h"

struct head {
	struct sw_event event;
	bool full;
};

struct sw_reporter {
	struct sw_reporter_config with;
	pthread_mutex_t lock;
	pthread_t thread;
	int wakeup;	   /* rung by workers */
	int follow_wakeup; /* rung for followers */
	_Atomic bool asleep, stop, followed;
	const struct sw_policy *policy;
	struct sw_diagnose *diagnose;
	struct sw_incidents *incidents;
	struct sw_hints *hints;
	struct sw_recollection recollection;
	struct head *heads; /* one a shard */
	struct sw_reporter_counts counts;
	uint64_t losses; /* counted at the last look */
	struct sw_lost_reports lost_reports;
	struct sw_kernel_settings kernel; /* of a tap */
	/* All events about packets of before are taken from the rings. */
	struct sw_time seen;
	int64_t wall_offset;
	bool ecn;
};

/* --- reporter_refusal.c --- */

/* => name, or NULL for none */
const char *sw_reporter_interface(
    struct sw_reporter *reporter, uint32_t index, char name[IF_NAMESIZE]);

/* Judges a refusal, and reports it unless it is to wait. */
void sw_reporter_refusal(struct sw_reporter *reporter, struct sw_event *event);

/* Reports what need not wait any longer for the kernel's word. */
void sw_reporter_drain(struct sw_reporter *reporter);

#endif
