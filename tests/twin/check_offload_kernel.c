/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_offload_kernel: the program in the kernel and the engine say the same.
 *
 * The kernel runs the program on packets of the test, with its own clock.  Where
 * programs may not be loaded nothing can be said.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/offload.h"
#include "lanes/lane_maps.h"
#include "lanes/program_bytes.h"
#include "pair.h"
#include "runner.h"

enum { PACKETS = 500000, SETS = 2, ETHERNET = 14, LOOPBACK = 1 };

static struct bpf_object *object;
static struct sw_lane_maps maps;
static int program;

static int
map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

/* => 0 or -errno */
static int
load(void)
{
	const struct sw_lane_control control = {
		.magic = SW_LANE_MAGIC, .version = SW_LANE_VERSION, .sets = SETS
	};
	int fds[SW_LANE_MAPS], error;

	libbpf_set_print(NULL);
	object = bpf_object__open_mem(
	    sw_lane_program_bytes, sw_lane_program_bytes_length, NULL);
	ck_assert_ptr_nonnull(object);
	for (unsigned i = 0; i < 2; i++)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(
					     object, i ? "lanes" : "stamps"),
		    SETS * SW_LANE_WAYS);
	error = bpf_object__load(object);
	if (error < 0)
		return error;
	program = bpf_program__fd(bpf_object__next_program(object, NULL));
	fds[SW_LANE_MAP_CONTROL] = map_fd("control");
	fds[SW_LANE_MAP_LANES] = map_fd("lanes");
	fds[SW_LANE_MAP_STAMPS] = map_fd("stamps");
	ck_assert(sw_lane_maps_stamp(fds[SW_LANE_MAP_CONTROL], &control));
	ck_assert_int_eq(sw_lane_maps_open(&maps, fds), 0);
	ck_assert_int_eq(sw_lane_maps_renew(&maps), 0);
	return 0;
}

/* Packets that the kernel is given to test with come in by lo. */
static void
by_loopback(struct talk_packet *packet)
{
	packet->in = packet->out = LOOPBACK;
}

static bool
run_program(const struct talk_packet *packet)
{
	static uint8_t frame[ETHERNET + TALK_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
	    .data_size_in = ETHERNET + packet->length, .repeat = 1);
	bool six = packet->bytes[0] >> 4 == 6;

	frame[12] = six ? 0x86 : 0x08;
	frame[13] = six ? 0xdd : 0x00;
	memcpy(frame + ETHERNET, packet->bytes, packet->length);
	ck_assert_int_eq(bpf_prog_test_run_opts(program, &options), 0);
	return options.retval != 0;
}

/* The moment at which the lane was stepped, where a tick may have begun since
 * the clock was read. */
static void
settle_time(struct pair *pair)
{
	uint64_t length = SW_NS_PER_SECOND / SW_TICKS_PER_SECOND;

	for (unsigned of = 0; of < TALK_FLOWS; of++) {
		uint32_t index = pair_find(pair->behind, of);
		int32_t later;

		if (index == SW_FLOW_NONE ||
		    !sw_offload_has(pair->behind, index))
			continue;
		sw_offload_sync(pair->behind, index);
		later =
		    (int32_t)(sw_flows_at(pair->behind->flows, index)->seen -
			      sw_time_tick_up(pair->now));
		if (later > 0)
			pair->now.ns = ((pair->now.ns + length - 1) / length +
					   (uint32_t)later) *
				       length;
	}
}

static bool
needs_daemon(struct pair *pair, const struct talk_packet *packet)
{
	bool needs;

	pair->now = sw_clock_now();
	needs = run_program(packet);
	if (!needs &&
	    sw_time_tick_up(sw_clock_now()) != sw_time_tick_up(pair->now))
		settle_time(pair);
	return needs;
}

static void
run(uint64_t seed, enum sw_tracking tracking)
{
	struct pair pair = { .now = sw_clock_now(),
		.talk = { .seed = seed },
		.needs_daemon = needs_daemon,
		.change = by_loopback,
		.real_time = true };
	int error = load();

	if (error < 0) {
		printf("skipped: the kernel takes no program: %s\n",
		    strerror(-error));
		return;
	}
	pair.lanes = maps.at;
	sw_lane_maps_allow(
	    &maps, (struct sw_time){ pair.now.ns + 3600 * SW_NS_PER_SECOND });
	pair_open(&pair, tracking);
	pair_run(&pair, PACKETS);
	pair_close(&pair);
}

START_TEST(normal_is_the_same)
{
	run(UINT64_C(88172645463325252), SW_TRACK_NORMAL);
}
END_TEST

START_TEST(strict_is_the_same)
{
	run(UINT64_C(1181783497276652981), SW_TRACK_STRICT);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("kernel");

	tcase_add_test(t, normal_is_the_same);
	tcase_add_test(t, strict_is_the_same);
	return run_case("offload_kernel", t);
}
