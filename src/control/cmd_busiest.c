/* SPDX-License-Identifier: Apache-2.0 */
/*
 * busiest: the flows that moved most bytes since the last request.
 *
 * For every entry of the table, the meter keeps the low bits of the bytes that
 * its flow had moved at the last walk.  It is allocated at the first request,
 * four bytes per entry, and freed when nobody has asked for a while.  A walk
 * computes each flow's difference, keeps the largest few, and stores
 * the new numbers.  One walk runs at a time: a second client that asks in the
 * meantime is answered after it.
 */
#include <stdlib.h>

#include "control/best.h"
#include "control/internal.h"

enum { TOP_MAX = 200, TOP_USUAL = 30, KEPT_MS = 60000 };

struct sw_busiest {
	struct sw_time walked;	/* when the last walk began */
	uint32_t shards, slots; /* of each shard */
	struct sw_client *walker;
	uint32_t bytes[];
};

struct top {
	struct sw_time since, began;
	struct sw_filter filter;
	struct sw_best *best; /* by bytes since the previous walk */
};

void
sw_cmd_busiest_free(struct sw_busiest *meter)
{
	free(meter);
}

void
sw_cmd_busiest_run_due(struct sw_control *control, struct sw_time now)
{
	struct sw_busiest *meter = control->meter;

	if (meter == NULL || meter->walker != NULL ||
	    sw_time_ms_since(meter->walked, now) < KEPT_MS)
		return;
	sw_cmd_busiest_free(meter);
	control->meter = NULL;
}

static struct sw_busiest *
meter_create(const struct sw_shards *shards)
{
	uint32_t slots = sw_engine_slots(shards->list[0].engine);
	struct sw_busiest *meter = calloc(1,
	    sizeof *meter + (size_t)shards->n * slots * sizeof meter->bytes[0]);

	if (meter != NULL) {
		meter->shards = shards->n;
		meter->slots = slots;
	}
	return meter;
}

static bool
weigh(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	struct sw_busiest *meter = client->control->meter;
	const struct sw_flow_info *info = view->info;
	uint64_t sum = info->side[0].bytes + info->side[1].bytes;
	struct top *top = client->work;
	uint32_t *noted;
	uint64_t moved;

	(void)shard;
	/* The walk has gone one entry past the flow that it shows. */
	noted = &meter->bytes[(size_t)client->walk.shard * meter->slots +
			      client->walk.index - 1];
	moved = info->opened.ns >= top->since.ns ? sum : (uint32_t)sum - *noted;
	*noted = (uint32_t)sum;
	if (moved > 0 && sw_filter_match(&top->filter, view))
		sw_best_keep(top->best, moved, view->now, info);
	return true;
}

/* Takes over the meter once no other walk uses it.
 * => false: not yet */
static bool
take_meter(struct sw_client *client)
{
	struct sw_control *control = client->control;
	struct top *top = client->work;

	if (control->meter == NULL)
		control->meter = meter_create(client->daemon->shards);
	if (control->meter == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return false;
	}
	if (control->meter->walker != NULL)
		return false;
	control->meter->walker = client;
	top->since = control->meter->walked;
	top->began = sw_clock_now();
	control->meter->walked = top->began;
	client->stage = 1;
	return true;
}

static void
begin_busiest(struct sw_client *client)
{
	uint32_t limit = client->request.limit;
	struct top *top = malloc(sizeof *top);

	client->work = top;
	if (top != NULL)
		top->best = sw_best_create(limit == 0	     ? TOP_USUAL
					   : limit < TOP_MAX ? limit
							     : TOP_MAX);
	if (top == NULL || top->best == NULL) {
		sw_client_fail(client, SW_EXIT_FAILURE, "out of memory");
		return;
	}
	/* The walk visits every flow, because the meter must not miss any. */
	top->filter = client->request.filter;
	client->request.filter.n = 0;
}

static void
let_go(struct sw_client *client)
{
	struct sw_busiest *meter = client->control->meter;

	if (meter != NULL && meter->walker == client)
		meter->walker = NULL;
}

static void
tell_busy(struct sw_client *client, const struct top *top,
    const struct sw_best_flow *busy)
{
	struct sw_json *json = &client->reply.json;
	struct sw_time from = top->since;

	if (busy->info.opened.ns > from.ns)
		from = busy->info.opened;
	sw_json_begin(json, "busy");
	sw_json_put_count(json, "moved", busy->rank);
	sw_json_put_seconds(json, "within", top->began.ns - from.ns);
	sw_flow_json_info(client, &busy->info, top->began);
	sw_json_end(json);
}

static bool
tell_top(struct sw_client *client)
{
	struct top *top = client->work;
	struct sw_best *best = top->best;

	while (best->told < best->n && sw_reply_room(&client->reply))
		tell_busy(client, top, &best->list[best->told++]);
	if (best->told == best->n)
		sw_client_end(client, SW_EXIT_OK);
	return true;
}

static bool
more_busiest(struct sw_client *client)
{
	struct top *top = client->work;
	uint32_t looked = 0;

	if (client->stage == 2)
		return tell_top(client);
	if (client->stage == 0 && !take_meter(client))
		return true;
	while (looked < SW_CONTROL_TURN)
		if (!sw_walk_slice(client, weigh, &looked)) {
			let_go(client);
			sw_best_sort(top->best);
			client->stage = 2;
			break;
		}
	return true;
}

static void
drop_busiest(struct sw_client *client)
{
	struct top *top = client->work;

	let_go(client);
	if (top != NULL)
		free(top->best);
	free(top);
}

const struct sw_answer sw_answer_busiest = { begin_busiest, more_busiest,
	drop_busiest };
