/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCTP associations: states, tags, handshakes beside a live association,
 * paths, and what is refused.
 *
 * A row is a packet: milliseconds since the start, who sends it (C the client,
 * S the server), its chunks, its tag, the initiate tag it tells; then '+' it
 * passes or '-' it is dropped, and the flow's state afterwards.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "chunks.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

/* A chunk by a letter; lower case: with the T bit. */
static const char letters[] = "DIJSHKAWXECVYZF";

struct row {
	uint32_t at;
	char from;
	const char *chunks;
	uint32_t tag, told;
	char expect;
	const char *state;
};

/* Tags of packets to the server (B) and to the client (A); those of a second
 * handshake. */
enum { A = 0xa1, B = 0xb1, A2 = 0xa2, B2 = 0xb2, WRONG = 0xcc };

#define ECHOED                                          \
	{ 0, 'C', "I", 0, A, '+', "cookie_wait" },      \
	    { 1, 'S', "J", A, B, '+', "cookie_wait" },  \
	{                                               \
		2, 'C', "C", B, 0, '+', "cookie_echoed" \
	}
#define ESTABLISHED                                   \
	ECHOED,                                       \
	{                                             \
		3, 'S', "V", A, 0, '+', "established" \
	}

static struct sw_policy *policy;
static struct sw_engine *engine;
static struct sw_event refused;

static void
begin_under(enum sw_tracking tracking)
{
	struct sw_flow_policy treatment = { .timeouts = *sw_profile("rfc5382"),
		.tracking = (uint8_t)tracking,
		.log = true };

	policy = sw_policy_compile(NULL, 0, &treatment);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
begin(void)
{
	begin_under(SW_TRACK_NORMAL);
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static uint8_t
type_of(char letter)
{
	const char *found = strchr(letters, letter & ~0x20);

	ck_assert_ptr_nonnull(found);
	return (uint8_t)(found - letters);
}

static struct sw_packet
packet_of(const struct row *row)
{
	bool client = row->from == 'C';
	struct chunks chunks = { .sport = client ? 4000 : 36412,
		.dport = client ? 36412 : 4000,
		.tag = row->tag };
	uint8_t upper[CHUNKS_BYTES];
	struct build build = { .src = client ? "10.0.0.1" : "10.0.0.2",
		.dst = client ? "10.0.0.2" : "10.0.0.1",
		.proto = IPPROTO_SCTP,
		.raw = true,
		.payload = upper };

	for (const char *c = row->chunks; *c; c++)
		chunks.chunk[chunks.n++] = (struct chunk){ .type = type_of(*c),
			.flags = *c & 0x20 ? 1 : 0,
			.tag = row->told };
	build.payload_length = chunks_bytes(&chunks, upper);
	return build_packet(&build);
}

static const char *
state_now(const struct row *row)
{
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 4000, "10.0.0.2", 36412, IPPROTO_SCTP);
	struct sw_flow_info info;

	if (!sw_engine_find(engine, &opener, script_at(row->at), &info))
		return "-";
	return sw_event_state_text(info.state) + strlen("sctp_");
}

static void
drain(void)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			refused = event;
}

static void
step(const struct row *row, unsigned number)
{
	struct sw_packet packet = packet_of(row);
	bool passes =
	    sw_engine_step(engine, &packet, script_at(row->at)) == SW_PASS;

	ck_assert_msg(passes == (row->expect == '+'), "row %u %s: %s", number,
	    row->chunks, passes ? "passed" : "dropped");
	ck_assert_msg(strcmp(state_now(row), row->state) == 0,
	    "row %u %s: %s, not %s", number, row->chunks, state_now(row),
	    row->state);
	drain();
}

static void
play(const struct row *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		step(&rows[i], i + 1);
}

#define PLAY(rows) play(rows, sizeof(rows) / sizeof(*(rows)))

START_TEST(lives_and_is_shut_down)
{
	static const struct row rows[] = {
		ESTABLISHED,
		{ 4, 'C', "D", B, 0, '+', "established" },
		{ 5, 'S', "SD", A, 0, '+', "established" },
		{ 6, 'C', "H", B, 0, '+', "established" },
		{ 7, 'S', "K", A, 0, '+', "established" },
		{ 8, 'C', "W", B, 0, '+', "shutdown_sent" },
		{ 9, 'S', "D", A, 0, '+', "shutdown_sent" },
		{ 10, 'S', "X", A, 0, '+', "shutdown_ack_sent" },
		{ 11, 'C', "F", B, 0, '+', "closed" },
		{ 12, 'S', "X", A, 0, '+', "closed" },
		/* A last word does not prolong it; 10 s after the end. */
		{ 10500, 'S', "D", A, 0, '-', "-" },
	};

	PLAY(rows);
	ck_assert_uint_eq(refused.judgement.cause, 0);
	ck_assert_uint_eq(refused.refused.chunks, 1u << SW_SCTP_DATA);
	ck_assert_uint_eq(refused.info.how, SW_END_CLOSED);
	ck_assert_str_eq(refused.info.history, "ShAaDdFf");
}
END_TEST

START_TEST(the_other_side_shuts_down)
{
	static const struct row rows[] = {
		ESTABLISHED,
		{ 8, 'S', "W", A, 0, '+', "shutdown_recd" },
		{ 10, 'C', "X", B, 0, '+', "shutdown_ack_sent" },
		{ 11, 'S', "f", B, 0, '+', "closed" },
	};

	PLAY(rows);
}
END_TEST

START_TEST(chunks_share_packets)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 1, 'S', "J", A, B, '+', "cookie_wait" },
		{ 2, 'C', "CD", B, 0, '+', "cookie_echoed" },
		{ 3, 'S', "VSDW", A, 0, '+', "shutdown_recd" },
	};

	PLAY(rows);
}
END_TEST

/* Of each state: what has a wrong tag is dropped and changes nothing. */
START_TEST(wrong_tags)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 1, 'S', "J", WRONG, B, '-', "cookie_wait" },
		{ 2, 'S', "J", A, B, '+', "cookie_wait" },
		{ 3, 'C', "C", WRONG, 0, '-', "cookie_wait" },
		{ 4, 'C', "C", B, 0, '+', "cookie_echoed" },
		{ 5, 'S', "V", WRONG, 0, '-', "cookie_echoed" },
		{ 6, 'S', "V", A, 0, '+', "established" },
		{ 7, 'S', "D", WRONG, 0, '-', "established" },
		{ 8, 'S', "D", B, 0, '-', "established" },
		{ 9, 'C', "A", WRONG, 0, '-', "established" },
		{ 10, 'C', "A", A, 0, '-', "established" },
		{ 11, 'C', "W", A, 0, '-', "established" },
		{ 12, 'S', "H", WRONG, 0, '-', "established" },
		{ 13, 'S', "HD", WRONG, 0, '-', "established" },
		{ 14, 'C', "W", B, 0, '+', "shutdown_sent" },
		{ 15, 'S', "X", B, 0, '-', "shutdown_sent" },
		{ 16, 'S', "X", A, 0, '+', "shutdown_ack_sent" },
		{ 17, 'C', "F", A, 0, '-', "shutdown_ack_sent" },
		{ 18, 'C', "f", B, 0, '-', "shutdown_ack_sent" },
		{ 19, 'C', "f", A, 0, '+', "closed" },
	};

	PLAY(rows);
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_NOT_OPENING);
	ck_assert(refused.refused.wrong_tag);
}
END_TEST

START_TEST(aborts)
{
	static const struct row answer[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 1, 'S', "A", A, 0, '+', "closed" },
		{ 2, 'C', "I", 0, A2, '+', "cookie_wait" },
	};
	static const struct row live[] = {
		ESTABLISHED,
		{ 4, 'S', "a", B, 0, '+', "closed" },
		{ 5, 'C', "D", B, 0, '+', "closed" },
		{ 10500, 'C', "D", B, 0, '-', "-" },
	};

	PLAY(answer);
	end();
	begin();
	PLAY(live);
	ck_assert_uint_eq(refused.info.how, SW_END_RESET);
	ck_assert_uint_eq(refused.info.ender, 1);
}
END_TEST

/* One end lost its memory: the association it begins replaces the old one,
 * which lives until the new one is confirmed. */
START_TEST(restarts)
{
	static const struct row rows[] = {
		ESTABLISHED,
		{ 4, 'C', "I", 0, A2, '+', "established" },
		{ 5, 'S', "D", A, 0, '+', "established" },
		{ 6, 'S', "J", A2, B2, '+', "established" },
		{ 7, 'C', "C", B2, 0, '+', "established" },
		{ 8, 'S', "D", A, 0, '+', "established" },
		{ 9, 'S', "V", A2, 0, '+', "established" },
		{ 10, 'C', "D", B2, 0, '+', "established" },
		{ 11, 'C', "D", B, 0, '-', "established" },
		{ 12, 'S', "D", A, 0, '-', "established" },
	};

	PLAY(rows);
}
END_TEST

/* A forged INIT, and a forged refusal of it, change nothing. */
START_TEST(forgeries)
{
	static const struct row rows[] = {
		ESTABLISHED,
		{ 4, 'C', "I", 0, WRONG, '+', "established" },
		{ 5, 'S', "D", A, 0, '+', "established" },
		{ 6, 'C', "D", B, 0, '+', "established" },
		{ 7, 'S', "D", WRONG, 0, '-', "established" },
		{ 8, 'S', "A", WRONG, 0, '+', "established" },
		{ 9, 'S', "V", WRONG, 0, '-', "established" },
		{ 10, 'S', "I", 0, WRONG, '+', "established" },
		{ 11, 'C', "C", WRONG, 0, '-', "established" },
		{ 12, 'C', "D", B, 0, '+', "established" },
		{ 13, 'S', "D", A, 0, '+', "established" },
		{ 14, 'C', "W", B, 0, '+', "shutdown_sent" },
		{ 15, 'C', "I", 0, WRONG, '+', "shutdown_sent" },
		{ 16, 'S', "X", A, 0, '+', "shutdown_ack_sent" },
	};

	PLAY(rows);
}
END_TEST

/* Each copy of an INIT is answered by tags of its own. */
START_TEST(answers_to_copies)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 1, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 2, 'S', "J", A, B, '+', "cookie_wait" },
		{ 3, 'S', "J", A, B2, '+', "cookie_wait" },
		{ 4, 'C', "C", B, 0, '+', "cookie_echoed" },
		{ 5, 'S', "J", A, B2, '+', "cookie_echoed" },
		{ 6, 'S', "V", A, 0, '+', "established" },
		{ 7, 'C', "D", B, 0, '+', "established" },
		{ 8, 'C', "D", B2, 0, '-', "established" },
	};

	PLAY(rows);
}
END_TEST

START_TEST(both_call)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 0, 'S', "I", 0, B, '+', "cookie_wait" },
		{ 1, 'S', "J", A, B, '+', "cookie_wait" },
		{ 1, 'C', "J", B, A, '+', "cookie_wait" },
		{ 2, 'C', "C", B, 0, '+', "cookie_echoed" },
		{ 2, 'S', "C", A, 0, '+', "cookie_echoed" },
		{ 3, 'S', "V", A, 0, '+', "established" },
		{ 3, 'C', "V", B, 0, '+', "established" },
	};

	PLAY(rows);
}
END_TEST

/* A server that still holds the old association answers INIT by SHUTDOWN ACK
 * (RFC 9260 9.2), whose tag nobody told. */
START_TEST(closing_server_is_called)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A2, '+', "cookie_wait" },
		{ 1, 'S', "X", A, 0, '+', "cookie_wait" },
		{ 2, 'C', "f", WRONG, 0, '-', "cookie_wait" },
		{ 2, 'C', "F", A, 0, '-', "cookie_wait" },
		{ 2, 'C', "a", A, 0, '-', "cookie_wait" },
		{ 3, 'C', "f", A, 0, '+', "cookie_wait" },
		{ 4, 'C', "I", 0, A2, '+', "cookie_wait" },
		{ 5, 'S', "J", A2, B2, '+', "cookie_wait" },
	};

	PLAY(rows);
}
END_TEST

START_TEST(paths)
{
	static const struct row rows[] = {
		{ 0, 'C', "H", B, 0, '+', "heartbeat_sent" },
		{ 1, 'C', "W", B, 0, '-', "heartbeat_sent" },
		{ 2, 'S', "D", A, 0, '-', "heartbeat_sent" },
		{ 3, 'S', "K", A, 0, '+', "established" },
		{ 4, 'S', "D", A, 0, '+', "established" },
		{ 5, 'C', "D", B, 0, '+', "established" },
		{ 6, 'C', "D", WRONG, 0, '-', "established" },
		/* The association restarts elsewhere. */
		{ 7, 'C', "H", B2, 0, '+', "established" },
		{ 8, 'C', "D", B2, 0, '-', "established" },
		{ 9, 'S', "K", A2, 0, '+', "established" },
		{ 10, 'C', "D", B2, 0, '+', "established" },
		{ 11, 'S', "A", A2, 0, '+', "established" },
		{ 12, 'S', "A", A, 0, '+', "closed" },
	};
	static const struct row aborted[] = {
		{ 0, 'C', "H", B, 0, '+', "heartbeat_sent" },
		{ 1, 'S', "a", B, 0, '+', "closed" },
	};

	PLAY(rows);
	end();
	begin();
	PLAY(aborted);
}
END_TEST

START_TEST(nothing_else_opens)
{
	static const char *const chunks[] = { "D", "J", "S", "K", "A", "W", "X",
		"E", "C", "V", "Y", "Z", "F", "HD", "a", "f" };

	for (unsigned i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		struct row row = { i, 'C', chunks[i], B, A, '-', "-" };

		step(&row, i);
		ck_assert_uint_eq(
		    refused.refused.message, SW_MESSAGE_NOT_OPENING);
		ck_assert(!refused.refused.wrong_tag);
	}
}
END_TEST

START_TEST(picked_up_in_the_middle)
{
	static const struct row rows[] = {
		{ 0, 'S', "A", A, 0, '-', "-" },
		{ 1, 'C', "D", B, 0, '+', "established" },
		/* Its tag is not known yet, so it may be right. */
		{ 2, 'S', "A", WRONG, 0, '+', "established" },
		{ 3, 'S', "SD", A, 0, '+', "established" },
		{ 4, 'S', "A", WRONG, 0, '-', "established" },
		{ 5, 'S', "A", A, 0, '+', "closed" },
	};

	end();
	begin_under(SW_TRACK_LOOSE);
	PLAY(rows);
}
END_TEST

/* An unanswered INIT is not prolonged by its copies. */
START_TEST(times_out)
{
	static const struct row rows[] = {
		{ 0, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 20000, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 31000, 'S', "J", A, B, '-', "-" },
		{ 40000, 'C', "I", 0, A, '+', "cookie_wait" },
		{ 40001, 'S', "J", A, B, '+', "cookie_wait" },
		{ 65000, 'C', "C", B, 0, '+', "cookie_echoed" },
		{ 65001, 'S', "V", A, 0, '+', "established" },
		{ 65001 + 7440000 + 1000, 'S', "D", A, 0, '-', "-" },
	};

	PLAY(rows);
	ck_assert_uint_eq(refused.info.state, SW_STATE_SCTP_ESTABLISHED);
	ck_assert_uint_eq(refused.info.how, SW_END_TIMEOUT);
	ck_assert_uint_eq(refused.info.timeout, 7440);
}
END_TEST

START_TEST(chunks_have_names)
{
	char text[SW_CHUNKS_TEXT_MAX];

	sw_event_chunks_text(0, text);
	ck_assert_str_eq(text, "-");
	sw_event_chunks_text(1u << SW_SCTP_INIT_ACK, text);
	ck_assert_str_eq(text, "INIT ACK");
	sw_event_chunks_text(1u << SW_SCTP_COOKIE_ECHO | 1, text);
	ck_assert_str_eq(text, "DATA, COOKIE ECHO");
	sw_event_chunks_text(0xffff, text);
	ck_assert_uint_lt(strlen(text), sizeof(text) - 16);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("sctp");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, lives_and_is_shut_down);
	tcase_add_test(tcase, the_other_side_shuts_down);
	tcase_add_test(tcase, chunks_share_packets);
	tcase_add_test(tcase, wrong_tags);
	tcase_add_test(tcase, aborts);
	tcase_add_test(tcase, restarts);
	tcase_add_test(tcase, forgeries);
	tcase_add_test(tcase, answers_to_copies);
	tcase_add_test(tcase, both_call);
	tcase_add_test(tcase, closing_server_is_called);
	tcase_add_test(tcase, paths);
	tcase_add_test(tcase, nothing_else_opens);
	tcase_add_test(tcase, picked_up_in_the_middle);
	tcase_add_test(tcase, times_out);
	tcase_add_test(tcase, chunks_have_names);
	return run_case("sctp", tcase);
}
