/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nflog: packets that the kernel's firewall logs to a group before it drops
 * them.
 *
 * Binding a group takes CAP_NET_ADMIN; afterwards any process that is given the
 * socket may read it.
 */
#ifndef SYNWARD_NET_NFLOG_H
#define SYNWARD_NET_NFLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SW_NFLOG_BATCH = 64,
	SW_NFLOG_COPY = 256,   /* bytes copied of each packet */
	SW_NFLOG_PREFIX = 64,  /* with the closing NUL */
	SW_NFLOG_DELAY_MS = 20 /* at most, a message waits for others */
};

struct sw_nflog;

struct sw_nflog_packet {
	const uint8_t *bytes; /* of the IP datagram */
	size_t captured;
	uint32_t in, out, phys_in, phys_out, mark;
	bool local; /* logged in the INPUT or OUTPUT hook */
	bool has_sequence;
	uint32_t sequence; /* of the group: + 1 for each packet */
	/* What the rule says; printable ASCII without quotes and backslashes,
	 * whatever it said. */
	char prefix[SW_NFLOG_PREFIX];
};

/* Opens a socket and binds the group to it.
 * => the descriptor, or -errno: -EBUSY when another program reads the group,
 *    -EPERM without CAP_NET_ADMIN */
int sw_nflog_socket(uint16_t group);

/* Is it such a socket? */
bool sw_nflog_is(int fd);

/* Reads from that socket, which another process may have read before.
 * => 0, and the caller owns *nflog: sw_nflog_close(); or -ENOMEM
 * => takes the descriptor in every case */
int sw_nflog_open(struct sw_nflog **nflog, int fd);
void sw_nflog_close(struct sw_nflog *nflog);

int sw_nflog_fd(const struct sw_nflog *nflog);

/*
 * Reads what is there, without waiting.
 * => the number of packets, valid until the next call; 0 when there are none
 */
size_t sw_nflog_receive(
    struct sw_nflog *nflog, struct sw_nflog_packet packets[SW_NFLOG_BATCH]);

/* => how many packets were logged that never came */
uint64_t sw_nflog_lost(const struct sw_nflog *nflog);

/* For sw_nflog_receive() and tests: reads one message.
 * => false when it is no packet of a group */
struct nlmsghdr;
bool sw_nflog_read(const struct nlmsghdr *nlh, struct sw_nflog_packet *packet);

#endif
