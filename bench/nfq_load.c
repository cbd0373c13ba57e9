/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq_load: what bench/nfq sends through the gateway.
 *
 * usage: nfq_load serve PORT
 *        nfq_load flood ADDRESS PORT SECONDS FLOWS [tcp]
 *        nfq_load connect ADDRESS PORT SECONDS
 *        nfq_load echo ADDRESS PORT SECONDS
 *
 * serve answers each byte of each TCP connection with a byte.  flood sends
 * one-byte datagrams over that many flows as fast as it can; with tcp, bare
 * acknowledgements that belong to no connection.  connect opens, exchanges a
 * byte and closes, one connection after the other; echo exchanges single
 * bytes over one connection and prints percentiles.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"

enum { BATCH = 64, FLOWS_MOST = 1024, SAMPLES = 1 << 20, IP_TCP = 40 };

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static struct sockaddr_in
address_of(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)) };

	demand(inet_pton(AF_INET, address, &to.sin_addr) == 1, address);
	return to;
}

static int
dial(const struct sockaddr_in *to)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	/* Closed by RST, so that ports do not run out. */
	struct linger linger = { .l_onoff = 1 };

	demand(fd >= 0, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
exchange(int fd)
{
	char byte = 'x';

	return send(fd, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       recv(fd, &byte, 1, 0) == 1;
}

static void *
answer(void *context)
{
	int fd = (int)(intptr_t)context, on = 1;
	char byte;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (recv(fd, &byte, 1, 0) == 1)
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	close(fd);
	return NULL;
}

static void
serve(const char *port)
{
	struct sockaddr_in here = address_of("0.0.0.0", port);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	demand(bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0, "bind");
	demand(listen(fd, 1024) == 0, "listen");
	for (;;) {
		int peer = accept(fd, NULL, NULL);
		pthread_t thread;

		if (peer < 0)
			continue;
		demand(pthread_create(
			   &thread, NULL, answer, (void *)(intptr_t)peer) == 0,
		    "pthread_create");
		pthread_detach(thread);
	}
}

static void
send_batches(int fds[], unsigned flows, struct mmsghdr messages[], double s)
{
	uint64_t end = meter_now() + (uint64_t)(s * 1e9), sent = 0;

	for (unsigned i = 0; meter_now() < end; i = (i + 1) % flows) {
		int n = sendmmsg(fds[i], messages, BATCH, 0);

		sent += n > 0 ? (uint64_t)n : 0;
	}
	printf("%llu\n", (unsigned long long)sent);
}

/* Each acknowledgement goes to another port. */
static void
fill_segments(uint8_t segments[BATCH][20], const struct sockaddr_in *to)
{
	for (unsigned i = 0; i < BATCH; i++) {
		uint16_t port = htons((uint16_t)(1024 + i * 911));

		memset(segments[i], 0, 20);
		memcpy(segments[i], &port, 2);
		memcpy(segments[i] + 2, &to->sin_port, 2);
		segments[i][12] = 0x50;
		segments[i][13] = 0x10;
	}
}

static void
flood(struct sockaddr_in to, double seconds, unsigned flows, bool tcp)
{
	static int fds[FLOWS_MOST];
	static struct mmsghdr messages[BATCH];
	static struct iovec part[BATCH];
	static uint8_t segments[BATCH][20];

	flows = flows < 1 || flows > FLOWS_MOST ? 1 : flows;
	fill_segments(segments, &to);
	for (unsigned i = 0; i < BATCH; i++) {
		part[i].iov_base = segments[i];
		part[i].iov_len = tcp ? 20 : 1;
		messages[i].msg_hdr.msg_iov = &part[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (unsigned i = 0; i < flows; i++) {
		fds[i] = tcp ? socket(AF_INET, SOCK_RAW, IPPROTO_TCP)
			     : socket(AF_INET, SOCK_DGRAM, 0);
		demand(fds[i] >= 0 && connect(fds[i], (struct sockaddr *)&to,
					  sizeof(to)) == 0,
		    "connect");
	}
	send_batches(fds, flows, messages, seconds);
}

static void
connect_often(struct sockaddr_in to, double seconds)
{
	uint64_t start = meter_now(), done = 0, failed = 0;
	uint64_t end = start + (uint64_t)(seconds * 1e9);

	while (meter_now() < end) {
		int fd = dial(&to);

		if (fd >= 0 && exchange(fd))
			done++;
		else
			failed++;
		if (fd >= 0)
			close(fd);
	}
	printf("%.0f %llu\n",
	    (double)done * 1e9 / (double)(meter_now() - start),
	    (unsigned long long)failed);
}

static void
echo(struct sockaddr_in to, double seconds)
{
	static uint64_t took[SAMPLES];
	uint64_t end = meter_now() + (uint64_t)(seconds * 1e9), before;
	uint32_t n = 0;
	int fd = dial(&to);

	demand(fd >= 0, "connect");
	while (n < SAMPLES && (before = meter_now()) < end) {
		demand(exchange(fd), "echo");
		took[n++] = meter_now() - before;
	}
	demand(n > 0, "no sample");
	qsort(took, n, sizeof(took[0]), meter_order);
	printf("%.1f %.1f\n", (double)took[n / 2] / 1e3,
	    (double)took[n - 1 - n / 100] / 1e3);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (argc < 5) {
		fprintf(stderr, "usage: nfq_load serve PORT | flood ADDRESS "
				"PORT SECONDS FLOWS [tcp] | connect ADDRESS "
				"PORT SECONDS | echo ADDRESS PORT SECONDS\n");
		return 2;
	}
	to = address_of(argv[2], argv[3]);
	if (strcmp(argv[1], "connect") == 0)
		connect_often(to, atof(argv[4]));
	else if (strcmp(argv[1], "echo") == 0)
		echo(to, atof(argv[4]));
	else if (argc > 5)
		flood(to, atof(argv[4]), (unsigned)atoi(argv[5]), argc > 6);
	return 0;
}
