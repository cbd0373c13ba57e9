/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap: a copy of each packet that passes some interfaces, before the kernel's
 * firewall sees it, and without touching it.
 *
 * The socket takes CAP_NET_RAW to open and nothing afterwards: any process that
 * is given it may read it and change its interfaces.
 */
#ifndef SYNWARD_NET_TAP_H
#define SYNWARD_NET_TAP_H

#include "net/tap_ring.h"

enum {
	SW_TAP_BATCH = 32,
	SW_TAP_SNAP = 256, /* bytes copied of each packet, from its IP header */
	SW_TAP_LINKS = 64, /* interfaces */
};

struct sw_tap;

/* An interface to listen on. */
struct sw_tap_link {
	uint32_t index;
	/* A port of a bridge: what it receives for others is forwarded, too. */
	bool port;
};

/* Opens a socket that hears nothing yet.  => the descriptor, or -errno */
int sw_tap_socket(void);

/* Is it a socket that sw_tap_socket() opened, in this or in another process? */
bool sw_tap_is(int fd);

/*
 * Reads from that socket.  One that another process has read continues.
 * => 0, and the caller owns *tap: sw_tap_close(); or -errno
 * => takes the descriptor in every case
 */
int sw_tap_open(struct sw_tap **tap, int fd);
void sw_tap_close(struct sw_tap *tap);

/*
 * From now on listens on these interfaces, at most SW_TAP_LINKS.
 * sent: what they send as well; otherwise only what they receive, so that a
 * forwarded packet is met once.
 * => 0 or -errno
 */
int sw_tap_listen(
    struct sw_tap *tap, const struct sw_tap_link links[], size_t n, bool sent);

/* Waits for packets, at most 100 ms, or not at all.
 * => the number of frames, valid until the next call; 0 for none */
size_t sw_tap_receive(
    struct sw_tap *tap, bool wait, struct sw_tap_frame frames[SW_TAP_BATCH]);

/* => how many packets found no room in the ring since the last call, in this
 *    or in another process */
uint64_t sw_tap_lost(struct sw_tap *tap);

int sw_tap_fd(const struct sw_tap *tap);

#endif
