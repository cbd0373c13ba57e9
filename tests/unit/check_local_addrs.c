/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_local_addrs: the addresses of this host follow netlink's messages.
 */
#include <arpa/inet.h>
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net/local_addrs.h"
#include "runner.h"

static _Alignas(struct nlmsghdr) char buffer[256];
static struct sw_local_addrs *addrs;

static void
make(void)
{
	addrs = sw_local_addrs_create();
	ck_assert_ptr_nonnull(addrs);
}

static void
unmake(void)
{
	sw_local_addrs_close(addrs);
}

static size_t
bytes_of(const char *text, struct sw_addr *addr)
{
	bool v6 = strchr(text, ':') != NULL;

	memset(addr, 0, sizeof *addr);
	ck_assert_int_eq(inet_pton(v6 ? AF_INET6 : AF_INET, text, addr->b), 1);
	return v6 ? 16 : 4;
}

/* peer: the other end of the link, or NULL */
static void
message(uint16_t type, uint32_t index, const char *own, const char *peer)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *header;
	struct sw_addr addr;
	size_t size = bytes_of(own, &addr);

	nlh->nlmsg_type = type;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof *header);
	header->ifa_family = size == 4 ? AF_INET : AF_INET6;
	header->ifa_index = index;
	if (peer != NULL) {
		struct sw_addr other;

		bytes_of(peer, &other);
		mnl_attr_put(nlh, IFA_ADDRESS, size, other.b);
		mnl_attr_put(nlh, IFA_LOCAL, size, addr.b);
	} else {
		mnl_attr_put(nlh, IFA_ADDRESS, size, addr.b);
	}
	sw_local_addrs_apply(addrs, nlh, nlh->nlmsg_len);
}

static bool
has(const char *text)
{
	struct sw_addr addr;
	size_t size = bytes_of(text, &addr);

	return sw_local_addrs_has(addrs, &addr, size == 4 ? SW_IPV4 : SW_IPV6);
}

START_TEST(come_and_go)
{
	ck_assert(!has("10.1.0.1"));
	message(RTM_NEWADDR, 2, "10.1.0.1", NULL);
	message(RTM_NEWADDR, 3, "fd00:1::1", NULL);
	message(RTM_NEWADDR, 4, "10.0.0.9", NULL);
	ck_assert(has("10.1.0.1") && has("fd00:1::1") && has("10.0.0.9"));
	ck_assert(!has("10.1.0.2") && !has("fd00:1::2"));
	message(RTM_DELADDR, 2, "10.1.0.1", NULL);
	ck_assert(!has("10.1.0.1") && has("10.0.0.9"));
	message(RTM_DELADDR, 2, "10.1.0.7", NULL); /* never came */
	ck_assert(has("10.0.0.9"));
}
END_TEST

/* The bytes of an IPv4 address are no IPv6 address. */
START_TEST(families_are_apart)
{
	message(RTM_NEWADDR, 2, "10.1.0.1", NULL);
	ck_assert(!has("a01:1::"));
	message(RTM_NEWADDR, 2, "a02:1::", NULL);
	ck_assert(!has("10.2.0.1"));
}
END_TEST

START_TEST(stays_until_its_last_interface_loses_it)
{
	message(RTM_NEWADDR, 2, "10.1.0.1", NULL);
	message(RTM_NEWADDR, 5, "10.1.0.1", NULL);
	message(RTM_NEWADDR, 5, "10.1.0.1", NULL); /* its flags changed */
	message(RTM_DELADDR, 2, "10.1.0.1", NULL);
	ck_assert(has("10.1.0.1"));
	message(RTM_DELADDR, 5, "10.1.0.1", NULL);
	ck_assert(!has("10.1.0.1"));
}
END_TEST

START_TEST(the_other_end_of_a_link_is_not_local)
{
	message(RTM_NEWADDR, 2, "10.1.0.1", "10.1.0.2");
	ck_assert(has("10.1.0.1"));
	ck_assert(!has("10.1.0.2"));
}
END_TEST

START_TEST(many)
{
	char text[32];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(
		    text, sizeof text, "10.%u.%u.1", (i * 7) % 251, i % 256);
		message(RTM_NEWADDR, i + 1, text, NULL);
	}
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(
		    text, sizeof text, "10.%u.%u.1", (i * 7) % 251, i % 256);
		ck_assert(has(text));
	}
	ck_assert(!has("10.0.0.2"));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("addresses");

	tcase_add_checked_fixture(tcase, make, unmake);
	tcase_add_test(tcase, come_and_go);
	tcase_add_test(tcase, families_are_apart);
	tcase_add_test(tcase, stays_until_its_last_interface_loses_it);
	tcase_add_test(tcase, the_other_end_of_a_link_is_not_local);
	tcase_add_test(tcase, many);
	return run_case("local addresses", tcase);
}
