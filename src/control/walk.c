/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk visits all flows, one slice at a time.  A shard's lock is held for at
 * most SW_CONTROL_LISTED flows or SW_CONTROL_LOOKED empty entries, some tens of
 * microseconds, and then released, so that verdicts are not noticeably
 * delayed.  Flows that are opened or end during the walk may be missing; a flow
 * that lives throughout is visited exactly once.
 */
#include "control/internal.h"
#include "shards/rule_slots.h"

static const char *
rule_name(uint16_t slot, void *context)
{
	const struct sw_daemon *daemon = context;

	return sw_rule_slots_name(daemon->slots, slot);
}

static const char *
interface_name(uint32_t index, char name[IF_NAMESIZE], void *context)
{
	const struct sw_daemon *daemon = context;

	return sw_ifaces_name(daemon->ifaces, index, name) ? name : NULL;
}

static const char *
zone_name(uint8_t zone, void *context)
{
	const struct sw_daemon *daemon = context;

	return sw_policy_zone_name(daemon->policy, zone);
}

struct sw_filter_names
sw_walk_names(struct sw_daemon *daemon)
{
	return (struct sw_filter_names){
		.rule = rule_name,
		.interface = interface_name,
		.zone = zone_name,
		.context = daemon,
	};
}

static const char *
known_rule(unsigned i, void *context)
{
	const struct sw_daemon *daemon = context;

	return i < sw_rule_slots_count(daemon->slots)
		   ? sw_rule_slots_name(daemon->slots, (uint16_t)i)
		   : NULL;
}

bool
sw_walk_check_rules(struct sw_client *client)
{
	char why[SW_REQUEST_WHY];

	if (sw_filter_check_rules(&client->request.filter, known_rule,
		client->daemon, why, sizeof why))
		return true;
	sw_client_fail(client, SW_EXIT_USAGE, "%s", why);
	return false;
}

/* Called under the shard's lock.
 * => the number of entries inspected */
static uint32_t
look(struct sw_client *client, struct sw_shard *shard, struct sw_time now,
    bool (*each)(struct sw_client *client, struct sw_shard *shard,
	const struct sw_filter_view *view))
{
	uint32_t *index = &client->walk.index, from = *index, left;
	struct sw_filter_names names = sw_walk_names(client->daemon);
	struct sw_flow_info info;

	for (unsigned n = 0; n < SW_CONTROL_LISTED; n++) {
		struct sw_filter_view view;

		left = SW_CONTROL_LOOKED - (*index - from);
		if (left == 0 || sw_engine_list(shard->engine, now, index, left,
				     &info, 1) == 0)
			break;
		view = sw_filter_view_flow(&info, now, &names);
		if (sw_filter_match(&client->request.filter, &view) &&
		    !each(client, shard, &view)) {
			(*index)--;
			break;
		}
	}
	return *index - from;
}

bool
sw_walk_slice(struct sw_client *client,
    bool (*each)(struct sw_client *client, struct sw_shard *shard,
	const struct sw_filter_view *view),
    uint32_t *looked)
{
	struct sw_shards *shards = client->daemon->shards;
	struct sw_walk *walk = &client->walk;
	struct sw_shard *shard;
	struct sw_time now;

	if (walk->shard == shards->n)
		return false;
	shard = &shards->list[walk->shard];
	now = sw_shard_lock(shard, sw_clock_now());
	*looked += look(client, shard, now, each);
	if (walk->index >= sw_engine_slots(shard->engine)) {
		walk->shard++;
		walk->index = 0;
	}
	sw_shard_unlock(shard);
	return walk->shard < shards->n;
}
