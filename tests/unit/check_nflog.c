/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_nflog: messages of a log group, and what their prefixes may hold.
 */
#include <arpa/inet.h>
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>

#include "net/nflog.h"
#include "runner.h"

static _Alignas(struct nlmsghdr) char buffer[1024];

static struct nlmsghdr *
begin(void)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof *header);
	header->nfgen_family = AF_INET;
	return nlh;
}

static struct nlmsghdr *
message(uint8_t hook, const char *prefix)
{
	struct nfulnl_msg_packet_hdr hdr = { .hook = hook };
	struct nlmsghdr *nlh = begin();

	mnl_attr_put(nlh, NFULA_PACKET_HDR, sizeof hdr, &hdr);
	mnl_attr_put_u32(nlh, NFULA_MARK, htonl(7));
	mnl_attr_put_u32(nlh, NFULA_IFINDEX_INDEV, htonl(2));
	mnl_attr_put_u32(nlh, NFULA_IFINDEX_OUTDEV, htonl(3));
	mnl_attr_put_u32(nlh, NFULA_SEQ, htonl(41));
	if (prefix != NULL)
		mnl_attr_put_strz(nlh, NFULA_PREFIX, prefix);
	mnl_attr_put(nlh, NFULA_PAYLOAD, 5, "12345");
	return nlh;
}

START_TEST(all_is_read)
{
	struct sw_nflog_packet packet;

	ck_assert(
	    sw_nflog_read(message(NF_INET_FORWARD, "INVALID: "), &packet));
	ck_assert_uint_eq(packet.captured, 5);
	ck_assert_int_eq(memcmp(packet.bytes, "12345", 5), 0);
	ck_assert_uint_eq(packet.mark, 7);
	ck_assert_uint_eq(packet.in, 2);
	ck_assert_uint_eq(packet.out, 3);
	ck_assert(packet.has_sequence && !packet.local);
	ck_assert_uint_eq(packet.sequence, 41);
	ck_assert_str_eq(packet.prefix, "INVALID");
	ck_assert(sw_nflog_read(message(NF_INET_LOCAL_IN, NULL), &packet));
	ck_assert(packet.local);
	ck_assert_str_eq(packet.prefix, "");
}
END_TEST

static void
expect_prefix(const char *written, const char *read)
{
	struct sw_nflog_packet packet;

	ck_assert(sw_nflog_read(message(NF_INET_FORWARD, written), &packet));
	ck_assert_str_eq(packet.prefix, read);
}

START_TEST(prefixes_are_harmless)
{
	char longest[200];

	expect_prefix("", "");
	expect_prefix(" : ", "");
	expect_prefix("a b:", "a b");
	expect_prefix("a\"b\\c", "a?b?c");
	expect_prefix("\x1b[31mred\n\t\x7f", "?[31mred???");
	expect_prefix("\xc3\xa9", "??");
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	expect_prefix(longest,
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}
END_TEST

/* The kernel ends it with a NUL; nothing relies on that. */
START_TEST(a_prefix_without_an_end)
{
	struct sw_nflog_packet packet;
	struct nlmsghdr *nlh = begin();

	mnl_attr_put(nlh, NFULA_PREFIX, 3, "abc");
	mnl_attr_put(nlh, NFULA_PAYLOAD, 1, "1");
	ck_assert(sw_nflog_read(nlh, &packet));
	ck_assert_str_eq(packet.prefix, "abc");
}
END_TEST

START_TEST(other_messages_are_none)
{
	struct sw_nflog_packet packet;
	struct nlmsghdr *nlh = begin();

	ck_assert(!sw_nflog_read(nlh, &packet)); /* no payload */
	nlh = message(NF_INET_FORWARD, "x");
	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	ck_assert(!sw_nflog_read(nlh, &packet));
	nlh = message(NF_INET_FORWARD, "x");
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 2;
	ck_assert(!sw_nflog_read(nlh, &packet));
}
END_TEST

/* Wherever it ends, nothing beyond its end is read; padding may be missing. */
START_TEST(cut_anywhere)
{
	struct nlmsghdr *whole = message(NF_INET_FORWARD, "INVALID: ");
	size_t length = whole->nlmsg_len;

	for (size_t n = MNL_NLMSG_HDRLEN; n + 3 < length; n++) {
		struct nlmsghdr *cut = malloc(n);
		struct sw_nflog_packet packet;

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, whole, n);
		cut->nlmsg_len = (uint32_t)n;
		ck_assert(!sw_nflog_read(cut, &packet));
		free(cut);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("group");

	tcase_add_test(tcase, all_is_read);
	tcase_add_test(tcase, prefixes_are_harmless);
	tcase_add_test(tcase, a_prefix_without_an_end);
	tcase_add_test(tcase, other_messages_are_none);
	tcase_add_test(tcase, cut_anywhere);
	return run_case("log groups", tcase);
}
