/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload: what the kernel's program carries, an object; then an object for
 * each reason why flows do not have a lane, with their number.  With
 * conditions it reports the flows themselves instead, each with its reason.
 */
#include <stdlib.h>

#include "control/internal.h"
#include "synward/lanes.h"

void
sw_cmd_offload_counts(struct sw_json *json, const struct sw_daemon *daemon,
    const struct sw_counts *counts)
{
	const struct sw_lane_counts *offload = &counts->offload;

	sw_json_put_bool(json, "on", daemon->lanes.is_open);
	if (!daemon->lanes.is_open)
		sw_json_put_text(json, "why", daemon->lanes_off);
	sw_json_put_count(json, "lanes", daemon->lanes.n);
	sw_json_put_count(json, "used", offload->lanes);
	sw_json_put_count(json, "opened", offload->opened);
	sw_json_put_count(json, "taken", offload->taken);
	sw_json_put_count(json, "full", offload->full);
	sw_json_put_count(json, "packets", offload->packets);
	sw_json_put_count(json, "bytes", offload->bytes);
	sw_json_put_count(json, "passed", counts->passed);
}

bool
sw_cmd_offload_is_synced(struct sw_client *client)
{
	const struct sw_daemon *daemon = client->daemon;

	return !sw_shards_sync_lanes(
	    daemon->shards, daemon->lanes.n, &client->lanes);
}

static void
begin_offload(struct sw_client *client)
{
	client->work = calloc(SW_LANE_REASONS, sizeof(uint64_t));
	if (client->work == NULL)
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
}

/* => false: not yet */
static bool
tell_counts(struct sw_client *client)
{
	struct sw_json *json = &client->reply.json;
	struct sw_counts counts;

	if (!sw_cmd_offload_is_synced(client))
		return false;
	sw_shards_counts(client->daemon->shards, &counts);
	sw_json_begin(json, "offload");
	sw_cmd_offload_counts(json, client->daemon, &counts);
	sw_json_end(json);
	client->stage++;
	return true;
}

static bool
count_reason(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	uint64_t *flows = client->work;

	(void)shard;
	flows[view->info->lane]++;
	return true;
}

static bool
tell_reason(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	struct sw_json *json = &client->reply.json;
	const struct sw_flow_info *info = view->info;

	(void)shard;
	if (!sw_reply_room(&client->reply))
		return false;
	sw_json_begin(json, "flow");
	sw_reply_ends(json, &info->opener);
	sw_json_put_text(json, "state", sw_event_state_text(info->state));
	sw_json_put_bool(json, "offload", info->lane == SW_LANE_FAST);
	sw_json_put_text(
	    json, "why", sw_lane_reason_text((enum sw_lane_reason)info->lane));
	sw_json_end(json);
	client->count++;
	return true;
}

static void
tell_reasons(struct sw_client *client)
{
	const uint64_t *flows = client->work;
	struct sw_json *json = &client->reply.json;

	for (unsigned i = 0; i < SW_LANE_REASONS; i++) {
		if (flows[i] == 0)
			continue;
		sw_json_begin(json, "reason");
		sw_json_put_text(
		    json, "why", sw_lane_reason_text((enum sw_lane_reason)i));
		sw_json_put_count(json, "flows", flows[i]);
		sw_json_end(json);
	}
	sw_client_end(client, SW_EXIT_OK);
}

static bool
more_offload(struct sw_client *client)
{
	bool asked = client->request.filter.n > 0;
	uint32_t looked = 0;

	if (!asked && client->stage == 0 && !tell_counts(client))
		return true;
	while (looked < SW_CONTROL_TURN && sw_reply_room(&client->reply)) {
		if (sw_walk_slice(
			client, asked ? tell_reason : count_reason, &looked))
			continue;
		if (!asked)
			tell_reasons(client);
		else
			sw_client_end(client,
			    client->count == 0 ? SW_EXIT_NOTHING : SW_EXIT_OK);
		break;
	}
	return true;
}

static void
drop_offload(struct sw_client *client)
{
	free(client->work);
}

const struct sw_answer sw_answer_offload = { begin_offload, more_offload,
	drop_offload };
