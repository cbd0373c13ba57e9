/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_replay: every capture is played to an engine behind the program
 * and to one alone.  Each packet gets the same verdict, and what is told of
 * each flow afterwards is the same.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "engine/internal.h"
#include "replay/capture.h"
#include "replay/link_layer.h"
#include "runner.h"
#include "twin.h"

enum { NAME = 512, SETS = 64, HEADERS = 160, FLOWS = 256, BYTES = 1 << 17 };

static const struct sw_limits limits = { .max_flows = FLOWS,
	.max_embryonic = 100,
	.tombstones = 256,
	.events = 256,
	.key = "a key for tests" };

static struct {
	struct sw_policy *policy;
	struct sw_engine *alone, *behind;
	struct sw_lanes lanes;
	struct sw_time now;
	unsigned captures;
	uint64_t packets, carried, flows;
} pair;

static void
open_pair(enum sw_tracking tracking)
{
	struct sw_flow_policy flow_policy = { .tracking = (uint8_t)tracking,
		.timeouts = *sw_profile("rfc5382"),
		.log = true };

	pair.now.ns = 0;
	pair.lanes = twin_open(SETS);
	pair.policy = sw_policy_compile(NULL, 0, &flow_policy);
	pair.alone = sw_engine_create(&limits, NULL, pair.policy, pair.now);
	pair.behind = sw_engine_create(&limits, NULL, pair.policy, pair.now);
	ck_assert(pair.policy && pair.alone && pair.behind);
	ck_assert(sw_engine_use_lanes(pair.behind, &pair.lanes, 0, 1));
}

static void
close_pair(void)
{
	sw_engine_destroy(pair.alone);
	sw_engine_destroy(pair.behind);
	sw_policy_destroy(pair.policy);
	twin_close(&pair.lanes);
}

static enum sw_verdict
step(struct sw_engine *engine, const struct sw_packet *packet)
{
	enum sw_verdict verdict = sw_engine_step(engine, packet, pair.now);
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		;
	return verdict;
}

/* The kernel has the whole packet, of which the capture may have a part. */
static bool
is_carried(const struct sw_link *link, uint32_t in)
{
	static uint8_t bytes[BYTES];

	if (link->stated > BYTES ||
	    (link->captured < link->stated && link->captured < HEADERS))
		return false;
	memset(bytes, 0, link->stated);
	memcpy(bytes, link->ip,
	    link->captured < link->stated ? link->captured : link->stated);
	return !twin_needs_daemon(
	    &pair.lanes, bytes, link->stated, in, pair.now.ns);
}

/* The daemon sweeps all the time. */
static void
let_time_pass(struct sw_time to)
{
	if (to.ns <= pair.now.ns)
		return;
	if (to.ns - pair.now.ns > SW_NS_PER_SECOND) {
		sw_engine_sweep(pair.alone, to, FLOWS * 4);
		sw_engine_sweep(pair.behind, to, FLOWS * 4);
	}
	pair.now = to;
}

static void
play_packet(const struct sw_link *link, const struct sw_record *record,
    const char *name)
{
	enum sw_verdict alone, behind = SW_PASS;
	struct sw_packet packet;

	sw_packet_parse(link->ip, link->captured, link->stated, &packet);
	packet.in = record->interface ? record->interface : 1;
	packet.out = 9;
	let_time_pass(record->time);
	/* The lease is a matter of the daemon's. */
	pair.lanes.control->alive_until = sw_time_tick(pair.now) + 1;
	alone = step(pair.alone, &packet);
	if (is_carried(link, packet.in))
		pair.carried++;
	else
		behind = step(pair.behind, &packet);
	sw_engine_open_lanes(pair.behind, true);
	pair.packets++;
	ck_assert_msg(alone == behind,
	    "%s: frame %llu: %d behind the program, %d alone", name,
	    (unsigned long long)record->frame, behind, alone);
}

static size_t
list(struct sw_engine *engine, struct sw_flow_info infos[FLOWS])
{
	uint32_t cursor = 0;

	sw_engine_sync_lanes(engine, 0, SETS * SW_LANE_WAYS);
	return sw_engine_list(
	    engine, pair.now, &cursor, sw_engine_slots(engine), infos, FLOWS);
}

static const struct sw_flow_info *
same_ends(
    const struct sw_flow_info *of, const struct sw_flow_info infos[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&infos[i].opener, &of->opener, sizeof of->opener) ==
		    0)
			return &infos[i];
	return NULL;
}

static void
compare_flows(const char *name)
{
	static struct sw_flow_info alone[FLOWS], behind[FLOWS];
	size_t n = list(pair.alone, alone);

	ck_assert_msg(list(pair.behind, behind) == n, "%s: flows", name);
	for (size_t i = 0; i < n; i++) {
		const struct sw_flow_info *a = &alone[i],
					  *b = same_ends(a, behind, n);

		ck_assert_msg(b && a->state == b->state &&
				  a->timeout == b->timeout &&
				  a->seen.ns == b->seen.ns &&
				  memcmp(a->side, b->side, sizeof a->side) == 0,
		    "%s: flow %zu is told of otherwise", name, i);
	}
	pair.flows += n;
}

static void
play(const char *path)
{
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(path, error);
	struct sw_record record;

	ck_assert_msg(capture != NULL, "%s: %s", path, error);
	while (sw_capture_next(capture, &record) == 1) {
		struct sw_link link;

		if (sw_link_layer_strip(record.link, record.bytes,
			record.captured, record.length, &link) == SW_LINK_IP)
			play_packet(&link, &record, path);
	}
	sw_capture_close(capture);
	compare_flows(path);
	pair.captures++;
}

static void
play_all(enum sw_tracking tracking)
{
	static const char room[] = SYNWARD_SOURCE_DIR "/tests/replay";
	DIR *dir = opendir(room);
	struct dirent *entry;
	char path[NAME];

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!strstr(entry->d_name, ".pcap"))
			continue;
		snprintf(path, sizeof path, "%s/%s", room, entry->d_name);
		open_pair(tracking);
		play(path);
		close_pair();
	}
	closedir(dir);
	printf("%u captures, %llu packets, %llu of them by the program; %llu "
	       "flows\n",
	    pair.captures, (unsigned long long)pair.packets,
	    (unsigned long long)pair.carried, (unsigned long long)pair.flows);
	ck_assert_uint_gt(pair.captures, 30);
	ck_assert_uint_gt(pair.carried, 50);
	ck_assert_uint_gt(pair.flows, 30);
}

START_TEST(captures_are_judged_the_same)
{
	play_all(_i ? SW_TRACK_STRICT : SW_TRACK_NORMAL);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("replay");

	tcase_add_loop_test(t, captures_are_judged_the_same, 0, 2);
	return run_case("offload_replay", t);
}
