/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flavour whose readers pay nothing (QSBR), a table of its final size
 * from the start, nodes from malloc: as kind to the peer as can be.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <urcu-qsbr.h>

#include <urcu/rculfhash.h>

#include "engine/tcp/tcp.h"
#include "peer_rcu.h"

struct node {
	struct cds_lfht_node link;
	struct sw_tuple tuple;
	struct sw_flow_counters counters;
	struct sw_flow flow;
	struct sw_flow_history history;
};

struct peer_rcu {
	struct cds_lfht *table;
	uint8_t key[16];
};

static unsigned long
power_of_two(uint32_t at_least)
{
	unsigned long n = 1;

	while (n < at_least)
		n *= 2;
	return n;
}

struct peer_rcu *
peer_rcu_create(uint32_t flows, const uint8_t key[16])
{
	struct peer_rcu *peer = calloc(1, sizeof(*peer));
	unsigned long size = power_of_two(flows);

	if (!peer)
		exit(EXIT_FAILURE);
	memcpy(peer->key, key, sizeof(peer->key));
	urcu_qsbr_register_thread();
	peer->table =
	    cds_lfht_new_flavor(size, size, 0, 0, &urcu_qsbr_flavor, NULL);
	if (!peer->table)
		exit(EXIT_FAILURE);
	return peer;
}

void
peer_rcu_destroy(struct peer_rcu *peer)
{
	struct cds_lfht_iter iter;
	struct cds_lfht_node *link;

	cds_lfht_for_each(peer->table, &iter, link)
	{
		cds_lfht_del(peer->table, link);
		free(caa_container_of(link, struct node, link));
	}
	urcu_qsbr_quiescent_state();
	cds_lfht_destroy(peer->table, NULL);
	urcu_qsbr_unregister_thread();
	free(peer);
}

static int
is_tuple(struct cds_lfht_node *link, const void *tuple)
{
	return sw_tuple_equal(
	    &caa_container_of(link, struct node, link)->tuple, tuple);
}

static struct node *
begin(struct peer_rcu *peer, const struct sw_tuple *tuple, uint64_t hash,
    bool from_b, const struct sw_tcp_segment *segment)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		exit(EXIT_FAILURE);
	cds_lfht_node_init(&node->link);
	node->tuple = *tuple;
	node->flow.flags = from_b ? SW_FLOW_OPENER_B : 0;
	node->flow.proto = IPPROTO_TCP;
	sw_tcp_open(&node->flow, &node->history, segment, false);
	cds_lfht_add(peer->table, hash, &node->link);
	return node;
}

static bool
step(struct node *node, const struct sw_packet *packet, bool from_b,
    uint32_t tick)
{
	struct sw_flow *flow = &node->flow;
	unsigned direction = from_b != !!(flow->flags & SW_FLOW_OPENER_B);
	struct sw_tcp_step step = { .direction = (uint8_t)direction };
	enum sw_tcp_outcome outcome =
	    sw_tcp_step(flow, &node->history, &packet->tcp, &step);

	if (outcome != SW_TCP_FOLLOWS && outcome != SW_TCP_PASSES)
		return false;
	flow->seen = tick;
	if (direction)
		flow->flags |= SW_FLOW_REPLIED;
	node->counters.packets[direction]++;
	node->counters.bytes[direction] += packet->length;
	return true;
}

bool
peer_rcu_step(struct peer_rcu *peer, const uint8_t *bytes, uint32_t captured,
    uint32_t tick)
{
	struct sw_packet packet;
	struct sw_tuple tuple;
	struct cds_lfht_iter iter;
	struct node *node = NULL;
	uint64_t hash;
	bool from_b;

	if (sw_packet_parse(bytes, captured, 0, &packet) != SW_PARSE_OK)
		return false;
	from_b = sw_tuple_key(&tuple, &packet.ends, peer->key, &hash);
	urcu_qsbr_read_lock();
	cds_lfht_lookup(peer->table, hash, is_tuple, &tuple, &iter);
	if (cds_lfht_iter_get_node(&iter))
		node = caa_container_of(
		    cds_lfht_iter_get_node(&iter), struct node, link);
	else if (packet.tcp.kind == SW_TCP_SYN)
		node = begin(peer, &tuple, hash, from_b, &packet.tcp);
	urcu_qsbr_read_unlock();
	return node && step(node, &packet, from_b, tick);
}

uint32_t
peer_rcu_flow_size(void)
{
	return sizeof(struct node);
}
