/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal gets the route back and a cause, goes into the history and the
 * statistics of observe mode, and gets a line or is counted in an incident.
 *
 * Beside the kernel's firewall it is judged at once, because the diagnosis reads
 * events in their order, and reported when it is known what the kernel did with
 * its packet.
 */
#include "base/clock.h"
#include "pipeline/reporter_internal.h"
#include "shards/rule_slots.h"

const char *
sw_reporter_interface(
    struct sw_reporter *reporter, uint32_t index, char name[IF_NAMESIZE])
{
	if (reporter->with.ifaces == NULL)
		return NULL;
	return sw_ifaces_name(reporter->with.ifaces, index, name) ? name : NULL;
}

static void
log_refusal(struct sw_reporter *reporter, const struct sw_event *event)
{
	char in[IF_NAMESIZE], out[IF_NAMESIZE], route[IF_NAMESIZE];
	char phys_in[IF_NAMESIZE], phys_out[IF_NAMESIZE];
	struct sw_names names = {
		.rule = sw_rule_slots_name(reporter->with.slots, event->rule),
		.in = sw_reporter_interface(reporter, event->in, in),
		.out = sw_reporter_interface(reporter, event->out, out),
		.phys_in =
		    sw_reporter_interface(reporter, event->phys_in, phys_in),
		.phys_out =
		    sw_reporter_interface(reporter, event->phys_out, phys_out),
		.zone = sw_policy_zone_name(
		    reporter->policy, event->refused.ends.zone),
		.route = sw_reporter_interface(reporter, event->route, route),
		.hint = sw_hints_for(reporter->hints, event,
		    sw_rule_slots_name(
			reporter->with.slots, sw_hint_rule(event))),
		.ecn = reporter->ecn,
		.prefix = reporter->with.kernel_log == NULL
			      ? NULL
			      : sw_kernel_log_prefix(reporter->with.kernel_log,
				    event->refused.prefix),
	};
	struct sw_time wall = { event->time.ns +
				(uint64_t)reporter->wall_offset };

	sw_log_event(reporter->with.log, event, &names, wall);
}

static bool
has_passed(const struct sw_event *event)
{
	uint8_t action = event->refused.action;

	return action == SW_ACTION_WOULD_DROP || action == SW_ACTION_ACCEPT ||
	       action == SW_ACTION_NOTED;
}

static void
judge(struct sw_reporter *reporter, struct sw_event *event)
{
	if (reporter->with.route != NULL)
		event->route = reporter->with.route(
		    event, &event->route_doubted, reporter->with.route_context);
	sw_diagnose_judge(reporter->diagnose, event);
	sw_hints_note(reporter->hints, event, has_passed(event));
}

static void
report(struct sw_reporter *reporter, struct sw_event *event)
{
	sw_event_history_add(
	    reporter->recollection.rings[SW_SAVED_DROPS], event);
	sw_observe_stats_note(reporter->with.observe_stats, event);
	if (!sw_policy_flow_policy(reporter->policy, event->rule)->log) {
		reporter->counts.silent++;
		return;
	}
	if (sw_incidents_add(reporter->incidents, event) == SW_INCIDENT_LOG) {
		log_refusal(reporter, event);
		reporter->counts.logged++;
	} else {
		reporter->counts.folded++;
	}
}

void
sw_reporter_refusal(struct sw_reporter *reporter, struct sw_event *event)
{
	struct sw_kernel_log *log = reporter->with.kernel_log;
	bool noted = event->refused.action == SW_ACTION_NOTED;

	if (!noted)
		judge(reporter, event);
	if (log == NULL) {
		if (!noted)
			report(reporter, event);
		return;
	}
	if (!sw_kernel_log_hold(log, event))
		return;
	if (noted)
		judge(reporter, event);
	sw_kernel_log_count(log, event);
	report(reporter, event);
}

void
sw_reporter_drain(struct sw_reporter *reporter)
{
	struct sw_kernel_log *log = reporter->with.kernel_log;
	struct sw_time now = sw_clock_now();
	enum sw_kernel_log_outcome outcome;
	struct sw_event event;

	while ((outcome = sw_kernel_log_next(log, reporter->policy,
		    reporter->seen, now, &event)) != SW_KERNEL_LOG_EMPTY) {
		if (outcome == SW_KERNEL_LOG_TO_JUDGE)
			judge(reporter, &event);
		sw_kernel_log_count(log, &event);
		report(reporter, &event);
	}
}
