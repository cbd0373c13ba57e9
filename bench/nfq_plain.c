/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq_plain: the loop that most programs behind a queue copy from the
 * library's example: receive one message, answer it, receive the next.
 *
 * usage: nfq_plain [QUEUE]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int
answer(struct nfq_q_handle *queue, struct nfgenmsg *message,
    struct nfq_data *data, void *context)
{
	struct nfqnl_msg_packet_hdr *header = nfq_get_msg_packet_hdr(data);

	(void)message;
	(void)context;
	if (header == NULL)
		return 0;
	return nfq_set_verdict(
	    queue, ntohl(header->packet_id), NF_ACCEPT, 0, NULL);
}

static void
serve(struct nfq_handle *handle)
{
	static char buffer[0x10000 + 4096];
	int fd = nfq_fd(handle);

	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

		if (n >= 0)
			nfq_handle_packet(handle, buffer, (int)n);
		else if (errno != ENOBUFS && errno != EINTR)
			return;
	}
}

int
main(int argc, char **argv)
{
	uint16_t number = argc > 1 ? (uint16_t)atoi(argv[1]) : 0;
	struct nfq_handle *handle = nfq_open();
	struct nfq_q_handle *queue = NULL;

	if (handle != NULL)
		queue = nfq_create_queue(handle, number, answer, NULL);
	if (queue == NULL ||
	    nfq_set_mode(queue, NFQNL_COPY_PACKET, 0xffff) < 0) {
		perror("nfq_plain");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	serve(handle);
	perror("nfq_plain");
	return 1;
}
