/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows in order: the first of all flows by one of their numbers.
 *
 * One walk over the table keeps the best few (control/best.h).
 */
#include "control/best.h"
#include "control/internal.h"

enum { MOST = 1000 };

static uint64_t
ns_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? now.ns - then.ns : 0;
}

static uint64_t
number_of(
    enum sw_sort sort, const struct sw_flow_info *info, struct sw_time now)
{
	uint64_t idle = ns_since(info->seen, now);
	uint64_t timeout = info->timeout * SW_NS_PER_SECOND;

	switch (sort) {
	case SW_SORT_AGE:
		return ns_since(info->opened, now);
	case SW_SORT_IDLE:
		return idle;
	case SW_SORT_LEFT:
		return timeout > idle ? timeout - idle : 0;
	case SW_SORT_BYTES:
		return info->side[0].bytes + info->side[1].bytes;
	case SW_SORT_PACKETS:
		return info->side[0].packets + info->side[1].packets;
	case SW_SORT_NONE:
	case SW_SORT_COUNT:
		break;
	}
	return 0;
}

static bool
rank_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	const struct sw_request *request = &client->request;
	uint64_t number =
	    number_of((enum sw_sort)request->sort, view->info, view->now);

	(void)shard;
	client->count++;
	sw_best_keep(client->work, request->reverse ? ~number : number,
	    view->now, view->info);
	return true;
}

bool
sw_cmd_flows_sorted_begin(struct sw_client *client)
{
	uint32_t limit = client->request.limit;

	client->work = sw_best_create(limit > 0 && limit < MOST ? limit : MOST);
	client->stage = 0;
	return client->work != NULL;
}

bool
sw_cmd_flows_sorted_more(struct sw_client *client)
{
	struct sw_best *best = client->work;
	uint32_t looked = 0;

	while (client->stage == 0 && looked < SW_CONTROL_TURN)
		if (!sw_walk_slice(client, rank_flow, &looked)) {
			sw_best_sort(best);
			client->stage = 1;
		}
	while (client->stage == 1 && best->told < best->n &&
	       sw_reply_room(&client->reply)) {
		const struct sw_best_flow *flow = &best->list[best->told++];

		sw_flow_json_flow(client, "flow", &flow->info, flow->now);
	}
	return client->stage == 0 || best->told < best->n;
}
