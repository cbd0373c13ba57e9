/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: all that is known about one pair of ends: the flow that lives,
 * the one that ended last, and what the reporter remembers of both.  Where only an
 * address, a pair of addresses or the server's port is known, the same of every
 * connection that they fit.
 *
 * explain shows everything known about one pair of endpoints: the live flow,
 * the one that ended last, and the reporter's events of both.  which shows how
 * the policy would treat a connection between them.
 */
#include <string.h>

#include "conf/value.h"
#include "control/internal.h"

enum {
	AT_ONCE = 4,
	A_TURN = 2048,
	FLOWS_MOST = 256, /* shown of an address with many */
	SAME_END_MS = 2000,
};

/* Is this end the one asked for?  Port 0 is any. */
static bool
is_end(const struct sw_addr *addr, uint16_t port, const struct sw_addr *asked,
    uint16_t asked_port)
{
	return memcmp(addr, asked, sizeof *addr) == 0 &&
	       (asked_port == 0 || asked_port == port);
}

static bool
fits(const struct sw_request *request, const struct sw_endpoints *ends)
{
	const struct sw_endpoints *asked = &request->ends;

	return is_end(&ends->src, ends->sport, &asked->src, asked->sport) &&
	       (!request->has_to ||
		   is_end(&ends->dst, ends->dport, &asked->dst, asked->dport));
}

static bool
is_about(const struct sw_endpoints *ends, const struct sw_request *request)
{
	struct sw_endpoints reverse = sw_packet_endpoints_reverse(ends);

	return ends->family == request->ends.family &&
	       (request->ends.proto == 0 ||
		   request->ends.proto == ends->proto) &&
	       (fits(request, ends) || fits(request, &reverse));
}

/* Is it asked about one connection, all of whose ends are known? */
static bool
is_exact(const struct sw_request *request)
{
	const struct sw_endpoints *asked = &request->ends;

	return request->has_to && asked->proto != 0 &&
	       (sw_proto_has_ports(asked->proto)
		       ? asked->sport != 0 && asked->dport != 0
		       : !sw_proto_is_icmp(asked->proto) || asked->sport != 0 ||
			     asked->dport != 0);
}

/* A tombstone has no room for packets and bytes.  The event of the same end
 * has them, while it is remembered. */
static void
add_counts(struct sw_client *client, struct sw_flow_info *gone)
{
	struct sw_event_cursor cursor =
	    sw_reporter_cursor(client->daemon->reporter, SW_SAVED_EVENTS);
	struct sw_event event;

	while (sw_reporter_read_back(client->daemon->reporter, SW_SAVED_EVENTS,
		   &cursor, &event, 1) > 0) {
		const struct sw_flow_info *info = &event.info;

		if (sw_time_ms_since(event.time, gone->ended) > SAME_END_MS)
			return;
		if (event.kind != SW_EVENT_ENDED ||
		    !sw_packet_endpoints_equal(&info->opener, &gone->opener) ||
		    sw_time_ms_since(gone->ended, info->ended) > SAME_END_MS)
			continue;
		memcpy(gone->side, info->side, sizeof gone->side);
		gone->opened = info->opened;
		return;
	}
}

/* => how many are known */
static uint64_t
tell_known(struct sw_client *client, const struct sw_endpoints *ends)
{
	struct sw_shards *shards = client->daemon->shards;
	struct sw_shard *shard = &shards->list[sw_shards_index(shards, ends)];
	struct sw_flow_info live, gone;
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());
	bool lives = sw_engine_find(shard->engine, ends, now, &live);
	bool known = sw_engine_recall(shard->engine, ends, now, &gone);

	sw_shard_unlock(shard);
	if (lives)
		sw_flow_json_flow(client, "flow", &live, now);
	if (known) {
		add_counts(client, &gone);
		sw_flow_json_flow(client, "gone", &gone, now);
	}
	return (uint64_t)lives + known;
}

/* The same ends may be those of a connection in each zone. */
static void
tell_all_zones(struct sw_client *client)
{
	struct sw_endpoints ends = client->request.ends;

	client->count = 0;
	for (size_t zone = 0; zone <= client->daemon->conf->n_zones; zone++) {
		ends.zone = (uint8_t)zone;
		client->count += tell_known(client, &ends);
	}
}

/* Where not all ends are known, each flow is looked at. */
static void
begin_explain(struct sw_client *client)
{
	client->stage = SW_SAVED_EVENTS;
	if (!is_exact(&client->request))
		return;
	tell_all_zones(client);
	client->walk.shard = client->daemon->shards->n;
}

static bool
tell_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	(void)shard;
	if (client->count >= FLOWS_MOST ||
	    !is_about(&view->info->opener, &client->request))
		return true;
	if (!sw_reply_room(&client->reply))
		return false;
	sw_flow_json_flow(client, "flow", view->info, view->now);
	client->count++;
	return true;
}

/* => false while the walk over the flows has not finished */
static bool
have_walked(struct sw_client *client)
{
	uint32_t looked = 0;

	while (client->walk.shard < client->daemon->shards->n) {
		if (looked >= SW_CONTROL_TURN || !sw_reply_room(&client->reply))
			return false;
		sw_walk_slice(client, tell_flow, &looked);
	}
	return true;
}

/* Drops are read from their own ring, so they are skipped in the other one. */
static bool
is_for(const struct sw_client *client, const struct sw_event *event)
{
	if (event->kind == SW_EVENT_REFUSED)
		return client->stage == SW_SAVED_DROPS &&
		       is_about(&event->refused.ends, &client->request);
	return is_about(&event->info.opener, &client->request);
}

/* Reads a few events of the current ring.
 * => the number of events */
static size_t
read_some(struct sw_client *client)
{
	struct sw_event events[AT_ONCE];
	uint64_t missed = 0;
	size_t n = sw_reporter_read(client->daemon->reporter,
	    (enum sw_saved_ring)client->stage, &client->cursor, &missed, events,
	    AT_ONCE);

	for (size_t i = 0; i < n; i++)
		if (is_for(client, &events[i])) {
			sw_flow_json_event(
			    client, &events[i], sw_clock_wall_offset());
			client->count++;
		}
	return n;
}

static bool
more_explain(struct sw_client *client)
{
	if (!have_walked(client))
		return true;
	for (unsigned looked = 0;
	     looked < A_TURN && sw_reply_room(&client->reply);
	     looked += AT_ONCE) {
		if (read_some(client) > 0)
			continue;
		if (client->stage == SW_SAVED_EVENTS) {
			client->stage = SW_SAVED_DROPS;
			client->cursor = (struct sw_event_cursor){ 0 };
			continue;
		}
		sw_client_end(
		    client, client->count > 0 ? SW_EXIT_OK : SW_EXIT_NOTHING);
		break;
	}
	return true;
}

const struct sw_answer sw_answer_explain = { begin_explain, more_explain,
	NULL };

/* => false, and the answer has ended, when there is no such interface */
static bool
find_interface(struct sw_client *client, const char *name, uint32_t *index)
{
	*index = 0;
	if (*name == '\0')
		return true;
	*index = sw_ifaces_index(client->daemon->ifaces, name);
	if (*index == 0)
		sw_client_fail(
		    client, SW_EXIT_FAILURE, "no interface %s exists", name);
	return *index != 0;
}

static const struct sw_conf_rule *
find_rule(const struct sw_conf *conf, uint16_t slot)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (slot != SW_RULE_DEFAULT && conf->rules[i].rule.slot == slot)
			return &conf->rules[i];
	return NULL;
}

/* Could a rule that names interfaces match, if the request named them? */
static bool
interfaces_matter(const struct sw_request *request, const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if ((conf->rules[i].n_in > 0 && request->in[0] == '\0') ||
		    (conf->rules[i].n_out > 0 && request->out[0] == '\0'))
			return true;
	return false;
}

/* The same for one that names source ports. */
static bool
source_port_matters(
    const struct sw_request *request, const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (conf->rules[i].rule.n_source_ports > 0 &&
		    request->ends.sport == 0 &&
		    sw_proto_has_ports(request->ends.proto))
			return true;
	return false;
}

/* The same for bridge ports and marks. */
static bool
ports_matter(const struct sw_request *request, const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if ((conf->rules[i].n_phys_in > 0 &&
			request->phys_in[0] == '\0') ||
		    (conf->rules[i].n_phys_out > 0 &&
			request->phys_out[0] == '\0'))
			return true;
	return false;
}

static bool
mark_matters(const struct sw_request *request, const struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (conf->rules[i].rule.mark.mask != 0 && !request->has_mark)
			return true;
	return false;
}

static void
put_flow_policy(struct sw_json *json, const struct sw_flow_policy *flow_policy)
{
	static const char *const actions[] = { "allow", "deny", "reject" };
	static const char *const tracking[] = { "normal", "loose", "strict",
		"off" };
	static const char *const on_idle[] = { "expire", "reset", "probe" };
	static const char *const on_orphan[] = { "drop", "reset", "accept" };

	sw_json_put_text(json, "action", actions[flow_policy->deny]);
	sw_json_put_text(
	    json, "mode", flow_policy->observe ? "observe" : "enforce");
	sw_json_put_text(json, "tracking", tracking[flow_policy->tracking]);
	sw_json_put_text(json, "on_idle", on_idle[flow_policy->on_idle]);
	sw_json_put_text(json, "on_orphan", on_orphan[flow_policy->on_orphan]);
	sw_json_put_bool(json, "log", flow_policy->log);
	sw_json_put_bool(json, "resync", flow_policy->resync);
	sw_json_put_bool(json, "roam", flow_policy->roam);
	sw_json_open(json, "timeouts", '{');
	for (unsigned i = 0; i < SW_TIMEOUT_COUNT; i++)
		sw_json_put_count(json, sw_profile_timeout_text(i),
		    flow_policy->timeouts.seconds[i]);
	sw_json_close(json, '}');
}

static void
put_ports(struct sw_json *json, const char *key,
    const struct sw_port_range *ports, size_t n)
{
	char text[SW_VALUE_MAX];

	if (n == 0)
		return;
	sw_json_open(json, key, '[');
	for (size_t i = 0; i < n; i++)
		sw_json_put_text(json, NULL,
		    ports[i].first > ports[i].last
			? "same"
			: sw_port_show(&ports[i], text));
	sw_json_close(json, ']');
}

static void
put_related(struct sw_json *json, const struct sw_related *related)
{
	static const char *const by[] = { "server", "client", "either" };
	char text[SW_VALUE_MAX];

	sw_json_open(json, NULL, '{');
	sw_json_open(json, "protocol", '[');
	for (size_t i = 0; i < related->n_protos; i++)
		sw_json_put_text(
		    json, NULL, sw_net_show_protocol(related->protos[i], text));
	sw_json_close(json, ']');
	put_ports(json, "source_port", related->source_ports,
	    related->n_source_ports);
	put_ports(json, "to_port", related->to_ports, related->n_to_ports);
	sw_json_put_text(json, "by", by[related->by]);
	sw_json_put_count(json, "within", related->within);
	sw_json_put_count(json, "limit", related->limit);
	sw_json_close(json, '}');
}

/* What flows of the rule allow between their hosts. */
static void
put_all_related(
    struct sw_json *json, const struct sw_policy *policy, uint16_t slot)
{
	size_t n;
	const struct sw_related *related = sw_policy_related(policy, slot, &n);

	if (n == 0)
		return;
	sw_json_open(json, "related", '[');
	for (size_t i = 0; i < n; i++)
		put_related(json, &related[i]);
	sw_json_close(json, ']');
}

static void
begin_which(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_json *json = &client->reply.json;
	const struct sw_conf_rule *rule;
	struct sw_way way = { 0 };
	const char *zone;
	uint16_t slot;

	way.mark = client->request.mark;
	if (!find_interface(client, client->request.phys_in, &way.phys_in) ||
	    !find_interface(client, client->request.phys_out, &way.phys_out) ||
	    !find_interface(client, client->request.in, &way.in) ||
	    !find_interface(client, client->request.out, &way.out))
		return;
	slot = sw_policy_match_opening(
	    daemon->policy, &client->request.ends, &way);
	rule = find_rule(daemon->conf, slot);
	sw_json_begin(json, "which");
	sw_reply_ends(json, &client->request.ends);
	zone = sw_policy_zone_name(
	    daemon->policy, sw_policy_zone(daemon->policy, &way));
	if (zone != NULL)
		sw_json_put_text(json, "zone", zone);
	sw_json_put_text(
	    json, "rule", sw_policy_rule_name(daemon->policy, slot));
	if (rule != NULL) {
		sw_json_put_text(json, "file", rule->file);
		sw_json_put_number(json, "line", rule->line);
	}
	put_flow_policy(json, sw_policy_flow_policy(daemon->policy, slot));
	put_all_related(json, daemon->policy, slot);
	sw_json_put_bool(json, "interfaces_matter",
	    interfaces_matter(&client->request, daemon->conf));
	sw_json_put_bool(json, "source_port_matters",
	    source_port_matters(&client->request, daemon->conf));
	sw_json_put_bool(json, "bridge_ports_matter",
	    ports_matter(&client->request, daemon->conf));
	sw_json_put_bool(
	    json, "mark_matters", mark_matters(&client->request, daemon->conf));
	sw_json_end(json);
	sw_client_end(client, SW_EXIT_OK);
}

const struct sw_answer sw_answer_which = { begin_which, NULL, NULL };
