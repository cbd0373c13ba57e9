/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal: the members of struct sw_nfqueue, for nfqueue*.c only.
 */
#ifndef SYNWARD_NET_INTERNAL_H
#define SYNWARD_NET_INTERNAL_H

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "net/nfqueue.h"

#define SW_NFQ_ANSWER 32 /* bytes of one verdict message */

/* Sequence number of the request that repeats stranded packets.  The kernel's
 * error that there were none is ignored. */
#define SW_NFQ_REPEAT UINT32_C(0x72657074)

struct sw_nfqueue {
	struct mnl_socket *socket;
	uint16_t number;
	uint32_t slot; /* bytes of each receive buffer */
	uint8_t *slots;
	struct iovec vectors[SW_NFQ_BATCH];
	struct mmsghdr messages[SW_NFQ_BATCH];
	uint8_t answers[SW_NFQ_BATCH * SW_NFQ_ANSWER];
};

/* Sizes the socket's buffer and allocates the receive buffers.
 * => 0 or -errno */
int sw_nfqueue_equip(
    struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config);

/* Limits the stated length of a message to the bytes that were received.  A
 * predecessor may have asked for more bytes of each packet than our buffer has
 * room for; only the payload, which comes last, is cut. */
void sw_nfqueue_trim(void *message, size_t length);

/* Makes the kernel deliver packets.  Does not ask for an acknowledgement,
 * because packets may arrive before it; an error arrives among the packets and
 * is counted.
 * => 0 or -errno */
int sw_nfqueue_open_gate(
    struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config);

#endif
