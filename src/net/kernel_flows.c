/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is two tuples: the original as its first packet came, and the
 * reply as the answer to the packet that left.  Destinations are translated
 * before a packet is forwarded, sources after.  So a forwarded packet of the
 * opener has the original's source and, as its destination, the reply's source.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/kernel_flows.h"

#define TRACKER "/proc/self/net/stat/nf_conntrack"

enum { FIRST = 1024 };

struct list {
	struct sw_endpoints *openers;
	size_t n, room;
	bool lacks_memory;
};

static bool
is_assured(const struct nf_conntrack *ct)
{
	uint32_t status = nfct_get_attr_u32(ct, ATTR_STATUS);

	return (status & IPS_ASSURED) != 0 && (status & IPS_SEEN_REPLY) != 0;
}

static bool
is_wanted(const struct nf_conntrack *ct)
{
	uint8_t proto = nfct_get_attr_u8(ct, ATTR_L4PROTO);

	if (!is_assured(ct))
		return false;
	if (proto == IPPROTO_TCP)
		return nfct_get_attr_u8(ct, ATTR_TCP_STATE) ==
		       TCP_CONNTRACK_ESTABLISHED;
	return proto == IPPROTO_UDP;
}

/* => false for another family */
static bool
read_ends(const struct nf_conntrack *ct, struct sw_endpoints *ends)
{
	*ends = (struct sw_endpoints){
		.sport = ntohs(nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC)),
		.dport = ntohs(nfct_get_attr_u16(ct, ATTR_REPL_PORT_SRC)),
		.proto = nfct_get_attr_u8(ct, ATTR_L4PROTO),
	};
	switch (nfct_get_attr_u8(ct, ATTR_L3PROTO)) {
	case AF_INET:
		ends->family = SW_IPV4;
		memcpy(ends->src.b, nfct_get_attr(ct, ATTR_ORIG_IPV4_SRC), 4);
		memcpy(ends->dst.b, nfct_get_attr(ct, ATTR_REPL_IPV4_SRC), 4);
		return true;
	case AF_INET6:
		ends->family = SW_IPV6;
		memcpy(ends->src.b, nfct_get_attr(ct, ATTR_ORIG_IPV6_SRC), 16);
		memcpy(ends->dst.b, nfct_get_attr(ct, ATTR_REPL_IPV6_SRC), 16);
		return true;
	}
	return false;
}

/* => false when memory is short */
static bool
grow(struct list *list)
{
	size_t room = list->room > 0 ? 2 * list->room : FIRST;
	struct sw_endpoints *more = realloc(list->openers, room * sizeof *more);

	if (more == NULL)
		return false;
	list->openers = more;
	list->room = room;
	return true;
}

static int
take(enum nf_conntrack_msg_type type, struct nf_conntrack *ct, void *context)
{
	struct list *list = context;
	struct sw_endpoints ends;

	(void)type;
	if (!is_wanted(ct) || !read_ends(ct, &ends))
		return NFCT_CB_CONTINUE;
	if (list->n == list->room && !grow(list)) {
		list->lacks_memory = true;
		return NFCT_CB_STOP;
	}
	list->openers[list->n++] = ends;
	return NFCT_CB_CONTINUE;
}

static int
query(struct list *list)
{
	struct nfct_handle *handle = nfct_open(CONNTRACK, 0);
	uint32_t family = AF_UNSPEC;
	int error = 0;

	if (handle == NULL)
		return -errno;
	nfct_callback_register(handle, NFCT_T_ALL, take, list);
	if (nfct_query(handle, NFCT_Q_DUMP, &family) < 0)
		error = -errno;
	nfct_close(handle);
	return list->lacks_memory ? -ENOMEM : error;
}

long
sw_kernel_flows_list(struct sw_endpoints **openers)
{
	struct list list = { .n = 0 };
	int error;

	*openers = NULL;
	if (access(TRACKER, F_OK) < 0)
		return 0;
	error = query(&list);
	if (error < 0) {
		free(list.openers);
		return error;
	}
	*openers = list.openers;
	return (long)list.n;
}
