/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own: which packets in the queue synward has sent itself.
 *
 * Resets and probes carry a mark and pass without being judged where a rule
 * queues what this host sends.  The mark alone proves nothing: another rule,
 * or a neighbour's, may set the same one on traffic.
 */
#ifndef SYNWARD_NET_OWN_MARK_H
#define SYNWARD_NET_OWN_MARK_H

#include "net/nfqueue.h"

/* The users our raw sockets may have been opened by, as the kernel numbers
 * them outside of every user namespace. */
struct sw_own_mark {
	uint32_t uids[2];
};

/* Reads /proc, so it is called before the files are closed to us. */
void sw_own_mark_learn(struct sw_own_mark *own);

/* Does it carry our mark, did it come in by no interface, and, where the
 * queue tells whose it is, did one of our users send it? */
bool sw_own_mark_sent(
    const struct sw_own_mark *own, const struct sw_nfqueue_packet *packet);

/* For sw_own_mark_learn(): what user id uid is outside, by the text of a
 * /proc/PID/uid_map; SW_NFQ_NO_UID when it is nobody's. */
uint32_t sw_own_mark_outside(const char *map, uint32_t uid);

#endif
