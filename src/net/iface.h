/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iface: interface names and indices, kept current by rtnetlink.
 *
 * Packets carry indices, rules and log lines names.  The table is filled
 * at start and changed by link messages; any thread may ask.
 */
#ifndef SYNWARD_NET_IFACE_H
#define SYNWARD_NET_IFACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_ifaces;

/* An empty table, without a socket.  => NULL when memory is short */
struct sw_ifaces *sw_ifaces_create(void);
void sw_ifaces_destroy(struct sw_ifaces *ifaces);

/* Opens the socket, asks for all links and reads them.
 * => the descriptor to watch for input, or -errno */
int sw_ifaces_open(struct sw_ifaces *ifaces);

/* Reads what has come.  => true when a name came, went or changed: rules
 * that name interfaces want compiling anew */
bool sw_ifaces_read(struct sw_ifaces *ifaces);

/* Applies netlink messages (RTM_NEWLINK, RTM_DELLINK) from a buffer. */
bool
sw_ifaces_apply(struct sw_ifaces *ifaces, const void *messages, size_t length);

/* => false, and an empty name, for 0 and for an index not known; a name
 *    lives on for the index after its interface is gone */
bool sw_ifaces_name(
    struct sw_ifaces *ifaces, uint32_t index, char name[IF_NAMESIZE]);

/* Is it a port of a bridge? */
bool sw_ifaces_is_port(struct sw_ifaces *ifaces, uint32_t index);

/* The index of a present interface, or 0; context is a struct sw_ifaces,
 * as sw_conf_compile_policy() wants it. */
uint32_t sw_ifaces_index(const char *name, void *context);

#endif
