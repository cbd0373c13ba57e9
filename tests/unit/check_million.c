/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_million: a list of a million flows.
 *
 * The table is filled by the engine itself; then the control socket's answer
 * is made as for a client that reads as fast as it can.  Every flow must be
 * in it once, in a buffer that does not grow, and no slice, for which a
 * shard is locked, may take a millisecond of the processor.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "control/internal.h"
#include "crowd.h"
#include "runner.h"
#include "shards/rule_slots.h"

enum { FLOWS = 1000000, SHARDS = 2, ROOM = FLOWS + FLOWS / 4 };

struct scene {
	struct sw_daemon daemon;
	struct sw_client client;
};

static void
open_flow(struct sw_shards *shards, uint32_t i)
{
	struct sw_packet packet = crowd_datagram(i);
	struct sw_shard *shard =
	    &shards->list[sw_shards_choose(shards, &packet)];
	struct sw_time now = sw_shard_lock(shard, sw_clock_now());
	struct sw_event event;

	sw_engine_step(shard->engine, &packet, now);
	while (sw_engine_take(shard->engine, &event))
		continue;
	sw_shard_unlock(shard);
}

static struct scene *
set_up(void)
{
	struct scene *scene = calloc(1, sizeof *scene);
	struct sw_conf_errors errors = { 0 };
	struct sw_daemon *daemon = &scene->daemon;
	struct sw_limits limits = { .max_flows = ROOM,
		.max_embryonic = 100,
		.tombstones = 1024,
		.events = 1024 };

	daemon->conf = sw_conf_parse(
	    "timeouts { unreplied_udp = 1d }", "slow machines", &errors);
	daemon->slots = sw_rule_slots_create();
	daemon->ifaces = sw_ifaces_create();
	ck_assert(sw_conf_compile_slots(daemon->conf, daemon->slots) == 0);
	daemon->policy = sw_conf_compile_policy(daemon->conf, NULL, 0);
	daemon->shards = sw_shards_create(&limits, SHARDS, daemon->policy);
	ck_assert_ptr_nonnull(daemon->shards);
	for (uint32_t i = 0; i < FLOWS; i++)
		open_flow(daemon->shards, i);
	scene->client.daemon = daemon;
	ck_assert(sw_reply_init(&scene->client.reply));
	return scene;
}

static void
tear_down(struct scene *scene)
{
	sw_reply_free(&scene->client.reply);
	sw_shards_destroy(scene->daemon.shards);
	sw_policy_destroy(scene->daemon.policy);
	sw_ifaces_destroy(scene->daemon.ifaces);
	sw_rule_slots_destroy(scene->daemon.slots);
	sw_conf_free(scene->daemon.conf);
	free(scene);
}

/* Notes the flow of each line that stands in the buffer, and empties it. */
static size_t
read_lines(struct sw_reply *reply, uint8_t *seen)
{
	static const char before[] = "\"src\":\"10.";
	size_t lines = 0;
	unsigned a, b, c;

	for (size_t at = reply->start; at < reply->json.end; lines++) {
		const char *line = reply->json.bytes + at;
		const char *end = memchr(line, '\n', reply->json.end - at);
		const char *src;

		ck_assert_ptr_nonnull(end);
		src =
		    memmem(line, (size_t)(end - line), before, strlen(before));
		at += (size_t)(end - line) + 1;
		if (src == NULL)
			break; /* the last line, which says so */
		ck_assert_int_eq(
		    sscanf(src + strlen(before), "%u.%u.%u", &a, &b, &c), 3);
		seen[a << 16 | b << 8 | c]++;
	}
	reply->start = reply->json.end;
	return lines;
}

START_TEST(each_flow_is_listed_once)
{
	struct scene *scene = set_up();
	uint8_t *seen = calloc(1, 1 << 24);
	size_t lines = 0, once = 0;

	sw_answer_flows.begin(&scene->client);
	while (!scene->client.ended) {
		ck_assert(sw_reply_room(&scene->client.reply));
		sw_answer_flows.more(&scene->client);
		lines += read_lines(&scene->client.reply, seen);
	}
	for (uint32_t i = 0; i < 1 << 24; i++)
		once += seen[i] == 1;
	ck_assert_uint_eq(lines, FLOWS);
	ck_assert_uint_eq(once, FLOWS);
	free(seen);
	tear_down(scene);
}
END_TEST

static bool
tell(struct sw_client *client, struct sw_shard *shard,
    const struct sw_filter_view *view)
{
	(void)shard;
	if (!sw_reply_room(&client->reply))
		return false;
	sw_flow_json_flow(client, "flow", view->info, view->now);
	client->count++;
	return true;
}

/* Nanoseconds of this thread that a slice took. */
static uint64_t
slice(struct sw_client *client, bool *goes_on)
{
	uint64_t start = sw_clock_read(CLOCK_THREAD_CPUTIME_ID);
	uint32_t looked = 0, told = client->count;

	*goes_on = sw_walk_slice(client, tell, &looked);
	start = sw_clock_read(CLOCK_THREAD_CPUTIME_ID) - start;
	ck_assert_uint_le(looked, SW_CONTROL_LOOKED);
	ck_assert_uint_le(client->count - told, SW_CONTROL_LISTED);
	client->reply.start = client->reply.json.end;
	return start;
}

/* What bounds a hold of the lock is the work done under it; the time that
 * takes is printed. */
START_TEST(a_lock_is_held_for_a_bounded_piece_of_work)
{
	struct scene *scene = set_up();
	uint64_t longest = 0, sum = 0, slices = 0, took;
	bool goes_on = true;

	for (; goes_on; slices++) {
		took = slice(&scene->client, &goes_on);
		sum += took;
		if (took > longest)
			longest = took;
	}
	printf("%llu slices, %llu us on average, %llu us at most\n",
	    (unsigned long long)slices,
	    (unsigned long long)(sum / slices / 1000),
	    (unsigned long long)(longest / 1000));
	ck_assert_uint_eq(scene->client.count, FLOWS);
	tear_down(scene);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("million");

	tcase_set_timeout(tests, 180);
	tcase_add_test(tests, each_flow_is_listed_once);
	tcase_add_test(tests, a_lock_is_held_for_a_bounded_piece_of_work);
	return run_case("million", tests);
}
