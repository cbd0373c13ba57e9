/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows, events and incidents as JSON members.  Keys are stable; new ones are
 * only added.  Counts are from the opener's view: packets and bytes are what it
 * sent, reply_packets and reply_bytes what it received.
 */
#include <string.h>

#include "control/internal.h"
#include "shards/rule_slots.h"

static void
tell_interface(struct sw_client *client, const char *key, uint32_t index)
{
	char name[IF_NAMESIZE];

	if (sw_ifaces_name(client->daemon->ifaces, index, name))
		sw_json_put_text(&client->reply.json, key, name);
}

static uint64_t
ns_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? now.ns - then.ns : 0;
}

/* A tombstone does not keep them: then they are not known. */
static void
tell_sides(struct sw_json *json, const struct sw_flow_info *info)
{
	if (info->how != SW_END_NOT && info->side[0].packets == 0 &&
	    info->side[1].packets == 0)
		return;
	sw_json_put_count(json, "packets", info->side[0].packets);
	sw_json_put_count(json, "bytes", info->side[0].bytes);
	sw_json_put_count(json, "reply_packets", info->side[1].packets);
	sw_json_put_count(json, "reply_bytes", info->side[1].bytes);
}

static void
tell_end(
    struct sw_json *json, const struct sw_flow_info *info, struct sw_time now)
{
	sw_json_put_text(json, "how", sw_event_end_text(info->how));
	sw_json_put_text(json, "ender", info->ender == 0 ? "opener" : "other");
	sw_json_put_seconds(json, "ended_ago", ns_since(info->ended, now));
	sw_json_put_seconds(json, "lived", ns_since(info->opened, info->ended));
	sw_json_put_seconds(json, "silent", ns_since(info->seen, info->ended));
}

static void
tell_clock(
    struct sw_json *json, const struct sw_flow_info *info, struct sw_time now)
{
	uint64_t idle = ns_since(info->seen, now);
	uint64_t timeout = info->timeout * SW_NS_PER_SECOND;

	sw_json_put_seconds(json, "idle", idle);
	sw_json_put_seconds(json, "left", timeout > idle ? timeout - idle : 0);
}

/* Of a related connection: "tcp 10.1.0.2:40000 > 10.2.0.2:21" */
static void
tell_parent(struct sw_json *json, const struct sw_flow_info *info)
{
	struct sw_endpoints parent;
	char proto[16], src[64], dst[64], text[160];

	if (!sw_event_parent(info, &parent))
		return;
	sw_field_protocol(parent.proto, proto);
	sw_line_endpoint(
	    &parent.src, parent.sport, parent.family, parent.proto, src);
	sw_line_endpoint(
	    &parent.dst, parent.dport, parent.family, parent.proto, dst);
	snprintf(text, sizeof text, "%s %s > %s", proto, src, dst);
	sw_json_put_text(json, "parent", text);
}

static void
tell_zone(struct sw_client *client, const struct sw_endpoints *ends)
{
	const char *name =
	    sw_policy_zone_name(client->daemon->policy, ends->zone);

	if (name != NULL)
		sw_json_put_text(&client->reply.json, "zone", name);
}

void
sw_flow_json_info(struct sw_client *client, const struct sw_flow_info *info,
    struct sw_time now)
{
	struct sw_json *json = &client->reply.json;

	sw_reply_ends(json, &info->opener);
	sw_json_put_text(json, "state", sw_event_state_text(info->state));
	sw_json_put_seconds(json, "age", ns_since(info->opened, now));
	if (info->how == SW_END_NOT)
		tell_clock(json, info, now);
	else
		tell_end(json, info, now);
	sw_json_put_count(json, "timeout", info->timeout);
	tell_sides(json, info);
	tell_interface(client, "in", info->in);
	tell_interface(client, "out", info->out);
	tell_interface(client, "back_in", info->back_in);
	tell_interface(client, "phys_in", info->phys_in);
	tell_interface(client, "phys_out", info->phys_out);
	tell_zone(client, &info->opener);
	if (info->mark != 0)
		sw_json_put_count(json, "mark", info->mark);
	sw_json_put_text(json, "rule",
	    sw_rule_slots_name(client->daemon->slots, info->rule));
	tell_parent(json, info);
	sw_json_put_text(json, "history", info->history);
	sw_json_put_bool(json, "assured", info->assured);
	if (info->probing)
		sw_json_put_bool(json, "probing", true);
	sw_json_put_text(json, "step", info->lost ? "lost" : "in");
	if (info->lost && info->lost_since.ns != 0)
		sw_json_put_seconds(
		    json, "since", ns_since(info->lost_since, now));
}

void
sw_flow_json_flow(struct sw_client *client, const char *kind,
    const struct sw_flow_info *info, struct sw_time now)
{
	sw_json_begin(&client->reply.json, kind);
	sw_json_put_moment(&client->reply.json, "opened",
	    (int64_t)info->opened.ns + sw_clock_wall_offset());
	sw_flow_json_info(client, info, now);
	sw_json_put_bool(
	    &client->reply.json, "offload", info->lane == SW_LANE_FAST);
	sw_json_end(&client->reply.json);
}

static const char *
name_or_null(struct sw_daemon *daemon, uint32_t index, char name[IF_NAMESIZE])
{
	return sw_ifaces_name(daemon->ifaces, index, name) ? name : NULL;
}

/* Who opened the connection, or would have; and the rule that decided how long
 * its flow was kept, where another one judged the packet. */
static void
tell_parties(struct sw_client *client, const struct sw_event *event)
{
	struct sw_json *json = &client->reply.json;
	struct sw_endpoints ends = sw_incident_ends(event);
	uint16_t own = sw_event_own_rule(event);
	char client_address[46], server[64];

	sw_line_address(&ends.src, ends.family, client_address);
	sw_line_endpoint(
	    &ends.dst, ends.dport, ends.family, ends.proto, server);
	sw_json_put_text(json, "client", client_address);
	sw_json_put_text(json, "server", server);
	if (own != event->rule)
		sw_json_put_text(json, "flow_rule",
		    sw_rule_slots_name(client->daemon->slots, own));
	if (event->refused.kin > SW_KIN_THIRD)
		sw_json_put_text(json, "parent_rule",
		    sw_rule_slots_name(
			client->daemon->slots, event->refused.kin_rule));
	if (event->refused.has_flow)
		sw_json_put_text(json, "state",
		    sw_event_state_text((enum sw_state)event->info.state));
}

static void
tell_refusal(struct sw_client *client, const struct sw_event *event)
{
	struct sw_daemon *daemon = client->daemon;
	char in[IF_NAMESIZE], out[IF_NAMESIZE], route[IF_NAMESIZE];
	char phys_in[IF_NAMESIZE], phys_out[IF_NAMESIZE];
	struct sw_names names = {
		.rule = sw_rule_slots_name(daemon->slots, event->rule),
		.in = name_or_null(daemon, event->in, in),
		.out = name_or_null(daemon, event->out, out),
		.phys_in = name_or_null(daemon, event->phys_in, phys_in),
		.phys_out = name_or_null(daemon, event->phys_out, phys_out),
		.zone = sw_policy_zone_name(
		    daemon->policy, event->refused.ends.zone),
		.route = name_or_null(daemon, event->route, route),
		.ecn = daemon->conf->log.ecn,
	};
	struct sw_json *json = &client->reply.json;
	char line[SW_LINE_MAX], prefix[SW_NFLOG_PREFIX];

	names.prefix = sw_reporter_prefix(daemon->reporter, event, prefix);
	names.hint = sw_hints_for(client->control->hints, event,
	    sw_rule_slots_name(daemon->slots, sw_hint_rule(event)));
	sw_line_json(event, &names, json);
	sw_line_refusal(event, &names, line, sizeof line);
	sw_json_put_text(json, "line", line);
	tell_parties(client, event);
}

static const char *const event_kinds[] = {
	[SW_EVENT_OPENED] = "opened",
	[SW_EVENT_ESTABLISHED] = "established",
	[SW_EVENT_ENDED] = "ended",
	[SW_EVENT_REFUSED] = "drop",
	[SW_EVENT_SEND] = "sent",
	[SW_EVENT_UNREACHABLE] = "sent",
};

void
sw_flow_json_event(
    struct sw_client *client, const struct sw_event *event, int64_t wall_offset)
{
	struct sw_json *json = &client->reply.json;

	sw_json_begin(json, event_kinds[event->kind]);
	sw_json_put_moment(json, "time", (int64_t)event->time.ns + wall_offset);
	if (event->kind == SW_EVENT_REFUSED)
		tell_refusal(client, event);
	else
		sw_flow_json_info(client, &event->info, event->time);
	sw_json_end(json);
}

/* Its clients are of one network. */
static void
tell_network(struct sw_json *json, const struct sw_endpoints *example)
{
	unsigned bits = example->family == SW_IPV6 ? 64 : 24;
	struct sw_addr network = { { 0 } };
	char address[46], text[64];

	memcpy(network.b, example->src.b, bits / 8);
	sw_line_address(&network, example->family, address);
	snprintf(text, sizeof text, "%s/%u", address, bits);
	sw_json_put_text(json, "network", text);
}

void
sw_flow_json_incident(struct sw_client *client,
    const struct sw_incident *incident, int64_t wall_offset)
{
	struct sw_json *json = &client->reply.json;
	const struct sw_endpoints *example = &incident->example;
	char id[8], server[80], one[46];

	snprintf(id, sizeof id, "%04x", incident->id);
	sw_incident_line_server(incident, server);
	sw_json_begin(json, "incident");
	sw_json_put_text(json, "id", id);
	sw_json_put_text(json, "cause", sw_incident_line_title(incident));
	sw_json_put_text(json, "rule",
	    sw_rule_slots_name(client->daemon->slots, incident->rule));
	sw_json_put_text(json, "server", server);
	if (incident->clients == 1) {
		sw_line_address(&example->src, example->family, one);
		sw_json_put_text(json, "client", one);
	} else if (!incident->any_client) {
		tell_network(json, example);
	}
	tell_zone(client, example);
	sw_json_put_bool(json, "open", incident->open);
	sw_json_put_count(json, "drops", incident->drops);
	sw_json_put_count(json, "clients", incident->clients);
	sw_json_put_moment(
	    json, "first", (int64_t)incident->first.ns + wall_offset);
	sw_json_put_moment(
	    json, "last", (int64_t)incident->last.ns + wall_offset);
	tell_interface(client, "in", incident->in);
	tell_interface(client, "out", incident->out);
	sw_reply_ends(json, example);
	sw_json_end(json);
}
