/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a filter sees.  Of a flow, src is the side that opened it, and so the
 * client.  Of a refused packet, src is where the packet came from, as its log
 * line shows it; client is the side that opened the connection, or would have.
 * An incident has the ends of its first drop, its server as dst.
 */
#include "protocol/filter.h"

struct sw_filter_view
sw_filter_view_flow(const struct sw_flow_info *info, struct sw_time now,
    const struct sw_filter_names *names)
{
	return (struct sw_filter_view){
		.subject = SW_FILTER_FLOWS,
		.info = info,
		.ends = info->opener,
		.opener = info->opener,
		.rule = info->rule,
		.in = info->in,
		.out = info->out,
		.now = now,
		.names = *names,
	};
}

struct sw_filter_view
sw_filter_view_event(
    const struct sw_event *event, const struct sw_filter_names *names)
{
	struct sw_filter_view view =
	    sw_filter_view_flow(&event->info, event->time, names);

	view.event = event;
	view.subject = SW_FILTER_EVENTS;
	if (event->kind != SW_EVENT_REFUSED)
		return view;
	view.subject = SW_FILTER_DROPS;
	if (!event->refused.has_flow)
		view.info = NULL;
	view.ends = event->refused.ends;
	view.opener = sw_incident_ends(event);
	view.rule = event->rule;
	view.in = event->in;
	view.out = event->out;
	return view;
}

struct sw_filter_view
sw_filter_view_incident(
    const struct sw_incident *incident, const struct sw_filter_names *names)
{
	return (struct sw_filter_view){
		.subject = SW_FILTER_INCIDENTS,
		.incident = incident,
		.ends = incident->example,
		.opener = incident->example,
		.rule = incident->rule,
		.in = incident->in,
		.out = incident->out,
		.now = incident->last,
		.names = *names,
	};
}
