/* SPDX-License-Identifier: Apache-2.0 */
/*
 * related: does a packet fit what a parent's rule allows?
 *
 * Protocol and ports of a child are held against lists, which are short and
 * looked at only where the rules deny a packet between two hosts that have a
 * parent.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/policy/related.h"

/* => NULL for an empty list, too */
static void *
copy(const void *list, size_t n, size_t size, bool *whole)
{
	void *own;

	if (n == 0)
		return NULL;
	own = malloc(n * size);
	if (own == NULL)
		*whole = false;
	else
		memcpy(own, list, n * size);
	return own;
}

struct sw_related *
sw_related_copy(const struct sw_related *list, size_t n)
{
	bool whole = true;
	struct sw_related *own = copy(list, n, sizeof *list, &whole);

	for (size_t i = 0; own != NULL && i < n; i++) {
		struct sw_related *to = &own[i];

		to->protos = copy(
		    list[i].protos, to->n_protos, sizeof *to->protos, &whole);
		to->source_ports = copy(list[i].source_ports,
		    to->n_source_ports, sizeof *to->source_ports, &whole);
		to->to_ports = copy(list[i].to_ports, to->n_to_ports,
		    sizeof *to->to_ports, &whole);
	}
	if (whole)
		return own;
	sw_related_free(own, n);
	return NULL;
}

void
sw_related_free(struct sw_related *list, size_t n)
{
	for (size_t i = 0; list != NULL && i < n; i++) {
		free((void *)(uintptr_t)list[i].protos);
		free((void *)(uintptr_t)list[i].source_ports);
		free((void *)(uintptr_t)list[i].to_ports);
	}
	free(list);
}

static bool
has_proto(const struct sw_related *related, uint8_t proto)
{
	for (size_t i = 0; i < related->n_protos; i++) {
		int16_t wanted = related->protos[i];

		if (wanted == proto || wanted == SW_PROTO_ANY ||
		    (wanted == SW_PROTO_ICMP && sw_proto_is_icmp(proto)))
			return true;
	}
	return related->n_protos == 0;
}

/* An empty list has every port, and one of exceptions all others. */
static bool
has_port(const struct sw_port_range *ports, size_t n, uint16_t port)
{
	bool wanted = false, any = true;

	for (size_t i = 0; i < n; i++) {
		bool within = port >= ports[i].first && port <= ports[i].last;

		if (within && ports[i].except)
			return false;
		any = any && ports[i].except;
		wanted = wanted || within;
	}
	return any || wanted;
}

static bool
has_ports(const struct sw_related *related, const struct sw_endpoints *child,
    uint16_t same)
{
	if (!sw_proto_has_ports(child->proto))
		return related->n_source_ports == 0 &&
		       related->n_to_ports == 0 && !related->to_same;
	return has_port(related->source_ports, related->n_source_ports,
		   child->sport) &&
	       (related->to_same ? child->dport == same
				 : has_port(related->to_ports,
				       related->n_to_ports, child->dport));
}

bool
sw_related_fits(const struct sw_related *related,
    const struct sw_endpoints *child, const struct sw_endpoints *parent,
    bool from_client)
{
	if (related->by != SW_BY_EITHER &&
	    (related->by == SW_BY_CLIENT) != from_client)
		return false;
	return has_proto(related, child->proto) &&
	       has_ports(
		   related, child, from_client ? parent->dport : parent->sport);
}
