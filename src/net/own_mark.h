/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_mark: recognises the packets that synward itself has sent.
 *
 * Resets and probes carry a mark, and pass without a check where a rule queues
 * locally sent packets.  The mark alone proves nothing: another rule, or
 * another machine's, may set the same mark on traffic.
 */
#ifndef SYNWARD_NET_OWN_MARK_H
#define SYNWARD_NET_OWN_MARK_H

#include "net/nfqueue.h"

/* The users that our raw sockets may belong to, numbered as outside of all user
 * namespaces. */
struct sw_own_mark {
	uint32_t uids[2];
};

/* Reads /proc, so it must be called before the sandbox closes the files. */
void sw_own_mark_learn(struct sw_own_mark *own);

/* Was the packet sent by synward?  It must carry our mark, have no input
 * interface, and belong to one of our users when the queue reports a user. */
bool sw_own_mark_sent(
    const struct sw_own_mark *own, const struct sw_nfqueue_packet *packet);

/* For sw_own_mark_learn(): translates a user id to the id outside, using the
 * text of /proc/PID/uid_map; SW_NFQ_NO_UID when it maps to none. */
uint32_t sw_own_mark_outside(const char *map, uint32_t uid);

#endif
