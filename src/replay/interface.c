/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interface: the interfaces of a record's packet.
 *
 * A pcapng file names the interface of each record, PFLOG that of each frame.
 * A cooked capture and NFLOG have numbers of the capturing host instead; these
 * get indexes above all those of the file, and names like if3.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/internal.h"

/* Above SW_CAPTURE_INTERFACES. */
#define NUMBERED_BASE 0x10000u

struct sw_policy *
sw_replay_interface_compile(
    const struct sw_capture *capture, const struct sw_conf *conf)
{
	uint32_t n = sw_capture_interfaces(capture);
	struct sw_iface *links = calloc(n + 1u, sizeof *links);
	struct sw_policy *policy;

	if (links == NULL)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		snprintf(links[i].name, sizeof links[i].name, "%.15s",
		    sw_capture_interface_name(capture, i + 1));
		links[i].index = i + 1;
	}
	policy = sw_conf_compile_policy(conf, links, n);
	free(links);
	return policy;
}

const char *
sw_replay_interface_name(
    const struct sw_capture *capture, uint32_t interface, char room[16])
{
	const char *name;

	if (interface > NUMBERED_BASE) {
		snprintf(room, 16, "if%u", interface - NUMBERED_BASE);
		return room;
	}
	name = sw_capture_interface_name(capture, interface);
	return name[0] == '\0' ? NULL : name;
}

static uint32_t
numbered(uint32_t ifindex)
{
	return ifindex == 0 || ifindex > UINT32_MAX - NUMBERED_BASE
		   ? 0
		   : NUMBERED_BASE + ifindex;
}

/* The interface on which the frame was captured. */
static uint32_t
interface_of(struct sw_capture *capture, const struct sw_record *record,
    const struct sw_link *link)
{
	char name[SW_CAPTURE_NAME] = "";

	if (link->name_size > 0) {
		memcpy(name, link->name, link->name_size);
		return sw_capture_interface_named(capture, name);
	}
	return link->ifindex == 0 ? record->interface : numbered(link->ifindex);
}

void
sw_replay_interface_set(struct sw_capture *capture,
    const struct sw_record *record, const struct sw_link *link,
    struct sw_packet *packet)
{
	packet->mark = link->mark;
	if (link->out_ifindex != 0) {
		packet->in = numbered(link->ifindex);
		packet->out = numbered(link->out_ifindex);
	} else if (record->outgoing || link->outgoing) {
		packet->out = interface_of(capture, record, link);
	} else {
		packet->in = interface_of(capture, record, link);
	}
}
