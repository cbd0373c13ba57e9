/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_explain: the commands explain and which.
 *
 * explain shows everything known about one pair of endpoints: the live flow,
 * the one that ended last, and the reporter's events of both.  which shows how
 * the policy would treat a connection between them.
 */
#include <string.h>

#include "control/internal.h"

enum { AT_ONCE = 4, A_TURN = 2048 };

/* A user does not know the identifier of a ping, so any echo matches. */
static bool
is_any_echo(const struct sw_endpoints *ends)
{
	return sw_proto_is_icmp(ends->proto) && ends->sport == 0 &&
	       ends->dport == 0;
}

static bool
is_about(const struct sw_endpoints *a, const struct sw_endpoints *asked)
{
	struct sw_endpoints same = *a,
			    reverse = sw_packet_endpoints_reverse(asked);

	if (is_any_echo(asked))
		same.sport = same.dport = 0;
	return sw_packet_endpoints_equal(&same, asked) ||
	       sw_packet_endpoints_equal(&same, &reverse);
}

static void
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
	if (known)
		sw_flow_json_flow(client, "gone", &gone, now);
	client->count = lives + known;
}

/* Without an identifier every flow is compared, from the first shard on. */
static void
begin_explain(struct sw_client *client)
{
	const struct sw_endpoints *ends = &client->request.ends;

	if (is_any_echo(ends))
		return;
	tell_known(client, ends);
	client->walk.shard = client->daemon->shards->n;
}

static bool
tell_echo(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	(void)shard;
	if (!is_about(&view->info->opener, &client->request.ends))
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
		sw_walk_slice(client, tell_echo, &looked);
	}
	return true;
}

/* Drops are read from their own ring, so they are skipped in the other one. */
static bool
is_for(const struct sw_client *client, const struct sw_event *event)
{
	const struct sw_endpoints *ends = &client->request.ends;

	if (event->kind == SW_EVENT_REFUSED)
		return client->stage == SW_REPORTER_DROPS &&
		       is_about(&event->refused.ends, ends);
	return is_about(&event->info.opener, ends);
}

/* Reads a few events of the current ring.
 * => the number of events */
static size_t
read_some(struct sw_client *client)
{
	struct sw_event events[AT_ONCE];
	uint64_t missed = 0;
	size_t n = sw_reporter_read(client->daemon->reporter,
	    (enum sw_reporter_ring)client->stage, &client->cursor, &missed,
	    events, AT_ONCE);

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
		if (client->stage == SW_REPORTER_EVENTS) {
			client->stage = SW_REPORTER_DROPS;
			client->cursor = 0;
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
begin_which(struct sw_client *client)
{
	struct sw_daemon *daemon = client->daemon;
	struct sw_json *json = &client->reply.json;
	const struct sw_conf_rule *rule;
	struct sw_way way = { 0 };
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
	sw_json_put_text(
	    json, "rule", sw_policy_rule_name(daemon->policy, slot));
	if (rule != NULL) {
		sw_json_put_text(json, "file", rule->file);
		sw_json_put_number(json, "line", rule->line);
	}
	put_flow_policy(json, sw_policy_flow_policy(daemon->policy, slot));
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
