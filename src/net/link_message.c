/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each question goes over the attributes of the message once.  There are few
 * messages, and none is asked more than four questions.
 */
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net/link_message.h"

const char *
sw_link_message_name(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			return mnl_attr_get_str(attr);
	}
	return NULL;
}

bool
sw_link_message_is_member(const struct nlmsghdr *nlh, const char *kind)
{
	struct nlattr *attr, *info;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr)
		{
			if (mnl_attr_get_type(info) == IFLA_INFO_SLAVE_KIND &&
			    mnl_attr_validate(info, MNL_TYPE_NUL_STRING) == 0)
				return strcmp(mnl_attr_get_str(info), kind) ==
				       0;
		}
	}
	return false;
}

uint32_t
sw_link_message_vrf(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;

	if (!sw_link_message_is_member(nlh, "vrf"))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_MASTER &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			return mnl_attr_get_u32(attr);
	}
	return 0;
}

/* => the number of the VLAN that the link is for, or 0 */
static uint16_t
vlan_in(const struct nlattr *of_link)
{
	struct nlattr *info, *attr;
	uint16_t vlan = 0;
	bool is_vlan = false;

	mnl_attr_for_each_nested(info, of_link)
	{
		if (mnl_attr_get_type(info) == IFLA_INFO_KIND &&
		    mnl_attr_validate(info, MNL_TYPE_NUL_STRING) == 0)
			is_vlan = strcmp(mnl_attr_get_str(info), "vlan") == 0;
		if (mnl_attr_get_type(info) != IFLA_INFO_DATA || !is_vlan)
			continue;
		mnl_attr_for_each_nested(attr, info)
		{
			if (mnl_attr_get_type(attr) == IFLA_VLAN_ID &&
			    mnl_attr_validate(attr, MNL_TYPE_U16) == 0)
				vlan = mnl_attr_get_u16(attr);
		}
	}
	return vlan;
}

uint16_t
sw_link_message_vlan(const struct nlmsghdr *nlh, uint32_t *parent)
{
	struct nlattr *attr;
	uint16_t vlan = 0;

	*parent = 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_LINK &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			*parent = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			vlan = vlan_in(attr);
	}
	if (vlan == 0)
		*parent = 0;
	return vlan;
}
