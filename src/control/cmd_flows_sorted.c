/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows in order: the first of all flows by one of their numbers.
 *
 * One walk over the table keeps the best few in a heap whose root is the worst
 * of them, so the daemon's memory does not grow with the table.  Flows that
 * change while the walk goes on are as they were when it met them.
 */
#include <stdlib.h>

#include "control/internal.h"

enum { MOST = 1000 };

struct ranked {
	uint64_t rank; /* the highest first */
	struct sw_time now;
	struct sw_flow_info info;
};

struct sorting {
	size_t n, max, told;
	struct ranked list[]; /* a heap, the lowest first */
};

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

static void
swap(struct ranked *a, struct ranked *b)
{
	struct ranked c = *a;

	*a = *b;
	*b = c;
}

static void
sift_down(struct sorting *sorting, size_t at)
{
	struct ranked *list = sorting->list;
	size_t child;

	while ((child = 2 * at + 1) < sorting->n) {
		if (child + 1 < sorting->n &&
		    list[child + 1].rank < list[child].rank)
			child++;
		if (list[at].rank <= list[child].rank)
			return;
		swap(&list[at], &list[child]);
		at = child;
	}
}

static void
sift_up(struct sorting *sorting, size_t at)
{
	struct ranked *list = sorting->list;

	while (at > 0 && list[at].rank < list[(at - 1) / 2].rank) {
		swap(&list[at], &list[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static bool
rank_flow(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	const struct sw_request *request = &client->request;
	struct sorting *sorting = client->work;
	uint64_t number =
	    number_of((enum sw_sort)request->sort, view->info, view->now);
	struct ranked ranked = { .rank = request->reverse ? ~number : number,
		.now = view->now,
		.info = *view->info };

	(void)shard;
	client->count++;
	if (sorting->n < sorting->max) {
		sorting->list[sorting->n] = ranked;
		sift_up(sorting, sorting->n++);
	} else if (ranked.rank > sorting->list[0].rank) {
		sorting->list[0] = ranked;
		sift_down(sorting, 0);
	}
	return true;
}

/* The lowest comes out first and goes to the end. */
static void
sort_list(struct sorting *sorting)
{
	size_t n = sorting->n;

	while (sorting->n > 1) {
		sorting->n--;
		swap(&sorting->list[0], &sorting->list[sorting->n]);
		sift_down(sorting, 0);
	}
	sorting->n = n;
}

bool
sw_cmd_flows_sorted_begin(struct sw_client *client)
{
	uint32_t limit = client->request.limit;
	size_t max = limit > 0 && limit < MOST ? limit : MOST;
	struct sorting *sorting =
	    malloc(sizeof *sorting + max * sizeof sorting->list[0]);

	if (sorting == NULL)
		return false;
	*sorting = (struct sorting){ .max = max };
	client->work = sorting;
	client->stage = 0;
	return true;
}

bool
sw_cmd_flows_sorted_more(struct sw_client *client)
{
	struct sorting *sorting = client->work;
	uint32_t looked = 0;

	while (client->stage == 0 && looked < SW_CONTROL_TURN)
		if (!sw_walk_slice(client, rank_flow, &looked)) {
			sort_list(sorting);
			client->stage = 1;
		}
	while (client->stage == 1 && sorting->told < sorting->n &&
	       sw_reply_room(&client->reply)) {
		const struct ranked *ranked = &sorting->list[sorting->told++];

		sw_flow_json_flow(client, "flow", &ranked->info, ranked->now);
	}
	return client->stage == 0 || sorting->told < sorting->n;
}
