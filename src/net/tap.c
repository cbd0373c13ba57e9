/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One socket hears all interfaces, and a filter in the kernel lets through
 * those that are wanted.  So the ring has the packets of all of them in the
 * order of their arrival: a SYN comes before the answer that arrives on another
 * interface.  The filter can be replaced at any moment without a privilege.
 *
 * The kernel removes the link header (SOCK_DGRAM), whatever the link is, and
 * names the protocol.  Of received packets only those count that were sent to
 * this host, because others are not forwarded; a port of a bridge forwards what
 * is for others.
 *
 * libpcap's memory-mapped capture is the same ring.  But its handle belongs to
 * one process: it can neither be opened before privileges are dropped and then
 * handed to another program, nor go on where a killed one stopped, nor say to
 * which interface a packet came.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tap.h"

enum {
	RETIRE_MS = 10, /* a block is handed over when it is that old */
	WAIT_MS = 100,
	PROTOCOLS = 8,
	/* Of a filter: two for each interface, and the rest. */
	INSTRUCTIONS = 2 * SW_TAP_LINKS + 32,
};

#define RING ((size_t)SW_TAP_BLOCK * SW_TAP_BLOCKS)

struct sw_tap {
	int fd;
	struct sw_tap_ring ring;
};

static int
set(int fd, int name, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_PACKET, name, value, size) < 0 ? -errno : 0;
}

static int
make_ring(int fd)
{
	int version = TPACKET_V3;
	struct tpacket_req3 request = {
		.tp_block_size = SW_TAP_BLOCK,
		.tp_block_nr = SW_TAP_BLOCKS,
		.tp_frame_size = SW_TAP_BLOCK, /* frames have any size */
		.tp_frame_nr = SW_TAP_BLOCKS,
		.tp_retire_blk_tov = RETIRE_MS,
		.tp_sizeof_priv = SW_TAP_NOTE,
	};
	int error = set(fd, PACKET_VERSION, &version, sizeof version);

	return error < 0 ? error
			 : set(fd, PACKET_RX_RING, &request, sizeof request);
}

int
sw_tap_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	error = make_ring(fd);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

bool
sw_tap_is(int fd)
{
	socklen_t size = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 &&
	       value == AF_PACKET &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size) == 0 &&
	       value == SOCK_DGRAM &&
	       getsockopt(fd, SOL_PACKET, PACKET_VERSION, &value, &size) == 0 &&
	       value == TPACKET_V3;
}

/* A ring that another version made may have another size. */
static uint8_t *
map_ring(int fd)
{
	struct tpacket_req3 none = { 0 };
	void *base =
	    mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (base != MAP_FAILED)
		return base;
	if (errno != EINVAL ||
	    set(fd, PACKET_RX_RING, &none, sizeof none) < 0 ||
	    make_ring(fd) < 0)
		return NULL;
	base = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return base == MAP_FAILED ? NULL : base;
}

int
sw_tap_open(struct sw_tap **tap, int fd)
{
	struct sw_tap *made = calloc(1, sizeof *made);
	int error = ENOMEM;

	if (made != NULL) {
		made->ring = (struct sw_tap_ring){ .base = map_ring(fd),
			.size = SW_TAP_BLOCK,
			.n = SW_TAP_BLOCKS };
		error = errno;
	}
	if (made == NULL || made->ring.base == NULL) {
		free(made);
		close(fd);
		return -error;
	}
	made->fd = fd;
	sw_tap_ring_begin(&made->ring);
	*tap = made;
	return 0;
}

void
sw_tap_close(struct sw_tap *tap)
{
	if (tap == NULL)
		return;
	munmap(tap->ring.base, RING);
	close(tap->fd);
	free(tap);
}

int
sw_tap_fd(const struct sw_tap *tap)
{
	return tap->fd;
}

/* --- the filter ----------------------------------------------------------- */

struct filter {
	struct sock_filter list[INSTRUCTIONS];
	unsigned short n;
};

static void
add(struct filter *filter, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	filter->list[filter->n++] = (struct sock_filter){ code, yes, no, k };
}

static void
load(struct filter *filter, int what)
{
	add(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0,
	    (uint32_t)(SKF_AD_OFF + what));
}

/* Continues where the value is one of these, and else refuses the packet. */
static void
require(struct filter *filter, const uint32_t values[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(n - i), 0,
		    values[i]);
	add(filter, BPF_RET | BPF_K, 0, 0, 0);
}

static void
require_protocol(struct filter *filter)
{
	static const uint32_t with_ip[PROTOCOLS] = { ETH_P_IP, ETH_P_IPV6,
		ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1, ETH_P_PPP_SES,
		ETH_P_MPLS_UC, ETH_P_MPLS_MC };

	load(filter, SKF_AD_PROTOCOL);
	require(filter, with_ip, PROTOCOLS);
}

/* => the number of instructions */
static unsigned short
add_types(struct filter *filter, bool others, bool sent)
{
	const uint32_t types[] = { PACKET_HOST,
		others ? PACKET_OTHERHOST : PACKET_HOST,
		sent ? PACKET_OUTGOING : PACKET_HOST };
	unsigned short before = filter->n;

	load(filter, SKF_AD_PKTTYPE);
	require(filter, types, 3);
	add(filter, BPF_RET | BPF_K, 0, 0, SW_TAP_SNAP);
	return filter->n - before;
}

/* Each interface leads to one of two ends: for ports of bridges, or others. */
static void
make_filter(struct filter *filter, const struct sw_tap_link links[], size_t n,
    bool sent)
{
	uint32_t left, types;
	struct filter end = { .n = 0 };

	types = add_types(&end, false, sent);
	filter->n = 0;
	require_protocol(filter);
	load(filter, SKF_AD_IFINDEX);
	for (size_t i = 0; i < n; i++) {
		add(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, links[i].index);
		left = 2 * (uint32_t)(n - i - 1) + 1;
		add(filter, BPF_JMP | BPF_JA, 0, 0,
		    links[i].port ? left + types : left);
	}
	add(filter, BPF_RET | BPF_K, 0, 0, 0);
	add_types(filter, false, sent);
	add_types(filter, true, sent);
}

/* Binding to the protocol is what makes packets come; it happens once, after
 * the first filter. */
static int
begin_listening(int fd)
{
	struct sockaddr_ll all = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL) };

	return bind(fd, (struct sockaddr *)&all, sizeof all) < 0 ? -errno : 0;
}

int
sw_tap_listen(
    struct sw_tap *tap, const struct sw_tap_link links[], size_t n, bool sent)
{
	struct filter filter;
	struct sock_fprog program = { .filter = filter.list };
	int ignore = !sent, error;

	make_filter(&filter, links, n, sent);
	program.len = filter.n;
	if (setsockopt(tap->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		sizeof program) < 0)
		return -errno;
	error = set(tap->fd, PACKET_IGNORE_OUTGOING, &ignore, sizeof ignore);
	/* The filter ignores them as well: this only saves a copy. */
	if (error == 0 || error == -ENOPROTOOPT)
		error = begin_listening(tap->fd);
	return error;
}

/* --- packets -------------------------------------------------------------- */

size_t
sw_tap_receive(
    struct sw_tap *tap, bool wait, struct sw_tap_frame frames[SW_TAP_BATCH])
{
	struct pollfd socket = { .fd = tap->fd, .events = POLLIN };
	size_t n = sw_tap_ring_read(&tap->ring, frames, SW_TAP_BATCH);

	if (n > 0 || !wait)
		return n;
	poll(&socket, 1, WAIT_MS);
	return sw_tap_ring_read(&tap->ring, frames, SW_TAP_BATCH);
}

uint64_t
sw_tap_lost(struct sw_tap *tap)
{
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof stats;

	if (getsockopt(tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) <
	    0)
		return 0;
	return stats.tp_drops;
}
