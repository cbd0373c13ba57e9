/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_flows: the commands flows and kill, which walk over the table.
 *
 * kill walks twice: it counts first, and stops there when more flows match than
 * the client has agreed to.
 */
#include <stdlib.h>
#include <syslog.h>

#include "control/internal.h"

enum { KILL_UNASKED = 100 };

static bool
tell_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	(void)shard;
	if (client->request.limit != 0 &&
	    client->count == client->request.limit)
		return false;
	if (!sw_reply_room(&client->reply))
		return false;
	sw_flow_json_flow(client, "flow", view->info, view->now);
	client->count++;
	return true;
}

static void
begin_flows(struct sw_client *client)
{
	client->count = 0;
	if (!sw_walk_check_rules(client))
		return;
	if (client->request.sort != SW_SORT_NONE &&
	    !sw_cmd_flows_sorted_begin(client))
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
}

static void
drop_flows(struct sw_client *client)
{
	free(client->work);
}

static void
begin_kill(struct sw_client *client)
{
	client->count = 0;
	(void)sw_walk_check_rules(client);
}

static bool
more_flows(struct sw_client *client)
{
	uint32_t looked = 0;

	if (client->request.sort != SW_SORT_NONE) {
		if (!sw_cmd_flows_sorted_more(client))
			sw_client_end_list(client);
		return true;
	}
	while (looked < SW_CONTROL_TURN && sw_reply_room(&client->reply)) {
		bool goes_on = sw_walk_slice(client, tell_flow, &looked);

		if (!goes_on || sw_client_has_enough(client)) {
			sw_client_end_list(client);
			break;
		}
	}
	return true;
}

const struct sw_answer sw_answer_flows = { begin_flows, more_flows,
	drop_flows };

enum { COUNTING, KILLING };

static bool
count_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	(void)shard;
	(void)view;
	client->count++;
	return true;
}

static bool
kill_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	if (sw_engine_kill(shard->engine, &view->info->opener, view->now,
		client->request.reset))
		client->count++;
	return true;
}

static void
tell_count(struct sw_client *client, const char *kind)
{
	sw_json_begin(&client->reply.json, kind);
	sw_json_put_count(&client->reply.json, "flows", client->count);
	sw_json_end(&client->reply.json);
}

static void
begin_killing(struct sw_client *client)
{
	tell_count(client, "matched");
	if (client->count == 0) {
		sw_client_end(client, SW_EXIT_NOTHING);
	} else if (client->count > KILL_UNASKED && !client->request.yes) {
		sw_client_fail(client, SW_EXIT_FAILURE,
		    "%llu flows match: add --yes to remove more than %d",
		    (unsigned long long)client->count, KILL_UNASKED);
	} else {
		client->stage = KILLING;
		client->walk = (struct sw_walk){ 0 };
		client->count = 0;
	}
}

static void
end_killing(struct sw_client *client)
{
	sw_log_say(client->daemon->log, LOG_NOTICE,
	    "%llu flows forgotten%s on request of uid %u",
	    (unsigned long long)client->count,
	    client->request.reset ? " and reset" : "", client->uid);
	tell_count(client, "killed");
	sw_client_end(client, SW_EXIT_OK);
}

static bool
more_kill(struct sw_client *client)
{
	uint32_t looked = 0;

	if (client->stage == COUNTING) {
		while (looked < SW_CONTROL_TURN)
			if (!sw_walk_slice(client, count_flow, &looked)) {
				begin_killing(client);
				break;
			}
		return true;
	}
	/* One slice a turn, because each flow puts events into a bounded
	 * ring. */
	if (!sw_walk_slice(client, kill_flow, &looked))
		end_killing(client);
	return true;
}

const struct sw_answer sw_answer_kill = { begin_kill, more_kill, NULL };
