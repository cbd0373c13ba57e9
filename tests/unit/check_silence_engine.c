/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_silence_engine: a live flow that was silent for a minute or more is
 * reported when it speaks again, with the timeout that it survived.
 */
#include <check.h>
#include <netinet/in.h>

#include "runner.h"
#include "stage.h"
#include "synward/engine.h"

static const char conf[] =
    "timeouts { established = 3h  unacknowledged = 10m  udp = 10m }\n"
    "rule \"db\" { port = { 5432 } on-idle = probe }\n";

static struct stage stage;

static void
begin(void)
{
	stage = stage_open(conf);
}

static void
end(void)
{
	stage_close(&stage);
}

static void
step(
    uint32_t seconds, bool client, const char *what, uint32_t seq, uint32_t ack)
{
	const struct stage_row row = { seconds * 1000,
		client ? "10.1.0.2" : "10.2.0.2", client ? 40000 : 80,
		client ? "10.2.0.2" : "10.1.0.2", client ? 80 : 40000, what,
		seq, ack, "pass" };

	stage_step(&stage, "silence", seconds, &row);
}

static void
handshake(void)
{
	step(1, true, "S", 1000, 0);
	step(1, false, "SA", 5000, 1001);
	step(1, true, "A", 1001, 5001);
}

static void
expect(uint32_t seconds, enum sw_timeout timeout, bool keepalive)
{
	struct sw_silence silence;

	ck_assert(sw_engine_take_silence(stage.engine, &silence));
	ck_assert_uint_eq(silence.seconds, seconds);
	ck_assert_uint_eq(silence.timeout, timeout);
	ck_assert_uint_eq(silence.keepalive, keepalive);
	ck_assert_uint_eq(silence.rule, SW_RULE_DEFAULT);
}

static void
expect_none(void)
{
	struct sw_silence silence;

	ck_assert(!sw_engine_take_silence(stage.engine, &silence));
}

START_TEST(a_minute_counts)
{
	handshake();
	step(61, true, "A", 1001, 5001);
	expect(60, SW_TIMEOUT_ESTABLISHED, false);
	step(120, true, "A", 1001, 5001);
	expect_none();
	step(7400, false, "A", 5001, 1001);
	expect(7280, SW_TIMEOUT_ESTABLISHED, false);
	expect_none();
}
END_TEST

START_TEST(keepalives_are_known)
{
	handshake();
	step(7202, true, "A", 1000, 5001);
	expect(7201, SW_TIMEOUT_ESTABLISHED, true);
	step(7202, false, "A", 5001, 1001);
	expect_none();
	step(14403, false, "A", 5000, 1001);
	expect(7201, SW_TIMEOUT_ESTABLISHED, true);
}
END_TEST

START_TEST(the_state_names_the_timeout)
{
	handshake();
	step(2, true, "FA", 1001, 5001);
	step(80, false, "A", 5001, 1002);
	expect(78, SW_TIMEOUT_FIN_WAIT, false);
	expect_none();
}
END_TEST

START_TEST(datagrams_count)
{
	step(1, true, "udp", 0, 0);
	step(2, false, "udp", 0, 0);
	step(92, true, "udp", 0, 0);
	expect(90, SW_TIMEOUT_UDP, false);
	expect_none();
}
END_TEST

/* No reader comes: what finds no place is counted. */
START_TEST(a_full_ring_counts)
{
	struct sw_silence silence;
	uint32_t n = 5000, taken = 0;

	handshake();
	ck_assert(!sw_engine_pending(stage.engine));
	for (uint32_t i = 1; i <= n; i++) {
		step(1 + i * 100, true, "A", 1001, 5001);
		if (i == 4000)
			ck_assert(sw_engine_pending(stage.engine));
	}
	while (sw_engine_take_silence(stage.engine, &silence))
		taken++;
	ck_assert_uint_eq(taken + sw_engine_silences_lost(stage.engine), n);
	ck_assert_uint_eq(taken, 4096);
	step(1 + (n + 1) * 100, true, "A", 1001, 5001);
	expect(100, SW_TIMEOUT_ESTABLISHED, false);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("silence_engine");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_minute_counts);
	tcase_add_test(t, keepalives_are_known);
	tcase_add_test(t, the_state_names_the_timeout);
	tcase_add_test(t, datagrams_count);
	tcase_add_test(t, a_full_ring_counts);
	return run_case("silence_engine", t);
}
