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

struct sw_nfq;

struct sw_nfq_config {
	uint16_t number;
	uint32_t copy_range; /* bytes of each packet */
	bool fail_open;	     /* a full queue passes packets */
	int account;	     /* of sw_procqueue_open(); -1 = there is none */
};

/* A queued packet. */
struct sw_nfq_packet {
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
struct sw_nfq_notes {
	uint32_t unreadable; /* messages that are no packet */
	uint32_t refused;    /* the kernel did not take an answer */
};

/*
 * Opens a socket and binds the queue to it, for IPv4 and IPv6.
 * => 0 and *nfq the caller's: sw_nfq_close(); or -errno and the reason in
 *    why: -EBUSY it has another reader, -EPERM no CAP_NET_ADMIN
 */
int sw_nfq_open(struct sw_nfq **nfq, const struct sw_nfq_config *config,
    char *why, size_t size);
void sw_nfq_close(struct sw_nfq *nfq);

/*
 * Goes on with a queue's socket that an earlier process opened.  Packets it
 * took without answering them are sent through the rules once more, so that
 * they come again; freed counts them.
 * => as sw_nfq_open(); takes the descriptor in every case
 */
int
sw_nfq_adopt(struct sw_nfq **nfq, int fd, const struct sw_nfq_config *config,
    uint32_t *freed, char *why, size_t size);

/*
 * Waits for packets, at most for 100 ms, or not at all.
 * => how many there are, 0 when none came, -ENOBUFS when the kernel lost
 *    some, or -errno
 * => packets stay valid until the next receive
 */
int sw_nfq_receive(struct sw_nfq *nfq, bool wait,
    struct sw_nfq_packet packets[SW_NFQ_BATCH], struct sw_nfq_notes *notes);

/* Answers n packets of the last receive, in their order.  => 0 or -errno */
int sw_nfq_answer(struct sw_nfq *nfq, const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n);

/* Reads one message.  => false when it is no packet of the queue */
bool
sw_nfq_read(const void *message, size_t length, struct sw_nfq_packet *packet);

/* Of the socket. */
int sw_nfq_fd(const struct sw_nfq *nfq);

#endif
