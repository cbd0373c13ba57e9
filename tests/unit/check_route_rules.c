/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_route_rules: rules of policy routing that look at what a question
 * for a route does not hold.
 */
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "net/route_rules.h"
#include "runner.h"

static _Alignas(struct nlmsghdr) char buffer[1024];

/* A rule of this priority with one more attribute; type 0: none. */
static size_t
put_rule(size_t used, uint8_t tos, uint16_t type, uint32_t value)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer + used);
	struct fib_rule_hdr *rule;

	nlh->nlmsg_type = RTM_NEWRULE;
	rule = mnl_nlmsg_put_extra_header(nlh, sizeof *rule);
	rule->tos = tos;
	mnl_attr_put_u32(nlh, FRA_PRIORITY, 100);
	if (type != 0)
		mnl_attr_put_u32(nlh, type, value);
	return used + nlh->nlmsg_len;
}

static size_t
put_end(size_t used, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer + used);

	nlh->nlmsg_type = type;
	return used + nlh->nlmsg_len;
}

START_TEST(what_a_question_does_not_hold)
{
	static const struct {
		uint8_t tos;
		uint16_t type;
		uint32_t value;
		bool blind;
	} rows[] = {
		{ 0, 0, 0, false },
		{ 0, FRA_TABLE, 100, false },
		{ 0, FRA_SRC, 0x0a010000, false },
		{ 0, FRA_FWMARK, 0, false },
		{ 0, FRA_FWMARK, 7, true },
		{ 0, FRA_FWMASK, 0xff, true },
		{ 0, FRA_SPORT_RANGE, 0x00350035, true },
		{ 0, FRA_DPORT_RANGE, 0x01bb01bb, true },
		{ 0, FRA_IP_PROTO, 6, true },
		{ 0, FRA_TUN_ID, 1, true },
		{ 8, 0, 0, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool done = false;
		size_t used = put_rule(0, 0, 0, 0);

		used = put_rule(used, rows[i].tos, rows[i].type, rows[i].value);
		used = put_rule(used, 0, FRA_TABLE, 254);
		ck_assert_msg(
		    sw_route_rules_scan(buffer, used, &done) == rows[i].blind,
		    "row %zu", i);
		ck_assert(!done);
	}
}
END_TEST

START_TEST(a_dump_ends)
{
	bool done = false;

	ck_assert(!sw_route_rules_scan(buffer, put_end(0, NLMSG_DONE), &done));
	ck_assert(done);
	done = false;
	ck_assert(!sw_route_rules_scan(buffer, put_end(0, NLMSG_ERROR), &done));
	ck_assert(done);
	/* Cut in a message. */
	done = false;
	ck_assert(!sw_route_rules_scan(
	    buffer, put_rule(0, 0, FRA_FWMARK, 7) - 4, &done));
	ck_assert(!done);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("rules");

	tcase_add_test(tcase, what_a_question_does_not_hold);
	tcase_add_test(tcase, a_dump_ends);
	return run_case("route_rules", tcase);
}
