/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq: one kernel packet queue, many packets at a time.
 */
#ifndef SYNWARD_NET_NFQUEUE_H
#define SYNWARD_NET_NFQUEUE_H

#include "synward/engine.h"

/* Packets received in one system call, and answered in one. */
#define SW_NFQ_BATCH SW_BATCH_MAX

/* Mark of the packets synward sends itself; see net/own_mark.h. */
#define SW_OWN_MARK UINT32_C(0x73796e77)

/* The user of a packet that no socket of this host has sent. */
#define SW_NFQ_NO_UID UINT32_MAX

struct sw_nfqueue;

struct sw_nfqueue_config {
	uint16_t number;
	uint32_t copy_range; /* bytes of each packet */
	bool fail_open;	     /* a full queue passes packets */
	int account;	     /* of sw_queue_proc_open(); -1 = there is none */
};

/* A queued packet. */
struct sw_nfqueue_packet {
	uint32_t id;
	uint32_t in, out; /* interface indices */
	uint32_t mark;
	uint32_t uid;	 /* of the socket that sent it, or SW_NFQ_NO_UID */
	uint32_t stated; /* true length when bytes are cut, else 0 */
	const uint8_t *bytes;
	size_t captured;
	bool local; /* came by the INPUT or OUTPUT hook */
};

/* What one receive brought beside packets. */
struct sw_nfqueue_notes {
	uint32_t unreadable; /* messages that are no packet */
	uint32_t refused;    /* the kernel did not take an answer */
};

/*
 * Opens a socket and binds the queue to it, for IPv4 and IPv6.
 * => 0 and *nfq the caller's: sw_nfqueue_close(); or -errno and the reason in
 *    why: -EBUSY it has another reader, -EPERM no CAP_NET_ADMIN
 */
int sw_nfqueue_open(struct sw_nfqueue **nfq,
    const struct sw_nfqueue_config *config, char *why, size_t size);
void sw_nfqueue_close(struct sw_nfqueue *nfq);

/*
 * Goes on with a queue's socket that an earlier process opened.  Packets it
 * took without answering them are sent through the rules once more, so that
 * they come again; freed counts them.
 * => as sw_nfqueue_open(); takes the descriptor in every case
 */
int sw_nfqueue_adopt(struct sw_nfqueue **nfq, int fd,
    const struct sw_nfqueue_config *config, uint32_t *freed, char *why,
    size_t size);

/*
 * Waits for packets, at most for 100 ms, or not at all.
 * => how many there are, 0 when none came, -ENOBUFS when the kernel lost
 *    some, or -errno
 * => packets stay valid until the next receive
 */
int sw_nfqueue_receive(struct sw_nfqueue *nfq, bool wait,
    struct sw_nfqueue_packet packets[SW_NFQ_BATCH],
    struct sw_nfqueue_notes *notes);

/* Answers n packets of the last receive, in their order.  => 0 or -errno */
int sw_nfqueue_answer(struct sw_nfqueue *nfq, const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n);

/* Reads one message.  => false when it is no packet of the queue */
bool sw_nfqueue_read(
    const void *message, size_t length, struct sw_nfqueue_packet *packet);

/* Of the socket. */
int sw_nfqueue_fd(const struct sw_nfqueue *nfq);

#endif
