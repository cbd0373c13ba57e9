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

enum {
	BATCH = 64,
	FIRST_PORT = 1024,
	FLOWS_MOST = 65536 - FIRST_PORT,
	SAMPLES = 1 << 20,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
};

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

/* What a raw socket of either protocol sends behind the IP header. */
struct flood {
	uint8_t segment[BATCH][TCP_HEADER];
	struct iovec part[BATCH];
	struct mmsghdr message[BATCH];
	unsigned flows, next;
};

/* UDP: one byte, checksum not used.  TCP: a bare acknowledgement. */
static void
fill(struct flood *flood, uint16_t port, bool tcp)
{
	static const uint8_t udp[TCP_HEADER] = { [5] = UDP_HEADER + 1 };
	static const uint8_t ack[TCP_HEADER] = { [12] = 0x50, [13] = 0x10 };

	for (unsigned i = 0; i < BATCH; i++) {
		memcpy(flood->segment[i], tcp ? ack : udp, TCP_HEADER);
		memcpy(flood->segment[i] + 2, &port, sizeof(port));
		flood->part[i] = (struct iovec){ flood->segment[i],
			tcp ? TCP_HEADER : UDP_HEADER + 1 };
		flood->message[i].msg_hdr.msg_iov = &flood->part[i];
		flood->message[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Each datagram is of another flow than the one before. */
static void
turn_ports(struct flood *flood)
{
	for (unsigned i = 0; i < BATCH; i++) {
		uint16_t port = htons((uint16_t)(FIRST_PORT + flood->next));

		memcpy(flood->segment[i], &port, sizeof(port));
		flood->next = (flood->next + 1) % flood->flows;
	}
}

static void
flood(struct sockaddr_in to, double seconds, unsigned flows, bool tcp)
{
	static struct flood flood;
	uint64_t end = meter_now() + (uint64_t)(seconds * 1e9), sent = 0;
	int fd = socket(AF_INET, SOCK_RAW, tcp ? IPPROTO_TCP : IPPROTO_UDP);

	demand(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0,
	    "raw socket");
	flood.flows = flows < 1 || flows > FLOWS_MOST ? 1 : flows;
	fill(&flood, to.sin_port, tcp);
	while (meter_now() < end) {
		int n;

		turn_ports(&flood);
		n = sendmmsg(fd, flood.message, BATCH, 0);
		sent += n > 0 ? (uint64_t)n : 0;
	}
	printf("%llu\n", (unsigned long long)sent);
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
