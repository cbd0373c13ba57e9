/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfqueue: one kernel packet queue, read and answered in batches.
 */
#ifndef SYNWARD_NET_NFQUEUE_H
#define SYNWARD_NET_NFQUEUE_H

#include "synward/engine.h"

/* The most packets received, or answered, in one system call. */
#define SW_NFQ_BATCH SW_BATCH_MAX

/* The mark of packets that synward sends itself; see net/own_mark.h. */
#define SW_OWN_MARK UINT32_C(0x73796e77)

/* The uid of a packet that no socket of this host sent. */
#define SW_NFQ_NO_UID UINT32_MAX

struct sw_nfqueue;

struct sw_nfqueue_config {
	uint16_t number;
	uint32_t copy_range; /* bytes to copy of each packet */
	bool fail_open;	     /* pass packets while the queue is full */
	int account;	     /* from sw_queue_proc_open(), or -1 */
};

/* A queued packet. */
struct sw_nfqueue_packet {
	uint32_t id;
	uint32_t in, out;	    /* interface indices */
	uint32_t phys_in, phys_out; /* the same of ports of a bridge */
	uint32_t mark;
	uint32_t uid;	 /* of the sending socket, or SW_NFQ_NO_UID */
	uint32_t stated; /* length of the packet when bytes are cut, else 0 */
	const uint8_t *bytes;
	size_t captured;
	bool local;  /* from or to this host */
	bool routed; /* queued in the POSTROUTING hook */
};

/* What one receive call returned besides packets. */
struct sw_nfqueue_notes {
	uint32_t unreadable; /* messages that are no packets */
	uint32_t refused;    /* verdicts that the kernel refused */
};

/*
 * Opens a socket and binds the queue to it, for IPv4 and IPv6.
 * => 0, and the caller owns *nfq: sw_nfqueue_close(); or -errno with the reason
 *    in why: -EBUSY when the queue has another reader, -EPERM without
 *    CAP_NET_ADMIN
 */
int sw_nfqueue_open(struct sw_nfqueue **nfq,
    const struct sw_nfqueue_config *config, char *why, size_t size);
void sw_nfqueue_close(struct sw_nfqueue *nfq);

/*
 * Continues with a queue's socket that an earlier process opened.  Packets
 * which that process read and did not answer are sent through the rules again,
 * so that they are queued once more; freed counts them.
 * => as sw_nfqueue_open(); takes the descriptor in every case
 */
int sw_nfqueue_adopt(struct sw_nfqueue **nfq, int fd,
    const struct sw_nfqueue_config *config, uint32_t *freed, char *why,
    size_t size);

/*
 * Waits for packets, for at most 100 ms, or not at all.
 * => the number of packets, 0 for none, -ENOBUFS when the kernel lost some, or
 *    -errno
 * => packets stay valid until the next receive
 */
int sw_nfqueue_receive(struct sw_nfqueue *nfq, bool wait,
    struct sw_nfqueue_packet packets[SW_NFQ_BATCH],
    struct sw_nfqueue_notes *notes);

/* Sends verdicts for n packets of the last receive, in their order.
 * => 0 or -errno */
int sw_nfqueue_answer(struct sw_nfqueue *nfq, const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n);

/* Reads one message.
 * => false when it is no packet of the queue */
bool sw_nfqueue_read(
    const void *message, size_t length, struct sw_nfqueue_packet *packet);

/* The descriptor of the socket. */
int sw_nfqueue_fd(const struct sw_nfqueue *nfq);

#endif
