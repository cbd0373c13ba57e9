/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface: names and indices of interfaces, kept current by rtnetlink.
 *
 * Packets carry indices; rules and log lines carry names.  The table is filled
 * at start and updated by link messages; any thread may read it.
 */
#ifndef SYNWARD_NET_IFACE_H
#define SYNWARD_NET_IFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_ifaces;

/* Creates an empty table without a socket.
 * => NULL when memory is short */
struct sw_ifaces *sw_ifaces_create(void);
void sw_ifaces_destroy(struct sw_ifaces *ifaces);

/* Opens the socket, asks for all links and reads them.
 * => the descriptor to poll for input, or -errno */
int sw_ifaces_open(struct sw_ifaces *ifaces);

/* Reads what has come.  => true when a name came, went or changed: rules
 * that name interfaces must be compiled again */
bool sw_ifaces_read(struct sw_ifaces *ifaces);

/* Applies netlink messages (RTM_NEWLINK, RTM_DELLINK) from a buffer. */
bool
sw_ifaces_apply(struct sw_ifaces *ifaces, const void *messages, size_t length);

/* Looks up the name of an index.  A removed interface keeps its name until its
 * index is used again.
 * => false, with an empty name, for 0 and for an unknown index */
bool sw_ifaces_name(
    struct sw_ifaces *ifaces, uint32_t index, char name[IF_NAMESIZE]);

/* Is the interface a port of a bridge? */
bool sw_ifaces_is_port(struct sw_ifaces *ifaces, uint32_t index);

/* The index of a present interface, or 0. */
uint32_t sw_ifaces_index(struct sw_ifaces *ifaces, const char *name);

/* An interface that is present. */
struct sw_iface {
	char name[IF_NAMESIZE];
	uint32_t index;
	bool port;    /* of a bridge */
	uint32_t vrf; /* index of the VRF that it is in, or 0 */
};

/* All of them, in any order.
 * => the caller's, to be freed; NULL when memory is short */
struct sw_iface *sw_ifaces_list(struct sw_ifaces *ifaces, size_t *n);

/* The interface of a VLAN, whose frames also pass another interface. */
struct sw_iface_vlan {
	uint32_t index, parent;
	uint16_t vlan;
};

/* Those that are present, at most most of them.  => how many */
size_t sw_ifaces_vlans(
    struct sw_ifaces *ifaces, struct sw_iface_vlan list[], size_t most);

#endif
