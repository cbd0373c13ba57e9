/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_iface: names and indices follow link messages.
 */
#include <check.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "net/iface.h"
#include "runner.h"

static _Alignas(struct nlmsghdr) char buffer[512];
static struct sw_ifaces *ifaces;

static void
make(void)
{
	ifaces = sw_ifaces_create();
	ck_assert_ptr_nonnull(ifaces);
}

static void
unmake(void)
{
	sw_ifaces_destroy(ifaces);
}

static bool
link_message(uint16_t type, uint8_t family, int index, const char *name)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	nlh->nlmsg_type = type;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof *info);
	info->ifi_family = family;
	info->ifi_index = index;
	mnl_attr_put_u32(nlh, IFLA_MTU, 1500);
	if (name != NULL)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return sw_ifaces_apply(ifaces, nlh, nlh->nlmsg_len);
}

static bool
comes(int index, const char *name)
{
	return link_message(RTM_NEWLINK, AF_UNSPEC, index, name);
}

static bool
goes(int index)
{
	return link_message(RTM_DELLINK, AF_UNSPEC, index, NULL);
}

static const char *
name_of(uint32_t index)
{
	static char name[IF_NAMESIZE];

	return sw_ifaces_name(ifaces, index, name) ? name : "";
}

/* A link message of a slave: kind of its master, or NULL. */
static void
enslaved(int index, const char *name, const char *kind)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	struct nlattr *nest;

	nlh->nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof *info);
	info->ifi_index = index;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	if (kind != NULL)
		mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, kind);
	mnl_attr_nest_end(nlh, nest);
	sw_ifaces_apply(ifaces, nlh, nlh->nlmsg_len);
}

START_TEST(ports_are_those_of_bridges)
{
	enslaved(4, "eth4", "bridge");
	enslaved(5, "eth5", "bond");
	comes(6, "br0");
	ck_assert(sw_ifaces_is_port(ifaces, 4));
	ck_assert(!sw_ifaces_is_port(ifaces, 5));
	ck_assert(!sw_ifaces_is_port(ifaces, 6));
	ck_assert(!sw_ifaces_is_port(ifaces, 7));
	/* Neither a message of the bridge's family nor one without a name,
	 * as of a radio, says that it has left. */
	link_message(RTM_NEWLINK, AF_BRIDGE, 4, "eth4");
	link_message(RTM_NEWLINK, AF_UNSPEC, 4, NULL);
	ck_assert(sw_ifaces_is_port(ifaces, 4));
	enslaved(4, "eth4", NULL);
	ck_assert(!sw_ifaces_is_port(ifaces, 4));
}
END_TEST

/* vlan 0: the link is of another kind */
static void
stacked(int index, const char *name, uint32_t on, uint16_t vlan)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	struct nlattr *nest, *data;

	nlh->nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof *info);
	info->ifi_index = index;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, on);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, vlan > 0 ? "vlan" : "macvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, vlan > 0 ? vlan : 99);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, nest);
	sw_ifaces_apply(ifaces, nlh, nlh->nlmsg_len);
}

START_TEST(vlans_have_a_parent)
{
	struct sw_iface_vlan list[4];

	comes(2, "eth0");
	stacked(3, "eth0.10", 2, 10);
	stacked(4, "eth0.20", 2, 20);
	stacked(5, "mac0", 2, 0);
	ck_assert_uint_eq(sw_ifaces_vlans(ifaces, list, 4), 2);
	ck_assert_uint_eq(list[0].index, 3);
	ck_assert_uint_eq(list[0].parent, 2);
	ck_assert_uint_eq(list[0].vlan, 10);
	ck_assert_uint_eq(list[1].vlan, 20);
	ck_assert_uint_eq(sw_ifaces_vlans(ifaces, list, 1), 1);
	goes(3);
	ck_assert_uint_eq(sw_ifaces_vlans(ifaces, list, 4), 1);
	ck_assert_uint_eq(list[0].index, 4);
}
END_TEST

START_TEST(comes_is_renamed_and_goes)
{
	ck_assert_str_eq(name_of(2), "");
	ck_assert(comes(2, "eth0"));
	ck_assert_str_eq(name_of(2), "eth0");
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "eth0"), 2);
	ck_assert(!comes(2, "eth0"));
	ck_assert(comes(2, "wan"));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "eth0"), 0);
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "wan"), 2);
	ck_assert(goes(2));
	ck_assert(!goes(2));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "wan"), 0);
	ck_assert_str_eq(name_of(2), "wan"); /* for lines still to come */
}
END_TEST

START_TEST(a_name_may_move_to_another_index)
{
	comes(5, "ppp0");
	goes(5);
	ck_assert(comes(9, "ppp0"));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "ppp0"), 9);
	ck_assert(comes(5, "ppp1"));
	ck_assert_str_eq(name_of(5), "ppp1");
}
END_TEST

START_TEST(many_links)
{
	char name[IF_NAMESIZE];

	for (int i = 1; i <= 1000; i++) {
		snprintf(name, sizeof name, "veth%d", i);
		ck_assert(comes(i, name));
	}
	ck_assert_str_eq(name_of(1000), "veth1000");
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "veth1"), 1);
}
END_TEST

/* As where each dialled connection is an interface with an index of its own. */
START_TEST(links_that_come_and_go_all_day)
{
	for (int i = 1; i <= 70000; i++) {
		comes(i, "ppp0");
		goes(i);
	}
	ck_assert_str_eq(name_of(70000), "ppp0");
	ck_assert_str_eq(name_of(69990), "ppp0");
	ck_assert_str_eq(name_of(1), "");
	ck_assert(comes(70001, "ppp1"));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "ppp1"), 70001);
}
END_TEST

/* Those that are there are never forgotten for those that are gone. */
START_TEST(links_that_stay_among_many_that_go)
{
	char name[IF_NAMESIZE];

	for (int i = 1; i <= 1000; i++) {
		snprintf(name, sizeof name, "eth%d", i);
		comes(i, name);
		comes(1000 + i, "ppp0");
		goes(1000 + i);
	}
	for (int i = 1; i <= 1000; i++) {
		snprintf(name, sizeof name, "eth%d", i);
		ck_assert_uint_eq(sw_ifaces_index(ifaces, name), (unsigned)i);
		ck_assert_str_eq(name_of((uint32_t)i), name);
	}
}
END_TEST

/* The kernel drops news when there are too many. */
START_TEST(one_whose_end_was_not_heard_gives_its_name_away)
{
	comes(1, "eth0");
	comes(2, "ppp0");
	goes(1);
	for (int i = 10; i < 300; i++) {
		comes(i, "ppp1");
		goes(i);
	}
	ck_assert(comes(3, "ppp0"));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "ppp0"), 3);
	ck_assert(!goes(2));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "ppp0"), 3);
}
END_TEST

START_TEST(a_port_that_leaves_its_bridge_is_not_gone)
{
	comes(3, "eth1");
	ck_assert(!link_message(RTM_DELLINK, AF_BRIDGE, 3, "eth1"));
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "eth1"), 3);
}
END_TEST

START_TEST(nonsense_changes_nothing)
{
	ck_assert(!comes(0, "zero"));
	ck_assert(!comes(-1, "less"));
	ck_assert(!comes(4, NULL));
	ck_assert(!link_message(RTM_NEWADDR, AF_UNSPEC, 4, "eth4"));
	ck_assert(!sw_ifaces_apply(ifaces, buffer, 3));
	ck_assert_str_eq(name_of(0), "");
	ck_assert_str_eq(name_of(4), "");
}
END_TEST

START_TEST(a_name_too_long_is_cut)
{
	comes(6, "a-name-that-is-longer-than-the-kernel-allows");
	ck_assert_uint_eq(strlen(name_of(6)), IF_NAMESIZE - 1);
}
END_TEST

START_TEST(this_machine_has_a_loopback)
{
	ck_assert_int_ge(sw_ifaces_open(ifaces), 0);
	ck_assert_str_eq(name_of(1), "lo");
	ck_assert_uint_eq(sw_ifaces_index(ifaces, "lo"), 1);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("iface");

	tcase_add_checked_fixture(tcase, make, unmake);
	tcase_add_test(tcase, comes_is_renamed_and_goes);
	tcase_add_test(tcase, a_name_may_move_to_another_index);
	tcase_add_test(tcase, ports_are_those_of_bridges);
	tcase_add_test(tcase, vlans_have_a_parent);
	tcase_add_test(tcase, many_links);
	tcase_add_test(tcase, links_that_come_and_go_all_day);
	tcase_add_test(tcase, links_that_stay_among_many_that_go);
	tcase_add_test(tcase, one_whose_end_was_not_heard_gives_its_name_away);
	tcase_add_test(tcase, a_port_that_leaves_its_bridge_is_not_gone);
	tcase_add_test(tcase, nonsense_changes_nothing);
	tcase_add_test(tcase, a_name_too_long_is_cut);
	tcase_add_test(tcase, this_machine_has_a_loopback);
	return run_case("iface", tcase);
}
