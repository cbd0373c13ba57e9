/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each chunk in each state of an SCTP association, from each side.  Its tags
 * are those that its sender would use, so only the state decides.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"
#include "script.h"

/* Tags of packets to the client (A) and to the server (B); what an INIT tells
 * when there is an association already. */
enum { A = 0xa1, B = 0xb1, ANOTHER = 0xdd };

enum { PATH_MOST = 7 };

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

static void
begin(void)
{
	flow_policy = script_treatment(SW_TRACK_STRICT);
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* => it passed */
static bool
step(char from, enum sw_sctp_chunk chunk, uint32_t init_tag)
{
	bool client = from == 'C';
	struct sw_packet packet = { .length = 60,
		.in = client ? 1 : 2,
		.out = client ? 2 : 1,
		.sctp = { .tag = client ? B : A,
		    .chunks = (uint16_t)(1u << chunk),
		    .steps = 1,
		    .step = { (uint8_t)chunk } } };

	packet.ends =
	    client
		? build_ends("10.0.0.1", 4000, "10.0.0.2", 36412, IPPROTO_SCTP)
		: build_ends("10.0.0.2", 36412, "10.0.0.1", 4000, IPPROTO_SCTP);
	if (chunk == SW_SCTP_INIT)
		packet.sctp.tag = 0;
	if (chunk == SW_SCTP_INIT || chunk == SW_SCTP_INIT_ACK)
		packet.sctp.init_tag = init_tag;
	return sw_engine_step(engine, &packet, script_at(0)) == SW_PASS;
}

static const char *
state_now(void)
{
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 4000, "10.0.0.2", 36412, IPPROTO_SCTP);
	struct sw_flow_info info;

	if (!sw_engine_find(engine, &opener, script_at(0), &info))
		return "-";
	return sw_event_state_text((enum sw_state)info.state) + strlen("sctp_");
}

/* How an association comes into each state. */
struct path {
	const char *state;
	struct {
		char from;
		enum sw_sctp_chunk chunk;
	} step[PATH_MOST];
};

/* clang-format off */
#define ECHOED { 'C', SW_SCTP_INIT }, { 'S', SW_SCTP_INIT_ACK }, \
	{ 'C', SW_SCTP_COOKIE_ECHO }
#define ESTABLISHED ECHOED, { 'S', SW_SCTP_COOKIE_ACK }

static const struct path paths[] = {
	{ "cookie_wait", { { 'C', SW_SCTP_INIT } } },
	{ "cookie_echoed", { ECHOED } },
	{ "established", { ESTABLISHED } },
	{ "shutdown_sent", { ESTABLISHED, { 'C', SW_SCTP_SHUTDOWN } } },
	{ "shutdown_recd", { ESTABLISHED, { 'S', SW_SCTP_SHUTDOWN } } },
	{ "shutdown_ack_sent", { ESTABLISHED, { 'C', SW_SCTP_SHUTDOWN },
	    { 'S', SW_SCTP_SHUTDOWN_ACK } } },
	{ "closed", { ESTABLISHED, { 'C', SW_SCTP_SHUTDOWN },
	    { 'S', SW_SCTP_SHUTDOWN_ACK },
	    { 'C', SW_SCTP_SHUTDOWN_COMPLETE } } },
	{ "heartbeat_sent", { { 'C', SW_SCTP_HEARTBEAT } } },
};
/* clang-format on */

static void
walk(const struct path *path)
{
	for (size_t i = 0; i < PATH_MOST && path->step[i].from; i++)
		ck_assert(step(path->step[i].from, path->step[i].chunk,
		    path->step[i].from == 'C' ? A : B));
	ck_assert_str_eq(state_now(), path->state);
}

static const enum sw_sctp_chunk chunks[] = { SW_SCTP_INIT, SW_SCTP_INIT_ACK,
	SW_SCTP_COOKIE_ECHO, SW_SCTP_COOKIE_ACK, SW_SCTP_DATA,
	SW_SCTP_HEARTBEAT, SW_SCTP_HEARTBEAT_ACK, SW_SCTP_ERROR,
	SW_SCTP_SHUTDOWN, SW_SCTP_SHUTDOWN_ACK, SW_SCTP_SHUTDOWN_COMPLETE,
	SW_SCTP_ABORT };

/* What each of these chunks does: + it passes, - it is refused, a letter: it
 * passes and leads to that state. */
static const struct {
	const char *path;
	char from;
	const char *expected;
} rows[] = {
	{ "cookie_wait", 'C', "+--------+--" },
	{ "cookie_wait", 'S', "++-++++++++c" },
	{ "cookie_echoed", 'C', "+++e+++++++c" },
	{ "cookie_echoed", 'S', "+++e+++c+++c" },
	{ "established", 'C', "++++++++s++c" },
	{ "established", 'S', "++++++++r++c" },
	{ "shutdown_sent", 'C', "+++++++++a+c" },
	{ "shutdown_sent", 'S', "+++++++++a+c" },
	{ "shutdown_recd", 'C', "+++++++++a+c" },
	{ "shutdown_recd", 'S', "+++++++++a+c" },
	{ "shutdown_ack_sent", 'C', "++++++++++cc" },
	{ "shutdown_ack_sent", 'S', "++++++++++cc" },
	{ "closed", 'C', "w--+++++++++" },
	{ "closed", 'S', "w--+++++++++" },
	{ "heartbeat_sent", 'C', "w---+++----c" },
	{ "heartbeat_sent", 'S', "w----+e-----" },
};

static const char *
state_after(const char *before, char expected)
{
	static const char *const states[] = { ['c'] = "closed",
		['w'] = "cookie_wait",
		['e'] = "established",
		['s'] = "shutdown_sent",
		['r'] = "shutdown_recd",
		['a'] = "shutdown_ack_sent" };

	return expected == '+' || expected == '-'
		   ? before
		   : states[(unsigned char)expected];
}

static const struct path *
path_to(const char *state)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (strcmp(paths[i].state, state) == 0)
			return &paths[i];
	ck_abort_msg("no path to %s", state);
	return NULL;
}

START_TEST(each_chunk_in_each_state)
{
	const char *before = rows[_i].path;

	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		char expected = rows[_i].expected[i];
		bool passed;

		begin();
		walk(path_to(before));
		passed = step(rows[_i].from, chunks[i], ANOTHER);
		ck_assert_msg(passed == (expected != '-'),
		    "%s: chunk %zu from %c", before, i, rows[_i].from);
		ck_assert_str_eq(state_now(), state_after(before, expected));
		end();
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("sctp_cells");

	tcase_add_loop_test(t, each_chunk_in_each_state, 0,
	    (int)(sizeof(rows) / sizeof(*rows)));
	return run_case("sctp_cells", t);
}
