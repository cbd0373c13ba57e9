/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_repeat: packets that were stepped and not answered come again.
 *
 * When a process is killed between a step and its answer, the successor has
 * the packet brought back and steps it once more.  So every capture is
 * played to two engines at once: one that is left alone, and one that is
 * "killed" after each few packets, opened again over its memory, and given
 * those packets anew.  Both must come to the same verdicts all the way, and
 * what passed must pass again.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/capture.h"
#include "replay/link_layer.h"
#include "script.h"

enum {
	NAME = 512,
	TIMEOUT_MS = 200, /* packets that wait for one answer together */
};

static const struct sw_limits limits = { .max_flows = 256,
	.max_embryonic = 100,
	.tombstones = 256,
	.events = 256,
	.key = "a key for tests" };

/* Packets that are stepped before any of them is answered. */
struct held {
	struct sw_packet packet[SW_BATCH_MAX];
	enum sw_verdict verdict[SW_BATCH_MAX];
	uint64_t frame[SW_BATCH_MAX];
	unsigned n;
};

struct pair {
	struct sw_policy *policy;
	struct sw_engine *alone, *killed;
	void *memory;
	struct held held;
	struct sw_time now, since; /* since: of the first held */
	uint32_t repeated;
};

static struct pair
open_pair(const struct sw_flow_policy *flow_policy)
{
	struct pair pair = {
		.policy = sw_policy_compile(NULL, 0, flow_policy),
		.memory = script_memory(&limits),
	};

	ck_assert_ptr_nonnull(pair.policy);
	pair.alone = sw_engine_create(&limits, NULL, pair.policy, pair.now);
	pair.killed =
	    sw_engine_create(&limits, pair.memory, pair.policy, pair.now);
	ck_assert(pair.alone != NULL && pair.killed != NULL);
	return pair;
}

static void
close_pair(struct pair *pair)
{
	sw_engine_destroy(pair->alone);
	sw_engine_destroy(pair->killed);
	sw_policy_destroy(pair->policy);
	free(pair->memory);
}

static void
forget_events(struct pair *pair)
{
	struct sw_event event;

	while (sw_engine_take(pair->alone, &event))
		continue;
	while (sw_engine_take(pair->killed, &event))
		continue;
}

/* Another process goes on with the same memory. */
static void
kill_one(struct pair *pair)
{
	uint32_t torn;

	sw_engine_destroy(pair->killed);
	pair->killed =
	    sw_engine_create(&limits, pair->memory, pair->policy, pair->now);
	ck_assert_ptr_nonnull(pair->killed);
	sw_engine_restored(pair->killed, &torn);
	ck_assert_uint_eq(torn, 0);
}

static void
bring_back(struct pair *pair, const char *name)
{
	const struct held *held = &pair->held;

	kill_one(pair);
	pair->now.ns += SW_NS_PER_MS;
	for (unsigned i = 0; i < held->n; i++) {
		enum sw_verdict again =
		    sw_engine_step(pair->killed, &held->packet[i], pair->now);

		if (held->verdict[i] != SW_PASS)
			continue;
		pair->repeated++;
		ck_assert_msg(again == SW_PASS,
		    "%s: frame %llu passed, and is dropped when it comes "
		    "again",
		    name, (unsigned long long)held->frame[i]);
	}
	pair->held.n = 0;
	forget_events(pair);
}

/* Nothing that is not answered yet can have drawn a packet of the other
 * side, so only packets of one source wait together. */
static bool
may_wait_with(const struct pair *pair, const struct sw_packet *packet,
    struct sw_time time)
{
	const struct sw_packet *first = &pair->held.packet[0];

	return memcmp(&first->ends.src, &packet->ends.src,
		   sizeof first->ends.src) == 0 &&
	       sw_time_ms_since(pair->since, time) <= TIMEOUT_MS;
}

static void
hold(struct pair *pair, const struct sw_packet *packet, enum sw_verdict verdict,
    uint64_t frame)
{
	struct held *held = &pair->held;

	if (held->n == 0)
		pair->since = pair->now;
	held->packet[held->n] = *packet;
	held->verdict[held->n] = verdict;
	held->frame[held->n++] = frame;
}

static void
play_packet(struct pair *pair, const struct sw_packet *packet, unsigned most,
    const struct sw_record *record, const char *name)
{
	enum sw_verdict verdict, other;

	if (pair->held.n == most ||
	    (pair->held.n > 0 && !may_wait_with(pair, packet, record->time)))
		bring_back(pair, name);
	if (record->time.ns > pair->now.ns)
		pair->now = record->time;
	verdict = sw_engine_step(pair->alone, packet, pair->now);
	other = sw_engine_step(pair->killed, packet, pair->now);
	ck_assert_msg(verdict == other, "%s: frame %llu: %d, alone %d", name,
	    (unsigned long long)record->frame, other, verdict);
	hold(pair, packet, verdict, record->frame);
}

static uint32_t
play(const char *path, unsigned most)
{
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(path, error);
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct pair pair = open_pair(&flow_policy);
	struct sw_record record;

	ck_assert_msg(capture != NULL, "%s: %s", path, error);
	while (sw_capture_next(capture, &record) == 1) {
		struct sw_packet packet;
		struct sw_link link;

		if (sw_link_layer_strip(record.link, record.bytes,
			record.captured, record.length, &link) != SW_LINK_IP)
			continue;
		sw_packet_parse(link.ip, link.captured, link.stated, &packet);
		/* Half datagrams do not outlive a process. */
		if (packet.fragment.is_fragment)
			continue;
		packet.in = record.interface;
		play_packet(&pair, &packet, most, &record, path);
	}
	if (pair.held.n > 0)
		bring_back(&pair, path);
	sw_capture_close(capture);
	close_pair(&pair);
	return pair.repeated;
}

/* => packets that came again, of all captures */
static uint32_t
play_all(unsigned most)
{
	static const char room[] = SYNWARD_SOURCE_DIR "/tests/replay";
	DIR *dir = opendir(room);
	uint32_t repeated = 0;
	struct dirent *entry;
	char path[NAME];

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name);

		if (length < 5 || strcmp(entry->d_name + length - 5, ".pcap"))
			continue;
		snprintf(path, sizeof path, "%s/%s", room, entry->d_name);
		repeated += play(path, most);
	}
	closedir(dir);
	return repeated;
}

START_TEST(each_packet_passes_again)
{
	ck_assert_uint_gt(play_all(1), 200);
}
END_TEST

START_TEST(a_batch_passes_again)
{
	ck_assert_uint_gt(play_all(4), 200);
	ck_assert_uint_gt(play_all(SW_BATCH_MAX), 200);
}
END_TEST

/* --- conversations that were never captured --------------------------------- */

/* What a side would send next, and what it has heard. */
struct side {
	uint32_t next, heard;
};

static uint32_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 11);
}

/* Mostly what fits, now and then something older, or ahead. */
static uint32_t
about(uint32_t number, uint64_t *seed)
{
	switch (draw(seed) % 12) {
	case 0:
		return number - 1;
	case 1:
		return number - draw(seed) % 3000;
	case 2:
		return number + draw(seed) % 2000;
	default:
		return number;
	}
}

static struct script_row
make_row(struct side sides[2], uint64_t *seed)
{
	static const char *const kinds[] = { "S", "SA", "A", "A", "A", "PA",
		"PA", "FA", "R", "RA" };
	const char *flags =
	    kinds[draw(seed) % (sizeof kinds / sizeof kinds[0])];
	unsigned from = draw(seed) % 2;
	struct side *side = &sides[from], *other = &sides[!from];
	struct script_row row = { .from = from ? 'S' : 'C', .flags = flags };

	row.length = strcmp(flags, "PA") ? 0 : draw(seed) % 1400 + 1;
	row.seq = about(side->next, seed);
	row.ack = strchr(flags, 'A') ? about(side->heard, seed) : 0;
	if (row.seq == side->next) {
		side->next += row.length + (strpbrk(flags, "SF") != NULL);
		if (draw(seed) % 8)
			other->heard = side->next;
	}
	return row;
}

/* => packets that came again */
static uint32_t
converse(uint64_t seed, uint8_t tracking)
{
	struct sw_flow_policy flow_policy = script_treatment(tracking);
	struct side sides[2] = { { draw(&seed), 0 }, { draw(&seed), 0 } };
	struct pair pair = open_pair(&flow_policy);
	uint32_t repeated;

	sides[0].heard = sides[1].next;
	sides[1].heard = sides[0].next;
	pair.now.ns = SW_NS_PER_SECOND;
	for (uint64_t frame = 1; frame <= 60; frame++) {
		struct script_row row = make_row(sides, &seed);
		struct sw_packet packet = script_packet(&row);
		enum sw_verdict verdict =
		    sw_engine_step(pair.killed, &packet, pair.now);

		hold(&pair, &packet, verdict, frame);
		bring_back(&pair, row.flags);
		pair.now.ns += draw(&seed) % (50 * SW_NS_PER_MS);
	}
	repeated = pair.repeated;
	close_pair(&pair);
	return repeated;
}

/* Strict tracking is left out: there the ACK that challenges a SYN passes
 * once even outside the window, and not again; it is sent anew for the next
 * SYN. */
START_TEST(whatever_passes_passes_again)
{
	uint32_t repeated = 0;

	for (uint64_t seed = 1; seed <= 1000; seed++)
		repeated += converse(seed * 7919, (uint8_t)_i);
	ck_assert_uint_gt(repeated, 20000);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("repeat");
	Suite *suite = suite_create("repeat");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, each_packet_passes_again);
	tcase_add_test(tcase, a_batch_passes_again);
	tcase_add_loop_test(tcase, whatever_passes_passes_again,
	    SW_TRACK_NORMAL, SW_TRACK_LOOSE + 1);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
