/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue belongs to its socket, not to a process, so a process that gets the
 * socket continues where the previous one stopped, and simply reads the packets
 * in the socket's buffer.  But packets that a dead process had read and not
 * answered would wait forever: these are the ones with an id below the first
 * one in the buffer or, when the buffer is empty, up to the last id that the
 * kernel assigned.  They are sent to the start of the hook again (NF_REPEAT),
 * where the rule queues them once more.
 *
 * The last id is read before the buffer is inspected: a packet that arrives in
 * between has a higher id and is not mistaken for a stranded one.
 */

#include <errno.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/internal.h"
#include "net/queue_proc.h"

/* The most messages that are skipped while searching for a packet. */
enum { OTHERS = 256, REQUEST = 64, PEEK = 512 };

/* Finds the first packet in the buffer without removing it.
 * => false when there is none */
static bool
first_waiting(struct sw_nfqueue *nfq, uint32_t *id)
{
	_Alignas(struct nlmsghdr) char bytes[PEEK];
	int fd = sw_nfqueue_fd(nfq);

	for (int i = 0; i < OTHERS; i++) {
		struct sw_nfqueue_packet packet;
		ssize_t n =
		    recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);

		if (n < 0 && errno != ENOBUFS && errno != EINTR)
			return false;
		if (n < 0)
			continue;
		/* The payload may be cut here; the id precedes it. */
		sw_nfqueue_trim(bytes, (size_t)n);
		if (sw_nfqueue_read(bytes, (size_t)n, &packet)) {
			*id = packet.id;
			return true;
		}
		recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	}
	return false;
}

static int
repeat_up_to(struct sw_nfqueue *nfq, uint32_t id)
{
	char request[REQUEST];
	struct nlmsghdr *nlh =
	    nfq_nlmsg_put(request, NFQNL_MSG_VERDICT_BATCH, nfq->number);

	nlh->nlmsg_seq = SW_NFQ_REPEAT;
	nfq_nlmsg_verdict_put(nlh, (int)id, NF_REPEAT);
	return mnl_socket_sendto(nfq->socket, nlh, nlh->nlmsg_len) < 0 ? -errno
								       : 0;
}

/* Estimates the number of stranded packets from the kernel's count of waiting
 * ones.  The estimate is exact as long as no packet arrives. */
static uint32_t
count_stranded(const struct sw_nfqueue *nfq, int account, uint32_t last,
    bool some, uint32_t first)
{
	struct sw_queue_proc queue;
	uint32_t readable = some ? last - first + 1 : 0;

	if (!sw_queue_proc_look(account, nfq->number, &queue))
		return 0;
	return queue.waiting > readable ? queue.waiting - readable : 0;
}

static int
free_stranded(
    struct sw_nfqueue *nfq, int account, uint32_t last, uint32_t *freed)
{
	uint32_t first = 0;
	bool some = first_waiting(nfq, &first);

	*freed = 0;
	if (!some && last == 0)
		return 0;
	if (last != 0)
		*freed = count_stranded(nfq, account, last, some, first);
	return repeat_up_to(nfq, some ? first - 1 : last);
}

/* Checks that the socket reads this queue.  Without access to the kernel's
 * table the name in the descriptor store is trusted.
 * => 0, or -ESTALE when the socket does not read that queue */
static int
check_socket(const struct sw_nfqueue *nfq, int account, uint32_t *last)
{
	struct sw_queue_proc queue;

	if (account < 0)
		return 0;
	if (!sw_queue_proc_look(account, nfq->number, &queue) ||
	    queue.port != mnl_socket_get_portid(nfq->socket))
		return -ESTALE;
	*last = queue.last_id;
	return 0;
}

static bool
is_netfilter(int fd)
{
	socklen_t size = sizeof(int);
	int protocol;

	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
	       protocol == NETLINK_NETFILTER &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &protocol, &size) == 0 &&
	       protocol == AF_NETLINK;
}

static int
take_socket(
    struct sw_nfqueue *nfq, int fd, const struct sw_nfqueue_config *config)
{
	int error;

	if (!is_netfilter(fd)) {
		close(fd);
		return -EPROTOTYPE;
	}
	nfq->number = config->number;
	nfq->socket = mnl_socket_fdopen(fd);
	if (nfq->socket != NULL)
		return sw_nfqueue_equip(nfq, config);
	error = -errno;
	close(fd);
	return error;
}

int
sw_nfqueue_adopt(struct sw_nfqueue **nfq, int fd,
    const struct sw_nfqueue_config *config, uint32_t *freed, char *why,
    size_t size)
{
	struct sw_nfqueue *made = calloc(1, sizeof *made);
	uint32_t last = 0;
	int error;

	if (made == NULL) {
		close(fd);
		return -ENOMEM;
	}
	error = take_socket(made, fd, config);
	if (error == 0)
		error = check_socket(made, config->account, &last);
	if (error == 0)
		error = sw_nfqueue_open_gate(made, config);
	if (error == 0)
		error = free_stranded(made, config->account, last, freed);
	if (error < 0) {
		snprintf(why, size, "cannot go on with queue %u: %s",
		    config->number, strerror(-error));
		sw_nfqueue_close(made);
		return error;
	}
	*nfq = made;
	return 0;
}
