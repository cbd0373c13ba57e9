/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq_part: the inside of struct sw_nfqueue, for nfq*.c only.
 */
#ifndef SYNWARD_NET_INTERNAL_H
#define SYNWARD_NET_INTERNAL_H

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "net/nfqueue.h"

#define SW_NFQ_ANSWER 32 /* bytes of one answer */

/* Sequence number of the request to free stranded packets: that there were
 * none is no error. */
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

/* Sizes the socket's buffer and makes room to receive.  => 0 or -errno */
int sw_nfqueue_equip(
    struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config);

/* A message that did not fit its buffer is as long as what is there of it: a
 * predecessor may have asked for more of each packet than there is room for
 * now, and only the payload, which comes last, is cut. */
void sw_nfqueue_trim(void *message, size_t length);

/* Has the kernel deliver packets.  Asks for no answer, because there may be
 * packets before it; an error comes among them and is counted.
 * => 0 or -errno */
int sw_nfqueue_open_gate(
    struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config);

#endif
