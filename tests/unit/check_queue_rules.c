/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "net/forwarded.h"
#include "net/queue_rules.h"
#include "runner.h"

enum { ROOM = 1024, V4 = SW_QUEUE_RULES_IPV4, V6 = SW_QUEUE_RULES_IPV6 };

static const struct sw_queue_range ours = { 4, 2 };

struct message {
	_Alignas(struct nlmsghdr) char bytes[ROOM];
	struct nlmsghdr *nlh;
	struct nlattr *list, *element, *data;
};

static void
begin(struct message *m, uint8_t family, const char *expression)
{
	struct nfgenmsg *header;

	memset(m->bytes, 0, sizeof m->bytes);
	m->nlh = mnl_nlmsg_put_header(m->bytes);
	m->nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
	header = mnl_nlmsg_put_extra_header(m->nlh, sizeof *header);
	header->nfgen_family = family;
	mnl_attr_put_strz(m->nlh, NFTA_RULE_TABLE, "filter");
	m->list = mnl_attr_nest_start(m->nlh, NFTA_RULE_EXPRESSIONS);
	m->element = mnl_attr_nest_start(m->nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(m->nlh, NFTA_EXPR_NAME, expression);
	m->data = mnl_attr_nest_start(m->nlh, NFTA_EXPR_DATA);
}

static void
end(struct message *m)
{
	mnl_attr_nest_end(m->nlh, m->data);
	mnl_attr_nest_end(m->nlh, m->element);
	mnl_attr_nest_end(m->nlh, m->list);
}

static void
make_statement(
    struct message *m, uint8_t family, uint16_t first, uint16_t count)
{
	begin(m, family, "queue");
	mnl_attr_put_u16(m->nlh, NFTA_QUEUE_NUM, htons(first));
	mnl_attr_put_u16(m->nlh, NFTA_QUEUE_TOTAL, htons(count));
	end(m);
}

static void
make_target(struct message *m, uint8_t family, const char *name,
    const uint16_t *info, size_t length)
{
	begin(m, family, "target");
	mnl_attr_put_strz(m->nlh, NFTA_TARGET_NAME, name);
	mnl_attr_put(m->nlh, NFTA_TARGET_INFO, length, info);
	end(m);
}

static int
scan(const struct message *m)
{
	int done = 1;

	return sw_queue_rules_scan(m->bytes, m->nlh->nlmsg_len, &ours, &done);
}

START_TEST(a_statement_counts_for_its_family)
{
	struct message m;

	make_statement(&m, NFPROTO_IPV4, 4, 1);
	ck_assert_int_eq(scan(&m), V4);
	make_statement(&m, NFPROTO_IPV6, 5, 1);
	ck_assert_int_eq(scan(&m), V6);
	make_statement(&m, NFPROTO_INET, 0, 5);
	ck_assert_int_eq(scan(&m), V4 | V6);
	make_statement(&m, NFPROTO_INET, 0, 4);
	ck_assert_int_eq(scan(&m), 0);
	make_statement(&m, NFPROTO_INET, 6, 1);
	ck_assert_int_eq(scan(&m), 0);
}
END_TEST

START_TEST(a_computed_queue_may_be_ours)
{
	struct message m;

	begin(&m, NFPROTO_IPV4, "queue");
	mnl_attr_put_u32(m.nlh, NFTA_QUEUE_SREG_QNUM, htonl(1));
	end(&m);
	ck_assert_int_eq(scan(&m), V4);
}
END_TEST

START_TEST(a_target_of_iptables_counts)
{
	static const uint16_t old[] = { 5 }, two[] = { 3, 2 },
			      other[] = { 6, 9 };
	struct message m;

	make_target(&m, NFPROTO_IPV4, "NFQUEUE", old, sizeof old);
	ck_assert_int_eq(scan(&m), V4);
	make_target(&m, NFPROTO_IPV6, "NFQUEUE", two, sizeof two);
	ck_assert_int_eq(scan(&m), V6);
	make_target(&m, NFPROTO_IPV4, "NFQUEUE", other, sizeof other);
	ck_assert_int_eq(scan(&m), 0);
	make_target(&m, NFPROTO_IPV4, "NFLOG", old, sizeof old);
	ck_assert_int_eq(scan(&m), 0);
}
END_TEST

START_TEST(a_cut_message_is_not_read_beyond_its_end)
{
	static const uint16_t info[] = { 4, 1 };
	struct message m, cut;

	make_target(&m, NFPROTO_IPV4, "NFQUEUE", info, sizeof info);
	for (uint32_t length = 0; length < m.nlh->nlmsg_len; length++) {
		int done = 1;

		cut = m;
		memset(cut.bytes + length, 0xff, sizeof cut.bytes - length);
		sw_queue_rules_scan(cut.bytes, length, &ours, &done);
		ck_assert_int_eq(done, 1);
	}
}
END_TEST

START_TEST(an_error_ends_the_list)
{
	_Alignas(struct nlmsghdr) char bytes[64] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(bytes);
	struct nlmsgerr *error;
	int done = 1;

	nlh->nlmsg_type = NLMSG_ERROR;
	error = mnl_nlmsg_put_extra_header(nlh, sizeof *error);
	error->error = -95;
	sw_queue_rules_scan(bytes, nlh->nlmsg_len, &ours, &done);
	ck_assert_int_eq(done, -95);
}
END_TEST

START_TEST(what_is_forwarded_is_found_by_name)
{
	uint64_t n = 0;

	ck_assert(
	    sw_forwarded_ipv4("Ip: Forwarding InReceives ForwDatagrams X\n"
			      "Ip: 1 77 18446744073709551615 9\n"
			      "Icmp: ForwDatagrams\nIcmp: 3\n",
		&n));
	ck_assert_uint_eq(n, UINT64_MAX);
	ck_assert(!sw_forwarded_ipv4("Ip: A ForwDatagrams\nIp: 1\n", &n));
	ck_assert(!sw_forwarded_ipv4("Ip: A ForwDatagrams\n", &n));
	ck_assert(!sw_forwarded_ipv4("", &n));
	ck_assert(sw_forwarded_ipv6(
	    "Ip6InReceives  1\nIp6OutForwDatagrams \t12\n", &n));
	ck_assert_uint_eq(n, 12);
	ck_assert(!sw_forwarded_ipv6("Ip6InReceives 1\n", &n));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("queue rules");

	tcase_add_test(tcase, a_statement_counts_for_its_family);
	tcase_add_test(tcase, a_computed_queue_may_be_ours);
	tcase_add_test(tcase, a_target_of_iptables_counts);
	tcase_add_test(tcase, a_cut_message_is_not_read_beyond_its_end);
	tcase_add_test(tcase, an_error_ends_the_list);
	tcase_add_test(tcase, what_is_forwarded_is_found_by_name);
	return run_case("queue rules", tcase);
}
