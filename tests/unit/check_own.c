/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_own: the mark of our own packets counts only on what we have sent.
 */
#include <check.h>
#include <unistd.h>

#include "net/own_mark.h"
#include "runner.h"

enum { OURS = 998, STRANGER = 1000 };

static const struct sw_own_mark own = { { 0, OURS } };

static bool
sent(uint32_t mark, uint32_t in, uint32_t uid, bool local, bool routed)
{
	struct sw_nfqueue_packet packet = { .mark = mark,
		.in = in,
		.uid = uid,
		.local = local,
		.routed = routed };

	return sw_own_mark_sent(&own, &packet);
}

START_TEST(who_sent_it)
{
	static const struct {
		uint32_t mark, in, uid;
		bool local, own, routed;
	} cases[] = {
		{ SW_OWN_MARK, 0, OURS, true, true },
		{ SW_OWN_MARK, 0, 0, true, true },
		/* POSTROUTING, with a socket */
		{ SW_OWN_MARK, 0, OURS, true, true, true },
		{ SW_OWN_MARK, 0, OURS, false, true, true },
		/* a kernel or a packet that names nobody */
		{ SW_OWN_MARK, 0, SW_NFQ_NO_UID, true, true },
		/* POSTROUTING of a forwarded one, on an old kernel */
		{ SW_OWN_MARK, 0, SW_NFQ_NO_UID, true, false, true },
		{ SW_OWN_MARK, 0, SW_NFQ_NO_UID, false, false, true },
		/* marked by a rule */
		{ SW_OWN_MARK, 0, STRANGER, true, false },
		{ SW_OWN_MARK, 3, SW_NFQ_NO_UID, false, false },
		{ SW_OWN_MARK, 3, SW_NFQ_NO_UID, true, false },
		{ SW_OWN_MARK, 3, OURS, true, false },
		{ SW_OWN_MARK, 3, 0, false, false },
		{ SW_OWN_MARK ^ 1, 0, OURS, true, false },
		{ 0, 0, OURS, true, false },
		{ 0, 0, 0, true, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    sent(cases[i].mark, cases[i].in, cases[i].uid,
			cases[i].local, cases[i].routed) == cases[i].own,
		    "case %zu", i);
}
END_TEST

START_TEST(users_of_a_user_namespace)
{
	static const char map[] = "         0     100000       1000\n"
				  "      1000       1000          1\n"
				  "      2000 4294960000         10\n";

	ck_assert_uint_eq(sw_own_mark_outside(map, 0), 100000);
	ck_assert_uint_eq(sw_own_mark_outside(map, 998), 100998);
	ck_assert_uint_eq(sw_own_mark_outside(map, 999), 100999);
	ck_assert_uint_eq(sw_own_mark_outside(map, 1000), 1000);
	ck_assert_uint_eq(sw_own_mark_outside(map, 1001), SW_NFQ_NO_UID);
	ck_assert_uint_eq(sw_own_mark_outside(map, 2009), 4294960009);
	ck_assert_uint_eq(sw_own_mark_outside("0 0 4294967295\n", 998), 998);
	ck_assert_uint_eq(sw_own_mark_outside("", 0), SW_NFQ_NO_UID);
	ck_assert_uint_eq(sw_own_mark_outside("nonsense\n", 0), SW_NFQ_NO_UID);
}
END_TEST

START_TEST(users_are_learned)
{
	struct sw_own_mark learned = { { 77, 77 } };

	sw_own_mark_learn(&learned);
	ck_assert_uint_ne(learned.uids[0], 77);
	ck_assert_uint_ne(learned.uids[1], 77);
	if (geteuid() == 0)
		ck_assert_uint_eq(learned.uids[0], learned.uids[1]);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("own");

	tcase_add_test(tcase, who_sent_it);
	tcase_add_test(tcase, users_of_a_user_namespace);
	tcase_add_test(tcase, users_are_learned);
	return run_case("own", tcase);
}
