/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_fit: does a packet go on where its tuple's story stopped?  A table of
 * numbers at and beside every bound.
 */
#include <check.h>
#include <netinet/in.h>

#include "diagnose/case.h"
#include "runner.h"

enum {
	OWN = 1000000,	 /* what its side would send next */
	OTHER = 5000000, /* what the other side would */
	NEAR = 65536,	 /* granted less: this counts */
};

#define FAR (INT32_C(1) << 24)

struct row {
	const char *name;
	uint8_t flags;
	uint32_t seq, ack;
	enum sw_fit expected;
};

/* Each side has granted the other so much. */
static struct sw_flow_info
story_of(uint32_t granted)
{
	return (struct sw_flow_info){ .side = {
					  { .next = OWN,
					      .ack = OTHER - 77,
					      .edge = OWN + granted },
					  { .next = OTHER,
					      .ack = OWN - 99,
					      .edge = OTHER + granted },
				      } };
}

static void
run(const struct sw_flow_info *info, unsigned side, const struct row *rows,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sw_refusal packet = { .ends.proto = IPPROTO_TCP,
			.tcp_flags = rows[i].flags,
			.seq = rows[i].seq,
			.ack = rows[i].ack };
		enum sw_fit fit = sw_fit_case(info, side, &packet);

		ck_assert_msg(fit == rows[i].expected, "%s: %d, not %d",
		    rows[i].name, fit, rows[i].expected);
	}
}

#define RUN(info, side, rows) \
	run(info, side, rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(sequence_numbers)
{
	static const struct row rows[] = {
		{ "next", SW_ACK, OWN, OTHER, SW_FIT_EXACT },
		{ "keepalive", SW_ACK, OWN - 1, OTHER, SW_FIT_EXACT },
		{ "two before", SW_ACK, OWN - 2, OTHER, SW_FIT_WINDOW },
		{ "one after", SW_ACK, OWN + 1, OTHER, SW_FIT_WINDOW },
		{ "left bound", SW_ACK, OWN - NEAR, OTHER, SW_FIT_WINDOW },
		{ "past it", SW_ACK, OWN - NEAR - 1, OTHER, SW_FIT_NONE },
		{ "right bound", SW_ACK, OWN + NEAR, OTHER, SW_FIT_WINDOW },
		{ "past it", SW_ACK, OWN + NEAR + 1, OTHER, SW_FIT_NONE },
	};
	struct sw_flow_info info = story_of(1000);

	RUN(&info, 0, rows);
}
END_TEST

START_TEST(acknowledgements)
{
	static const struct row rows[] = {
		{ "all", SW_ACK, OWN, OTHER, SW_FIT_EXACT },
		{ "old", SW_ACK, OWN, OTHER - NEAR, SW_FIT_EXACT },
		{ "too old", SW_ACK, OWN, OTHER - NEAR - 1, SW_FIT_NONE },
		{ "ahead", SW_ACK, OWN, OTHER + 1, SW_FIT_WINDOW },
		{ "most", SW_ACK, OWN, OTHER + NEAR, SW_FIT_WINDOW },
		{ "too far", SW_ACK, OWN, OTHER + NEAR + 1, SW_FIT_NONE },
		{ "worse of both", SW_ACK, OWN + 1, OTHER, SW_FIT_WINDOW },
		{ "none at all", SW_SYN, OWN, OTHER + FAR, SW_FIT_EXACT },
	};
	struct sw_flow_info info = story_of(1000);

	RUN(&info, 0, rows);
}
END_TEST

/* As far as was granted, if that is more than little and less than much. */
START_TEST(reach_is_what_was_granted)
{
	static const struct row rows[] = {
		{ "granted", SW_ACK, OWN + 200000, OTHER, SW_FIT_WINDOW },
		{ "more", SW_ACK, OWN + 200001, OTHER, SW_FIT_NONE },
		{ "acked", SW_ACK, OWN, OTHER + 200000, SW_FIT_WINDOW },
		{ "more", SW_ACK, OWN, OTHER + 200001, SW_FIT_NONE },
	};
	static const struct row most[] = {
		{ "granted", SW_ACK, OWN + FAR, OTHER, SW_FIT_WINDOW },
		{ "more", SW_ACK, OWN + FAR + 1, OTHER, SW_FIT_NONE },
	};
	struct sw_flow_info info = story_of(200000);

	RUN(&info, 0, rows);
	info = story_of(FAR + 5);
	RUN(&info, 0, most);
}
END_TEST

START_TEST(the_other_side_has_its_own_numbers)
{
	static const struct row rows[] = {
		{ "next", SW_ACK, OTHER, OWN, SW_FIT_EXACT },
		{ "ahead", SW_ACK, OTHER, OWN + 1, SW_FIT_WINDOW },
		{ "the opener's", SW_ACK, OWN, OTHER, SW_FIT_NONE },
	};
	struct sw_flow_info info = story_of(1000);

	RUN(&info, 1, rows);
}
END_TEST

START_TEST(resets)
{
	static const struct row rows[] = {
		{ "acknowledged", SW_RST, OWN - 99, 0, SW_FIT_EXACT },
		{ "beside it", SW_RST, OWN - 98, 0, SW_FIT_WINDOW },
		{ "no reset", SW_FIN, OWN - 99, 0, SW_FIT_WINDOW },
		{ "ack of 0", SW_RST | SW_ACK, OWN, 0, SW_FIT_EXACT },
		{ "ack is read", SW_RST | SW_ACK, OWN, FAR, SW_FIT_NONE },
		{ "of a FIN, too", SW_FIN | SW_ACK, OWN, 0, SW_FIT_NONE },
	};
	struct sw_flow_info info = story_of(1000);

	RUN(&info, 0, rows);
}
END_TEST

/* A side that never spoke can only answer what the other one sent. */
START_TEST(a_silent_side)
{
	static const struct row rows[] = {
		{ "answer", SW_SYN | SW_ACK, 5, OTHER, SW_FIT_EXACT },
		{ "another's", SW_SYN | SW_ACK, 5, OTHER + 1, SW_FIT_NONE },
		{ "none", SW_SYN, 0, OTHER, SW_FIT_NONE },
	};
	static const struct row peer[] = {
		{ "nothing to hold it to", SW_ACK, OTHER, 99, SW_FIT_EXACT },
	};
	struct sw_flow_info info = story_of(1000);

	info.side[0] = (struct sw_side){ .edge = 9 };
	RUN(&info, 0, rows);
	RUN(&info, 1, peer);
}
END_TEST

/* Only one of both numbers is known: it has spoken. */
START_TEST(half_known_sides_spoke)
{
	static const struct row rows[] = {
		{ "by its ack", SW_ACK, 3, OTHER, SW_FIT_WINDOW },
	};
	static const struct row next[] = {
		{ "by its next", SW_ACK, OWN, OTHER, SW_FIT_EXACT },
		{ "by its next", SW_ACK, OWN, OTHER + 1, SW_FIT_WINDOW },
	};
	struct sw_flow_info info = story_of(1000);

	info.side[0].next = info.side[0].edge = 0;
	RUN(&info, 0, rows);
	info = story_of(1000);
	info.side[0].ack = 0;
	RUN(&info, 0, next);
}
END_TEST

START_TEST(other_protocols_have_no_numbers)
{
	struct sw_flow_info info = story_of(1000);
	struct sw_refusal packet = { .ends.proto = IPPROTO_UDP };

	ck_assert_int_eq(sw_fit_case(&info, 0, &packet), SW_FIT_WINDOW);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("fit");

	tcase_add_test(tcase, sequence_numbers);
	tcase_add_test(tcase, acknowledgements);
	tcase_add_test(tcase, reach_is_what_was_granted);
	tcase_add_test(tcase, the_other_side_has_its_own_numbers);
	tcase_add_test(tcase, resets);
	tcase_add_test(tcase, a_silent_side);
	tcase_add_test(tcase, half_known_sides_spoke);
	tcase_add_test(tcase, other_protocols_have_no_numbers);
	return run_case("fit", tcase);
}
