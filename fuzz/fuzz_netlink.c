/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_netlink: what comes from the kernel's sockets is read within its
 * bytes, however it is cut.
 *
 * Input: a byte that says who reads it (packets of the queue, news of
 * interfaces, a route, packets of a log group, addresses), then the messages.  They are copied to a block of
 * just their size, so that a byte read behind them is seen.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "must.h"
#include "net/iface.h"
#include "net/internal.h"
#include "net/local_addrs.h"
#include "net/netlink.h"
#include "net/nflog.h"
#include "net/reverse_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_within(const uint8_t *bytes, size_t size, const void *start, size_t length)
{
	const uint8_t *at = start;

	return at >= bytes && at <= bytes + size &&
	       length <= (size_t)(bytes + size - at);
}

/* As received, and as a successor with shorter slots would. */
static void
read_packet(uint8_t *bytes, size_t size)
{
	struct sw_nfqueue_packet packet;

	if (sw_nfqueue_read(bytes, size, &packet) && packet.bytes != NULL)
		MUST(is_within(bytes, size, packet.bytes, packet.captured));
	sw_nfqueue_trim(bytes, size);
	if (!sw_nfqueue_read(bytes, size, &packet))
		return;
	MUST(packet.bytes == NULL ||
	     is_within(bytes, size, packet.bytes, packet.captured));
	MUST(packet.bytes != NULL || packet.captured == 0);
	for (size_t i = 0; i < packet.captured; i++)
		MUST(packet.bytes[i] == bytes[(packet.bytes - bytes) + i]);
}

/* Whatever was told, a name that is there leads to an index of that name. */
static void
read_links(const uint8_t *bytes, size_t size)
{
	struct sw_ifaces *ifaces = sw_ifaces_create();

	MUST(ifaces != NULL);
	for (int i = 0; i < 2; i++)
		sw_ifaces_apply(ifaces, bytes, size);
	for (uint32_t index = 0; index < 16; index++) {
		char name[IF_NAMESIZE], again[IF_NAMESIZE];
		uint32_t found;

		if (!sw_ifaces_name(ifaces, index, name))
			continue;
		MUST(memchr(name, '\0', sizeof name) != NULL);
		found = sw_ifaces_index(ifaces, name);
		if (found == 0)
			continue;
		MUST(sw_ifaces_name(ifaces, found, again));
		MUST(strcmp(name, again) == 0);
	}
	sw_ifaces_destroy(ifaces);
}

static void
read_route(const uint8_t *bytes, size_t size)
{
	uint32_t interface = 77, other = 77;
	bool is_reply = sw_reverse_route_read(bytes, size, 1, 2, &interface);

	MUST(sw_reverse_route_read(bytes, size, 1, 3, &other) == is_reply);
	MUST(is_reply || (interface == 77 && other == 77));
	/* One that is expected may win; else both read the same. */
	if (is_reply && interface != 2 && other != 3)
		MUST(interface == other);
}

/* A prefix is printable, and ends; a packet lies within its message. */
static void
read_logged(const uint8_t *bytes, size_t size)
{
	const struct nlmsghdr *nlh = (const void *)bytes;
	struct sw_nflog_packet packet;
	int left = (int)size;

	for (; sw_netlink_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (!sw_nflog_read(nlh, &packet))
			continue;
		MUST(is_within((const uint8_t *)nlh, nlh->nlmsg_len,
		    packet.bytes, packet.captured));
		MUST(memchr(packet.prefix, '\0', sizeof packet.prefix) != NULL);
		for (const char *c = packet.prefix; *c != '\0'; c++)
			MUST(*c >= ' ' && *c <= '~' && *c != '"' && *c != '\\');
	}
}

/* What comes twice is there once. */
static void
read_addresses(const uint8_t *bytes, size_t size)
{
	struct sw_local_addrs *once = sw_local_addrs_create();
	struct sw_local_addrs *twice = sw_local_addrs_create();
	static const struct sw_addr some[] = { { { 10, 1, 0, 1 } },
		{ { 127, 0, 0, 1 } }, { { 0 } }, { { [15] = 1 } } };

	MUST(once != NULL && twice != NULL);
	sw_local_addrs_apply(once, bytes, size);
	sw_local_addrs_apply(twice, bytes, size);
	sw_local_addrs_apply(twice, bytes, size);
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		for (int family = SW_IPV4; family <= SW_IPV6; family += 2)
			MUST(sw_local_addrs_has(once, &some[i],
				 (uint8_t)family) == sw_local_addrs_has(twice,
							 &some[i],
							 (uint8_t)family));
	sw_local_addrs_close(once);
	sw_local_addrs_close(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size == 0)
		return 0;
	bytes = malloc(size > 1 ? size - 1 : 1);
	MUST(bytes != NULL);
	memcpy(bytes, data + 1, size - 1);
	switch (data[0] % 5) {
	case 0:
		read_packet(bytes, size - 1);
		break;
	case 1:
		read_links(bytes, size - 1);
		break;
	case 2:
		read_route(bytes, size - 1);
		break;
	case 3:
		read_logged(bytes, size - 1);
		break;
	default:
		read_addresses(bytes, size - 1);
	}
	free(bytes);
	return 0;
}
