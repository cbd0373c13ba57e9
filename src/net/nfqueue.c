/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue is configured in two steps.  The first binds it, sets flags and
 * length, and waits for the kernel's acknowledgement: no packet can arrive in
 * between, because a queue without a copy mode delivers none.  The second sets
 * the copy mode, after which packets are delivered.
 *
 * Each packet is one netlink message; recvmmsg() reads a batch of them.
 * Verdict messages carry no payload, and all verdicts of a batch leave in one
 * send().  The kernel executes them inside that call, so no acknowledgement is
 * requested; a verdict that the kernel refuses comes back as an error message
 * among the packets and is counted there.
 *
 * The kernel reports ENOBUFS when the socket's buffer was full.  This report is
 * never switched off, because it says that packets were lost.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "net/internal.h"
#include "net/netlink.h"
#include "net/queue_proc.h"
#include "net/verdict_batch.h"

enum {
	QUEUE_LENGTH = 16384,	 /* packets that may wait in the kernel */
	ATTRIBUTES = 512,	 /* bytes of a message besides the payload */
	BUFFER_LEAST = 32 << 20, /* bytes of the socket's buffer */
	BUFFER_MOST = 256 << 20,
	WAIT_US = 100000,
	REQUEST = 256,
};

int
sw_nfqueue_fd(const struct sw_nfqueue *nfq)
{
	return mnl_socket_get_fd(nfq->socket);
}

/* Waits for the kernel's acknowledgement of a request.
 * => 0 or -errno */
static int
await_ack(struct sw_nfqueue *nfq, uint32_t seq)
{
	char buffer[4096];
	ssize_t n;

	do
		n = mnl_socket_recvfrom(nfq->socket, buffer, sizeof buffer);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	n = mnl_cb_run(buffer, (size_t)n, seq,
	    mnl_socket_get_portid(nfq->socket), NULL, NULL);
	return n < 0 ? -errno : 0;
}

static void
put_properties(struct nlmsghdr *nlh, bool fail_open)
{
	uint32_t flags = NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID |
			 (fail_open ? NFQA_CFG_F_FAIL_OPEN : 0);
	uint32_t mask =
	    NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID | NFQA_CFG_F_FAIL_OPEN;

	nfq_nlmsg_cfg_put_qmaxlen(nlh, QUEUE_LENGTH);
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(mask));
}

static int
bind_queue(struct sw_nfqueue *nfq, bool fail_open)
{
	char request[REQUEST];
	struct nlmsghdr *nlh =
	    nfq_nlmsg_put(request, NFQNL_MSG_CONFIG, nfq->number);

	nlh->nlmsg_flags |= NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	nfq_nlmsg_cfg_put_cmd(nlh, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	put_properties(nlh, fail_open);
	if (mnl_socket_sendto(nfq->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return await_ack(nfq, nlh->nlmsg_seq);
}

int
sw_nfqueue_open_gate(
    struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config)
{
	char request[REQUEST];
	struct nlmsghdr *nlh =
	    nfq_nlmsg_put(request, NFQNL_MSG_CONFIG, nfq->number);

	nfq_nlmsg_cfg_put_params(
	    nlh, NFQNL_COPY_PACKET, (int)config->copy_range);
	put_properties(nlh, config->fail_open);
	if (mnl_socket_sendto(nfq->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	return 0;
}

/* The kernel accounts a message by the memory it occupies, about 1 KiB more
 * than the copied bytes. */
static void
set_buffer(struct sw_nfqueue *nfq, uint32_t copy_range)
{
	uint64_t wanted = (uint64_t)QUEUE_LENGTH * (copy_range + 1024);
	int size = BUFFER_LEAST, fd = sw_nfqueue_fd(nfq);

	if (wanted > BUFFER_LEAST)
		size = wanted > BUFFER_MOST ? BUFFER_MOST : (int)wanted;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static int
prepare_socket(struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config)
{
	struct timeval wait = { .tv_usec = WAIT_US };
	int on = 1;

	set_buffer(nfq, config->copy_range);
	/* The kernel then sends errors without a copy of the request. */
	mnl_socket_setsockopt(nfq->socket, NETLINK_CAP_ACK, &on, sizeof on);
	if (setsockopt(sw_nfqueue_fd(nfq), SOL_SOCKET, SO_RCVTIMEO, &wait,
		sizeof wait) < 0)
		return -errno;
	return 0;
}

static int
open_socket(struct sw_nfqueue *nfq)
{
	nfq->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (nfq->socket == NULL)
		return -errno;
	if (mnl_socket_bind(nfq->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

static int
make_slots(struct sw_nfqueue *nfq, uint32_t copy_range)
{
	nfq->slot = (copy_range + ATTRIBUTES + 63) & ~63u;
	nfq->slots = aligned_alloc(64, (size_t)nfq->slot * SW_NFQ_BATCH);
	if (nfq->slots == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < SW_NFQ_BATCH; i++) {
		nfq->vectors[i].iov_base = nfq->slots + (size_t)i * nfq->slot;
		nfq->vectors[i].iov_len = nfq->slot;
		nfq->messages[i].msg_hdr.msg_iov = &nfq->vectors[i];
		nfq->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
}

int
sw_nfqueue_equip(struct sw_nfqueue *nfq, const struct sw_nfqueue_config *config)
{
	int error = prepare_socket(nfq, config);

	return error < 0 ? error : make_slots(nfq, config->copy_range);
}

/* The kernel returns EPERM both for a missing capability and for a queue that
 * has another reader. */
static int
explain(
    const struct sw_nfqueue_config *config, int error, char *why, size_t size)
{
	char holder[128];

	if ((error == -EPERM || error == -EBUSY) &&
	    sw_queue_proc_holder(
		config->account, config->number, holder, sizeof holder)) {
		snprintf(why, size,
		    "queue %u is already read by %s: end it first, or set "
		    "queue.first to another number",
		    config->number, holder);
		return -EBUSY;
	}
	snprintf(why, size, "cannot open queue %u: %s", config->number,
	    strerror(-error));
	return error;
}

int
sw_nfqueue_open(struct sw_nfqueue **nfq, const struct sw_nfqueue_config *config,
    char *why, size_t size)
{
	struct sw_nfqueue *made = calloc(1, sizeof *made);
	int error = made == NULL ? -ENOMEM : 0;

	if (error == 0) {
		made->number = config->number;
		error = open_socket(made);
	}
	if (error == 0)
		error = sw_nfqueue_equip(made, config);
	if (error == 0)
		error = bind_queue(made, config->fail_open);
	if (error == 0)
		error = sw_nfqueue_open_gate(made, config);
	if (error < 0) {
		error = explain(config, error, why, size);
		sw_nfqueue_close(made);
		return error;
	}
	*nfq = made;
	return 0;
}

void
sw_nfqueue_close(struct sw_nfqueue *nfq)
{
	if (nfq == NULL)
		return;
	if (nfq->socket != NULL)
		mnl_socket_close(nfq->socket);
	free(nfq->slots);
	free(nfq);
}

static uint32_t
read_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint32_t)
		   ? ntohl(mnl_attr_get_u32(attr))
		   : 0;
}

static bool
read_header(const struct nlattr *attr, struct sw_nfqueue_packet *packet)
{
	const struct nfqnl_msg_packet_hdr *header = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) < sizeof *header)
		return false;
	packet->id = ntohl(header->packet_id);
	packet->local = header->hook == NF_INET_LOCAL_IN ||
			header->hook == NF_INET_LOCAL_OUT;
	packet->routed = header->hook == NF_INET_POST_ROUTING;
	return true;
}

static bool
is_packet(const struct nlmsghdr *nlh, size_t length)
{
	return length >= sizeof *nlh && sw_netlink_ok(nlh, (int)length) &&
	       nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg) &&
	       nlh->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET);
}

static bool
read_attribute(const struct nlattr *attr, struct sw_nfqueue_packet *packet)
{
	switch (mnl_attr_get_type(attr)) {
	case NFQA_PACKET_HDR:
		return read_header(attr, packet);
	case NFQA_MARK:
		packet->mark = read_u32(attr);
		break;
	case NFQA_UID:
		if (mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			packet->uid = read_u32(attr);
		break;
	case NFQA_IFINDEX_INDEV:
		packet->in = read_u32(attr);
		break;
	case NFQA_IFINDEX_OUTDEV:
		packet->out = read_u32(attr);
		break;
	case NFQA_IFINDEX_PHYSINDEV:
		packet->phys_in = read_u32(attr);
		break;
	case NFQA_IFINDEX_PHYSOUTDEV:
		packet->phys_out = read_u32(attr);
		break;
	case NFQA_CAP_LEN:
		packet->stated = read_u32(attr);
		break;
	case NFQA_PAYLOAD:
		packet->bytes = mnl_attr_get_payload(attr);
		packet->captured = mnl_attr_get_payload_len(attr);
		break;
	}
	return false;
}

/* Reads the part of a cut payload that was received. */
static void
read_cut(
    const struct nlattr *attr, size_t left, struct sw_nfqueue_packet *packet)
{
	if (left < MNL_ATTR_HDRLEN || mnl_attr_get_type(attr) != NFQA_PAYLOAD ||
	    attr->nla_len <= left)
		return;
	packet->bytes = mnl_attr_get_payload(attr);
	packet->captured = left - MNL_ATTR_HDRLEN;
	if (packet->stated == 0)
		packet->stated = mnl_attr_get_payload_len(attr);
}

void
sw_nfqueue_trim(void *message, size_t length)
{
	struct nlmsghdr *nlh = message;

	if (length >= sizeof *nlh && nlh->nlmsg_len > length)
		nlh->nlmsg_len = (uint32_t)length;
}

/* In POSTROUTING a packet of this host is one without an input interface.
 * IPv6 has set a device already, and the kernel names it as both. */
static void
tell_own(const struct nfgenmsg *about, struct sw_nfqueue_packet *packet)
{
	if (!packet->routed)
		return;
	if (about->nfgen_family == AF_INET6 && packet->in == packet->out)
		packet->in = 0;
	packet->local = packet->in == 0;
}

/* The payload comes last and is not padded, so attributes are read up to the
 * exact end of the message, not the aligned one. */
bool
sw_nfqueue_read(
    const void *message, size_t length, struct sw_nfqueue_packet *packet)
{
	const struct nlmsghdr *nlh = message;
	struct nlattr *attr;
	const char *end;
	bool has_id = false;

	*packet = (struct sw_nfqueue_packet){ .uid = SW_NFQ_NO_UID };
	if (!is_packet(nlh, length))
		return false;
	end = (const char *)message + nlh->nlmsg_len;
	attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		has_id |= read_attribute(attr, packet);
		attr = mnl_attr_next(attr);
	}
	if (end > (const char *)attr)
		read_cut(attr, (size_t)(end - (const char *)attr), packet);
	tell_own(mnl_nlmsg_get_payload(nlh), packet);
	return has_id;
}

/* Counts a message that is no packet: an error about a verdict, or an unknown
 * one. */
static void
note(const struct nlmsghdr *nlh, size_t length, struct sw_nfqueue_notes *notes)
{
	if (length >= sizeof *nlh && nlh->nlmsg_type == NLMSG_ERROR)
		notes->refused += nlh->nlmsg_seq != SW_NFQ_REPEAT;
	else
		notes->unreadable++;
}

int
sw_nfqueue_receive(struct sw_nfqueue *nfq, bool wait,
    struct sw_nfqueue_packet packets[SW_NFQ_BATCH],
    struct sw_nfqueue_notes *notes)
{
	int n, got = 0;

	*notes = (struct sw_nfqueue_notes){ 0 };
	n = recvmmsg(sw_nfqueue_fd(nfq), nfq->messages, SW_NFQ_BATCH,
	    wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		void *message = nfq->vectors[i].iov_base;
		size_t length = nfq->messages[i].msg_len;

		sw_nfqueue_trim(message, length);
		if (sw_nfqueue_read(message, length, &packets[got]))
			got++;
		else
			note(message, length, notes);
	}
	return got;
}

static size_t
put_answer(struct sw_nfqueue *nfq, size_t used, const struct sw_answer *answer)
{
	struct nlmsghdr *nlh = nfq_nlmsg_put((char *)nfq->answers + used,
	    answer->up_to ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT,
	    nfq->number);

	nfq_nlmsg_verdict_put(nlh, (int)answer->id,
	    answer->verdict == SW_PASS ? NF_ACCEPT : NF_DROP);
	return used + nlh->nlmsg_len;
}

int
sw_nfqueue_answer(struct sw_nfqueue *nfq, const uint32_t ids[],
    const enum sw_verdict verdicts[], size_t n)
{
	struct sw_answer answers[SW_NFQ_BATCH];
	size_t told = sw_verdict_batch_plan(ids, verdicts, n, answers),
	       used = 0;

	for (size_t i = 0; i < told; i++)
		used = put_answer(nfq, used, &answers[i]);
	if (used > 0 && mnl_socket_sendto(nfq->socket, nfq->answers, used) < 0)
		return -errno;
	return 0;
}
