/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_nfq: messages as the kernel writes them, and as it never would.
 */
#include <arpa/inet.h>
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <string.h>

#include "net/nfqueue.h"
#include "net/queue_proc.h"
#include "runner.h"

static _Alignas(struct nlmsghdr) char buffer[1024];

static struct nlmsghdr *
begin(uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	return nlh;
}

static struct nlmsghdr *
begin_packet(void)
{
	return begin(NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET);
}

static void
put_header(struct nlmsghdr *nlh, uint32_t id, uint8_t hook)
{
	struct nfqnl_msg_packet_hdr header = { .packet_id = htonl(id),
		.hook = hook };

	mnl_attr_put(nlh, NFQA_PACKET_HDR, sizeof header, &header);
}

static bool
read_it(const struct nlmsghdr *nlh, struct sw_nfqueue_packet *packet)
{
	return sw_nfqueue_read(nlh, nlh->nlmsg_len, packet);
}

START_TEST(a_whole_packet)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;

	put_header(nlh, 0x80000001, NF_INET_FORWARD);
	mnl_attr_put_u32(nlh, NFQA_MARK, htonl(77));
	mnl_attr_put_u32(nlh, NFQA_UID, htonl(998));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_INDEV, htonl(3));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_OUTDEV, htonl(4));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_PHYSINDEV, htonl(5));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_PHYSOUTDEV, htonl(6));
	mnl_attr_put_u32(nlh, NFQA_CAP_LEN, htonl(1500));
	mnl_attr_put(nlh, NFQA_PAYLOAD, 5, "bytes");
	ck_assert(read_it(nlh, &packet));
	ck_assert_uint_eq(packet.phys_in, 5);
	ck_assert_uint_eq(packet.phys_out, 6);
	ck_assert_uint_eq(packet.id, 0x80000001);
	ck_assert_uint_eq(packet.mark, 77);
	ck_assert_uint_eq(packet.uid, 998);
	ck_assert_uint_eq(packet.in, 3);
	ck_assert_uint_eq(packet.out, 4);
	ck_assert_uint_eq(packet.stated, 1500);
	ck_assert_uint_eq(packet.captured, 5);
	ck_assert_mem_eq(packet.bytes, "bytes", 5);
	ck_assert(!packet.local);
}
END_TEST

START_TEST(hooks_of_this_host)
{
	static const struct {
		uint8_t hook;
		bool local;
	} hooks[] = { { NF_INET_PRE_ROUTING, false },
		{ NF_INET_LOCAL_IN, true }, { NF_INET_FORWARD, false },
		{ NF_INET_LOCAL_OUT, true }, { NF_INET_POST_ROUTING, true } };
	struct sw_nfqueue_packet packet;

	for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
		struct nlmsghdr *nlh = begin_packet();

		put_header(nlh, 1, hooks[i].hook);
		ck_assert(read_it(nlh, &packet));
		ck_assert_int_eq(packet.local, hooks[i].local);
	}
}
END_TEST

/* IPv6 names the output interface twice where the packet is from this host;
 * with IPv4 it comes from there. */
START_TEST(own_packets_after_routing)
{
	static const struct {
		uint8_t hook, family;
		uint32_t in, out, seen;
		bool local;
	} cases[] = {
		{ NF_INET_POST_ROUTING, AF_INET, 0, 4, 0, true },
		{ NF_INET_POST_ROUTING, AF_INET6, 0, 4, 0, true },
		{ NF_INET_POST_ROUTING, AF_INET6, 4, 4, 0, true },
		{ NF_INET_POST_ROUTING, AF_INET, 4, 4, 4, false },
		{ NF_INET_POST_ROUTING, AF_INET, 3, 4, 3, false },
		{ NF_INET_POST_ROUTING, AF_INET6, 3, 4, 3, false },
		{ NF_INET_FORWARD, AF_INET6, 4, 4, 4, false },
		{ NF_INET_LOCAL_OUT, AF_INET6, 4, 4, 4, true },
	};
	struct sw_nfqueue_packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct nlmsghdr *nlh = begin_packet();
		struct nfgenmsg *about = mnl_nlmsg_get_payload(nlh);

		about->nfgen_family = cases[i].family;
		put_header(nlh, 1, cases[i].hook);
		if (cases[i].in)
			mnl_attr_put_u32(
			    nlh, NFQA_IFINDEX_INDEV, htonl(cases[i].in));
		mnl_attr_put_u32(nlh, NFQA_IFINDEX_OUTDEV, htonl(cases[i].out));
		ck_assert(read_it(nlh, &packet));
		ck_assert_msg(packet.in == cases[i].seen &&
				  packet.local == cases[i].local &&
				  packet.out == cases[i].out,
		    "case %zu", i);
	}
}
END_TEST

START_TEST(what_is_missing_is_zero)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;

	put_header(nlh, 9, NF_INET_FORWARD);
	ck_assert(read_it(nlh, &packet));
	ck_assert_uint_eq(packet.captured, 0);
	ck_assert_uint_eq(packet.in, 0);
	ck_assert_uint_eq(packet.phys_in | packet.phys_out, 0);
	ck_assert_uint_eq(packet.stated, 0);
	ck_assert_uint_eq(packet.uid, SW_NFQ_NO_UID);
	mnl_attr_put(nlh, NFQA_UID, 2, "\0\0");
	ck_assert(read_it(nlh, &packet));
	ck_assert_uint_eq(packet.uid, SW_NFQ_NO_UID);
}
END_TEST

START_TEST(an_id_is_a_must)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;

	mnl_attr_put(nlh, NFQA_PAYLOAD, 5, "bytes");
	ck_assert(!read_it(nlh, &packet));
	nlh = begin_packet();
	mnl_attr_put(nlh, NFQA_PACKET_HDR, 4, "\0\0\0\1");
	ck_assert(!read_it(nlh, &packet));
}
END_TEST

/* libmnl takes such a length for a negative one. */
START_TEST(a_length_beyond_half_the_range_is_refused)
{
	static const uint32_t lengths[] = { 0x80000000, 0xdfdfdfdf,
		UINT32_MAX };
	struct nlmsghdr *nlh = begin_packet();
	uint32_t length = 0;
	struct sw_nfqueue_packet packet;

	put_header(nlh, 1, NF_INET_FORWARD);
	length = nlh->nlmsg_len;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		nlh->nlmsg_len = lengths[i];
		ck_assert(!sw_nfqueue_read(nlh, length, &packet));
	}
}
END_TEST

START_TEST(other_messages_are_no_packets)
{
	struct sw_nfqueue_packet packet;

	ck_assert(!read_it(begin(NLMSG_ERROR), &packet));
	ck_assert(!read_it(
	    begin(NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG), &packet));
	ck_assert(!read_it(begin(NFNL_SUBSYS_ULOG << 8), &packet));
}
END_TEST

START_TEST(no_cut_reads_past_the_end)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;
	size_t whole;

	put_header(nlh, 1, NF_INET_FORWARD);
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_INDEV, htonl(3));
	mnl_attr_put(nlh, NFQA_PAYLOAD, 5, "bytes");
	whole = nlh->nlmsg_len;
	for (size_t length = 0; length < whole; length++) {
		char *copy = malloc(length + 1);

		memcpy(copy, buffer, length);
		ck_assert(!sw_nfqueue_read(copy, length, &packet));
		/* A message that says it is as short as the copy. */
		if (length >= sizeof *nlh) {
			memcpy(copy, &(uint32_t){ (uint32_t)length }, 4);
			sw_nfqueue_read(copy, length, &packet);
			ck_assert(
			    packet.bytes == NULL ||
			    (const char *)packet.bytes + packet.captured <=
				copy + length);
		}
		free(copy);
	}
}
END_TEST

/* As it is when the last daemon asked for more of each packet than this one
 * has room for. */
START_TEST(a_payload_that_was_cut_is_read_as_far_as_it_goes)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;

	put_header(nlh, 7, NF_INET_FORWARD);
	mnl_attr_put(nlh, NFQA_PAYLOAD, 8, "payloads");
	nlh->nlmsg_len -= 3;
	ck_assert(read_it(nlh, &packet));
	ck_assert_uint_eq(packet.id, 7);
	ck_assert_uint_eq(packet.stated, 8);
	ck_assert_uint_eq(packet.captured, 5);
	ck_assert_mem_eq(packet.bytes, "paylo", 5);
}
END_TEST

START_TEST(what_was_cut_before_is_as_long_as_it_was)
{
	struct nlmsghdr *nlh = begin_packet();
	struct sw_nfqueue_packet packet;

	put_header(nlh, 7, NF_INET_FORWARD);
	mnl_attr_put_u32(nlh, NFQA_CAP_LEN, htonl(1500));
	mnl_attr_put(nlh, NFQA_PAYLOAD, 8, "payloads");
	nlh->nlmsg_len -= 3;
	ck_assert(read_it(nlh, &packet));
	ck_assert_uint_eq(packet.stated, 1500);
	ck_assert_uint_eq(packet.captured, 5);
}
END_TEST

static const char proc[] =
    "    0  31001     5 2   128     7     2   400215  1\n"
    "    7 4026531 16384 2 65531     0     0        1  1\n"
    "65535      1     0 0     0     0     0        0  1\n";

START_TEST(queues_in_proc)
{
	struct sw_queue_proc queue;

	ck_assert(sw_queue_proc_find(proc, 0, &queue));
	ck_assert_uint_eq(queue.port, 31001);
	ck_assert_uint_eq(queue.waiting, 5);
	ck_assert_uint_eq(queue.queue_dropped, 7);
	ck_assert_uint_eq(queue.user_dropped, 2);
	ck_assert_uint_eq(sw_queue_proc_waiting(proc), 5 + 16384);
	ck_assert_uint_eq(sw_queue_proc_waiting(""), 0);
	ck_assert(sw_queue_proc_find(proc, 7, &queue));
	ck_assert_uint_eq(queue.waiting, 16384);
	ck_assert(sw_queue_proc_find(proc, 65535, &queue));
	ck_assert(!sw_queue_proc_find(proc, 1, &queue));
	ck_assert(!sw_queue_proc_find("", 0, &queue));
	ck_assert(!sw_queue_proc_find("0 1 2\nnonsense", 0, &queue));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("nfq");

	tcase_add_test(tcase, a_whole_packet);
	tcase_add_test(tcase, hooks_of_this_host);
	tcase_add_test(tcase, own_packets_after_routing);
	tcase_add_test(tcase, what_is_missing_is_zero);
	tcase_add_test(tcase, an_id_is_a_must);
	tcase_add_test(tcase, a_length_beyond_half_the_range_is_refused);
	tcase_add_test(tcase, other_messages_are_no_packets);
	tcase_add_test(tcase, no_cut_reads_past_the_end);
	tcase_add_test(tcase, a_payload_that_was_cut_is_read_as_far_as_it_goes);
	tcase_add_test(tcase, what_was_cut_before_is_as_long_as_it_was);
	tcase_add_test(tcase, queues_in_proc);
	return run_case("nfq", tcase);
}
