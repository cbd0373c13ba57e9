/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals after packets that could not be read: each test changes what was
 * read of the packet, when it passed, or what the refusal was judged to be.
 */
#include <check.h>
#include <netinet/in.h>

#include "diagnose/unseen.h"
#include "runner.h"

static const uint8_t key[16] = { 1, 2, 3 };

/* A refused segment of port 80, at 100 s, of a tuple first seen then. */
struct scene {
	struct sw_event event;
	struct sw_trace trace;
	struct sw_flow_info info;
	struct sw_case c;
};

static struct sw_time
at(uint64_t seconds)
{
	return (struct sw_time){ seconds * SW_NS_PER_SECOND };
}

static struct sw_endpoints
ends_of(uint8_t from, uint8_t to, uint16_t sport, uint16_t dport, uint8_t proto)
{
	return (struct sw_endpoints){ .family = SW_IPV4,
		.src.b = { 10, 0, 0, from },
		.dst.b = { 10, 0, 0, to },
		.sport = sport,
		.dport = dport,
		.proto = proto };
}

static void
set(struct scene *scene)
{
	*scene = (struct scene){ .trace.first = at(100).ns };
	scene->event.refused.ends = ends_of(2, 1, 80, 4000, IPPROTO_TCP);
	scene->c = (struct sw_case){ .event = &scene->event,
		.packet = &scene->event.refused,
		.trace = &scene->trace,
		.now = at(100) };
}

/* => the judgement of one that was asymmetric, after that packet alone */
static struct sw_judgement
judge_after(const struct scene *scene, const struct sw_endpoints *ends,
    uint64_t seconds, enum sw_cause cause)
{
	struct sw_judgement j = { .cause = (uint8_t)cause,
		.confidence = SW_CONF_HIGH };
	struct sw_unseen *unseen = sw_unseen_create(key);
	bool changed;

	ck_assert_ptr_nonnull(unseen);
	ck_assert(sw_unseen_note(unseen, ends, at(seconds)));
	changed = sw_unseen_judge(unseen, &scene->c, &j);
	ck_assert_int_eq(changed, j.cause != cause);
	sw_unseen_destroy(unseen);
	return j;
}

static const struct {
	const char *what;
	uint8_t from, to;
	uint16_t sport, dport;
	uint8_t proto;
	int confidence; /* -1: the refusal has nothing to do with it */
} packets[] = {
	{ "its own", 2, 1, 80, 4000, IPPROTO_TCP, SW_CONF_MEDIUM },
	{ "its other way", 1, 2, 4000, 80, IPPROTO_TCP, SW_CONF_MEDIUM },
	{ "no ports", 1, 2, 0, 0, IPPROTO_TCP, SW_CONF_LOW },
	{ "no protocol", 1, 2, 0, 0, 0, SW_CONF_LOW },
	{ "another port", 1, 2, 4001, 80, IPPROTO_TCP, -1 },
	{ "another protocol", 1, 2, 0, 0, IPPROTO_ICMP, -1 },
	{ "another host", 3, 2, 0, 0, IPPROTO_TCP, -1 },
};

START_TEST(unseen_packet_explains_what_follows)
{
	struct sw_endpoints ends = ends_of(packets[_i].from, packets[_i].to,
	    packets[_i].sport, packets[_i].dport, packets[_i].proto);
	struct scene scene;
	struct sw_judgement j;

	set(&scene);
	j = judge_after(&scene, &ends, 97, SW_CAUSE_ASYMMETRIC);
	if (packets[_i].confidence < 0) {
		ck_assert_int_eq(j.cause, SW_CAUSE_ASYMMETRIC);
		return;
	}
	ck_assert_int_eq(j.cause, SW_CAUSE_GAP);
	ck_assert_int_eq(j.confidence, packets[_i].confidence);
	ck_assert_int_eq(j.evidences, 1);
	ck_assert_int_eq(j.evidence[0].key, SW_EVIDENCE_GAP);
	ck_assert_int_eq(j.evidence[0].value, 3);
}
END_TEST

START_TEST(some_causes_need_no_past)
{
	struct sw_endpoints ends = ends_of(1, 2, 0, 0, IPPROTO_TCP);

	for (int cause = 0; cause < SW_CAUSE_COUNT; cause++) {
		bool stays = cause == SW_CAUSE_BAD_FLAGS ||
			     cause == SW_CAUSE_DENIED_BEFORE ||
			     cause == SW_CAUSE_EVICTED ||
			     cause == SW_CAUSE_OPENS_NOTHING;
		struct scene scene;

		if (cause == SW_CAUSE_GAP)
			continue;
		set(&scene);
		ck_assert_int_eq(
		    judge_after(&scene, &ends, 97, (enum sw_cause)cause).cause,
		    stays ? cause : SW_CAUSE_GAP);
	}
}
END_TEST

/* Nothing is known of the packet: then only what follows soon counts. */
START_TEST(packet_of_nobody_explains_a_minute)
{
	struct scene scene;

	set(&scene);
	ck_assert_int_eq(
	    judge_after(&scene, NULL, 41, SW_CAUSE_ASYMMETRIC).cause,
	    SW_CAUSE_GAP);
	ck_assert_int_eq(
	    judge_after(&scene, NULL, 39, SW_CAUSE_ASYMMETRIC).cause,
	    SW_CAUSE_ASYMMETRIC);
	scene.c.now = at(9000); /* the tuple goes on */
	ck_assert_int_eq(
	    judge_after(&scene, NULL, 41, SW_CAUSE_ASYMMETRIC).cause,
	    SW_CAUSE_GAP);
}
END_TEST

START_TEST(pair_is_remembered_as_long_as_an_entry)
{
	struct sw_endpoints ends = ends_of(1, 2, 0, 0, IPPROTO_TCP);
	struct scene scene;

	set(&scene);
	scene.c.now = at(7541);
	scene.trace.first = at(7540).ns;
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 100, SW_CAUSE_ACK_SCAN).cause,
	    SW_CAUSE_GAP);
	scene.trace.first = at(7541).ns;
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 100, SW_CAUSE_ACK_SCAN).cause,
	    SW_CAUSE_ACK_SCAN);
}
END_TEST

/* A flow that went on after the packet was not changed by it. */
START_TEST(packet_before_the_last_seen_changes_nothing)
{
	struct sw_endpoints ends = ends_of(2, 1, 80, 4000, IPPROTO_TCP);
	struct scene scene;

	set(&scene);
	scene.c.info = &scene.info;
	scene.info.how = SW_END_TIMEOUT;
	scene.info.opened = at(10);
	scene.info.seen = at(60);
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 61, SW_CAUSE_IDLE_EXPIRED).cause,
	    SW_CAUSE_GAP);
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 40, SW_CAUSE_IDLE_EXPIRED).cause,
	    SW_CAUSE_IDLE_EXPIRED);
	scene.info.how = SW_END_NOT;
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 40, SW_CAUSE_OUT_OF_WINDOW).cause,
	    SW_CAUSE_GAP);
	ck_assert_int_eq(
	    judge_after(&scene, &ends, 5, SW_CAUSE_OUT_OF_WINDOW).cause,
	    SW_CAUSE_OUT_OF_WINDOW);
}
END_TEST

START_TEST(without_one_nothing_changes)
{
	struct sw_judgement j = { .cause = SW_CAUSE_ASYMMETRIC };
	struct scene scene;

	set(&scene);
	ck_assert(!sw_unseen_judge(NULL, &scene.c, &j));
	ck_assert_int_eq(j.cause, SW_CAUSE_ASYMMETRIC);
}
END_TEST

/* Many pairs find room, and it is told when one is lost. */
START_TEST(oldest_pair_is_forgotten_first)
{
	struct sw_unseen *unseen = sw_unseen_create(key);
	unsigned n = 0;
	struct sw_endpoints ends;

	ck_assert_ptr_nonnull(unseen);
	do {
		ends = ends_of(1, 2, 0, 0, (uint8_t)(n & 0xff));
		ends.src.b[1] = (uint8_t)(n >> 8);
		ends.src.b[2] = (uint8_t)(n >> 16);
	} while (sw_unseen_note(unseen, &ends, at(n)) && ++n < 1000000);
	ck_assert_uint_gt(n, 4000);
	ck_assert_uint_lt(n, 1000000);
	ck_assert(sw_unseen_note(unseen, &ends, at(n))); /* it is there */
	sw_unseen_destroy(unseen);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, unseen_packet_explains_what_follows, 0,
	    (int)(sizeof packets / sizeof packets[0]));
	tcase_add_test(tests, some_causes_need_no_past);
	tcase_add_test(tests, packet_of_nobody_explains_a_minute);
	tcase_add_test(tests, pair_is_remembered_as_long_as_an_entry);
	tcase_add_test(tests, packet_before_the_last_seen_changes_nothing);
	tcase_add_test(tests, without_one_nothing_changes);
	tcase_add_test(tests, oldest_pair_is_forgotten_first);
	return run_case("unseen", tests);
}
