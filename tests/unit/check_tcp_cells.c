/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each kind of segment in each state of a connection, from each side.  Its
 * numbers are those that its sender would use, so only the state decides.  An
 * RST to a SYN ends the flow at once, so no state is left.
 */

#include <check.h>
#include <string.h>

#include "runner.h"
#include "script.h"

enum { PATH_MOST = 8, KINDS = 5 };

/* How a connection comes into a state. */
struct path {
	struct script_row row[PATH_MOST];
	size_t n;
	uint32_t client, server; /* the next number that each has not used */
	bool client_closed, server_closed; /* its FIN has the number before */
};

/* clang-format off */
static const struct path syn_sent = {
	{ { 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" } },
	1, 1001, 5001, false, false };
static const struct path syn_recv = {
	{ { 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
	  { 1, 'S', "SA", 5000, 1001, 0, '+', "syn_recv" } },
	2, 1001, 5001, false, false };
static const struct path syn_sent2 = {
	{ { 0, 'C', "S", 1000, 0, 0, '+', "syn_sent" },
	  { 1, 'S', "S", 5000, 0, 0, '+', "syn_sent2" } },
	2, 1001, 5001, false, false };
static const struct path established = {
	{ SCRIPT_HANDSHAKE }, 3, 1001, 5001, false, false };
static const struct path fin_wait = {
	{ SCRIPT_TO_FIN_WAIT }, 4, 1002, 5001, true, false };
static const struct path close_wait = {
	{ SCRIPT_TO_CLOSE_WAIT }, 5, 1002, 5001, true, false };
static const struct path last_ack = {
	{ SCRIPT_TO_LAST_ACK }, 6, 1002, 5002, true, true };
static const struct path time_wait = {
	{ SCRIPT_TO_TIME_WAIT }, 7, 1002, 5002, true, true };
static const struct path closed = {
	{ SCRIPT_HANDSHAKE,
	  { 3, 'C', "R", 1001, 0, 0, '+', "close" } },
	4, 1001, 5001, false, false };

/* Of a SYN, SYN/ACK, FIN, ACK and RST: does it pass, and in which state is the
 * connection then? */
static const struct cells {
	const struct path *path;
	char from;
	const char *expected[KINDS];
} rows[] = {
	{ &syn_sent, 'C', { "+syn_sent", "-syn_sent", "-syn_sent",
	    "-syn_sent", "+-" } },
	{ &syn_recv, 'C', { "+syn_recv", "+syn_recv", "+fin_wait",
	    "+established", "+close" } },
	{ &syn_sent2, 'C', { "+syn_sent2", "+syn_recv", "-syn_sent2",
	    "-syn_sent2", "+close" } },
	{ &established, 'C', { "+established", "-established", "+fin_wait",
	    "+established", "+close" } },
	{ &fin_wait, 'C', { "+fin_wait", "-fin_wait", "+fin_wait",
	    "+fin_wait", "+close" } },
	{ &close_wait, 'C', { "+close_wait", "-close_wait", "+close_wait",
	    "+close_wait", "+close" } },
	{ &last_ack, 'C', { "+last_ack", "-last_ack", "+time_wait",
	    "+time_wait", "+close" } },
	{ &time_wait, 'C', { "+syn_sent", "-time_wait", "+time_wait",
	    "+time_wait", "+close" } },
	{ &closed, 'C', { "+syn_sent", "-close", "+close",
	    "+close", "+close" } },
	{ &syn_sent, 'S', { "+syn_sent2", "+syn_recv", "-syn_sent",
	    "+syn_sent", "+-" } },
	{ &syn_recv, 'S', { "-syn_recv", "+syn_recv", "+fin_wait",
	    "+syn_recv", "+close" } },
	{ &syn_sent2, 'S', { "+syn_sent2", "+syn_recv", "-syn_sent2",
	    "+syn_sent2", "+close" } },
	{ &established, 'S', { "+established", "+established", "+fin_wait",
	    "+established", "+close" } },
	{ &fin_wait, 'S', { "+fin_wait", "+fin_wait", "+last_ack",
	    "+close_wait", "+close" } },
	{ &close_wait, 'S', { "+close_wait", "+close_wait", "+last_ack",
	    "+close_wait", "+close" } },
	{ &last_ack, 'S', { "+last_ack", "+last_ack", "+last_ack",
	    "+last_ack", "+close" } },
	{ &time_wait, 'S', { "+syn_sent", "+time_wait", "+time_wait",
	    "+time_wait", "+close" } },
	{ &closed, 'S', { "+syn_sent", "+close", "+close",
	    "+close", "+close" } },
};
/* clang-format on */

static struct script_row
segment(const struct path *path, char from, unsigned kind)
{
	static const char *const flags[KINDS] = { "S", "SA", "FA", "A", "RA" };
	bool client = from == 'C';
	uint32_t next = client ? path->client : path->server;
	bool fin = client ? path->client_closed : path->server_closed;
	uint32_t first = client ? 1000 : 5000;
	const uint32_t seq[KINDS] = { path == &syn_sent2 ? first : 900000,
		first, fin ? next - 1 : next, next, next };

	return (struct script_row){ .at = 10,
		.from = from,
		.flags = flags[kind],
		.seq = seq[kind],
		.ack = kind == 0 ? 0
		       : client	 ? path->server
				 : path->client };
}

static void
run_all(const struct path *path, const struct script_row *script, size_t n)
{
	for (int t = SW_TRACK_NORMAL; t <= SW_TRACK_STRICT; t++) {
		struct sw_flow_policy flow_policy =
		    script_treatment((enum sw_tracking)t);

		script_run(
		    path->row[path->n - 1].state, &flow_policy, script, n);
	}
}

START_TEST(each_kind_in_each_state)
{
	const struct cells *cells = &rows[_i];
	const struct path *path = cells->path;

	for (unsigned kind = 0; kind < KINDS; kind++) {
		struct script_row script[PATH_MOST];
		struct script_row last = segment(path, cells->from, kind);

		last.expect = cells->expected[kind][0];
		last.state = cells->expected[kind] + 1;
		memcpy(script, path->row, sizeof(script));
		script[path->n] = last;
		run_all(path, script, path->n + 1);
	}
}
END_TEST

/* While both call, neither takes a number far above its first. */
START_TEST(a_simultaneous_call_keeps_its_number)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_STRICT);
	struct script_row script[PATH_MOST];

	memcpy(script, syn_sent2.row, sizeof(script));
	script[2] =
	    (struct script_row){ 10, 'C', "S", 900000, 0, 0, '-', "syn_sent2" };
	script_run("both call", &flow_policy, script, 3);
}
END_TEST

/* The called side has called by itself: the opener answers, whatever the state
 * of the old connection. */
START_TEST(a_call_is_answered_in_each_state)
{
	static const struct path *const paths[] = { &established, &fin_wait,
		&close_wait, &last_ack };
	const struct path *path = paths[_i];
	const char *state = path->row[path->n - 1].state;
	const struct script_row calls[] = {
		{ 10, 'S', "S", 900000, 0, 0, '+', state },
		{ 11, 'C', "SA", 70000, 900001, 0, '+', state },
		{ 12, 'S', "A", 900001, 70001, 0, '+', "established" },
	};
	struct script_row script[PATH_MOST + 3];

	memcpy(script, path->row, sizeof(path->row));
	memcpy(&script[path->n], calls, sizeof(calls));
	run_all(path, script, path->n + 3);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("tcp_cells");

	tcase_add_loop_test(
	    t, each_kind_in_each_state, 0, (int)(sizeof(rows) / sizeof(*rows)));
	tcase_add_test(t, a_simultaneous_call_keeps_its_number);
	tcase_add_loop_test(t, a_call_is_answered_in_each_state, 0, 4);
	return run_case("tcp_cells", t);
}
