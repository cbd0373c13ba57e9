/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet socket with a ring, which bypasses the queueing discipline, costs
 * the sender least of all that can send single packets into a pair of veth.
 *
 * Not more than a window of packets is on its way, so that nothing is lost
 * when a gateway is slow, and none wastes time on packets that it loses
 * later.  How long the sender had to wait for the window tells which of the
 * two was measured.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "gateway.h"
#include "meter.h"

enum {
	PATIENCE_NS = 500000000,
	SLOT = 256, /* bytes of the ring for each frame, its header included */
	SLOTS = 4096,
	BLOCK = 1 << 16,
};

#define SLOT_DATA (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

/* Goes to live in a namespace; /sys shows its interfaces. */
static void
enter(const char *netns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	demand(fd >= 0 && setns(fd, CLONE_NEWNET) == 0, path);
	close(fd);
	demand(mount("sysfs", "/sys", "sysfs", 0, NULL) == 0, "sysfs");
}

static void
set(int fd, int option, const void *value, size_t size)
{
	demand(setsockopt(fd, SOL_PACKET, option, value, (socklen_t)size) == 0,
	    "packet socket's options");
}

static void
open_socket(struct gateway *gateway, unsigned side)
{
	struct sockaddr_ll here = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex("eth0") };
	struct tpacket_req ring = { .tp_block_size = BLOCK,
		.tp_block_nr = SLOT * SLOTS / BLOCK,
		.tp_frame_size = SLOT,
		.tp_frame_nr = SLOTS };
	int on = 1, version = TPACKET_V2;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	demand(here.sll_ifindex > 0, "eth0");
	demand(fd >= 0, "packet socket");
	set(fd, PACKET_VERSION, &version, sizeof version);
	set(fd, PACKET_QDISC_BYPASS, &on, sizeof on);
	set(fd, PACKET_VNET_HDR, &on, sizeof on);
	set(fd, PACKET_TX_RING, &ring, sizeof ring);
	gateway->ring[side] = mmap(NULL, (size_t)SLOT * SLOTS,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	demand(gateway->ring[side] != MAP_FAILED, "ring");
	demand(bind(fd, (struct sockaddr *)&here, sizeof here) == 0, "bind");
	gateway->socket[side] = fd;
}

static void
open_side(struct gateway *gateway, unsigned side, const char *netns)
{
	static const char counter[] =
	    "/sys/class/net/eth0/statistics/rx_packets";

	enter(netns);
	open_socket(gateway, side);
	gateway->counter[side] = open(counter, O_RDONLY | O_CLOEXEC);
	demand(gateway->counter[side] >= 0, counter);
	demand(umount2("/sys", MNT_DETACH) == 0, "/sys");
}

void
gateway_open(struct gateway *gateway, const char *text)
{
	char client[64], server[64], what[16] = "";

	memset(gateway, 0, sizeof *gateway);
	if (sscanf(text, "%31[^=]=%63[^,],%63[^,],%15s", gateway->name, client,
		server, what) < 3) {
		fprintf(stderr, "%s: write NAME=CLIENT,SERVER\n", text);
		exit(2);
	}
	gateway->hole = strcmp(what, "hole") == 0;
	gateway->reader = atoi(what);
	demand(unshare(CLONE_NEWNS) == 0 &&
		   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0,
	    "mount namespace");
	open_side(gateway, 0, client);
	open_side(gateway, 1, server);
	gateway->begun = gateway_arrived(gateway);
}

static uint64_t
read_number(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	demand(n > 0, "counter");
	return strtoull(text, NULL, 10);
}

uint64_t
gateway_arrived(const struct gateway *gateway)
{
	return read_number(gateway->counter[0]) +
	       read_number(gateway->counter[1]);
}

/* Those that were thought lost may come late. */
static uint64_t
under_way(struct gateway *gateway, uint64_t arrived)
{
	uint64_t back = arrived - gateway->begun;

	if (back > gateway->sent) {
		uint64_t late = back - gateway->sent;

		gateway->lost -= late < gateway->lost ? late : gateway->lost;
		gateway->sent = back;
	}
	return gateway->sent - back;
}

static void
wait_below(struct gateway *gateway, uint64_t most)
{
	uint64_t arrived = gateway_arrived(gateway), before, seen;
	uint64_t start, changed;

	if (gateway->hole || under_way(gateway, arrived) <= most)
		return;
	start = changed = meter_now();
	do {
		before = arrived;
		arrived = gateway_arrived(gateway);
		seen = meter_now();
		if (arrived != before)
			changed = seen;
		if (seen - changed > PATIENCE_NS) {
			gateway->lost += under_way(gateway, arrived);
			gateway->sent -= under_way(gateway, arrived);
		}
	} while (under_way(gateway, arrived) > most);
	gateway->waits += seen - start;
}

void
gateway_settle(struct gateway *gateway)
{
	wait_below(gateway, 0);
}

static void
put_slot(uint8_t *slot, const uint8_t *frame, uint32_t length)
{
	struct tpacket2_hdr *header = (void *)slot;

	/* The gateway's core still has it. */
	while (__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) !=
	       TP_STATUS_AVAILABLE)
		continue;
	memcpy(slot + SLOT_DATA, frame, length);
	header->tp_len = length;
	__atomic_store_n(
	    &header->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

/* The kernel goes on in the ring where it ended; a call sends all that is
 * there, or fails when the receiving core's backlog is full. */
void
gateway_send(struct gateway *gateway, unsigned side,
    uint8_t frames[][FRAME_MAX], const uint32_t length[], unsigned n,
    uint32_t window)
{
	wait_below(gateway, window > n ? window - n : 0);
	for (unsigned i = 0; i < n; i++) {
		put_slot(
		    gateway->ring[side] + (size_t)gateway->next[side] * SLOT,
		    frames[i], length[i]);
		gateway->next[side] = (gateway->next[side] + 1) % SLOTS;
	}
	gateway->sent += n;
	while (send(gateway->socket[side], NULL, 0, MSG_DONTWAIT) < 0)
		demand(errno == ENOBUFS || errno == EAGAIN, "send");
}

uint64_t
gateway_reader_ns(const struct gateway *gateway)
{
	char path[320], text[64];
	struct dirent *task;
	uint64_t ns = 0;
	DIR *tasks;

	snprintf(path, sizeof path, "/proc/%d/task", gateway->reader);
	tasks = gateway->reader > 0 ? opendir(path) : NULL;
	while (tasks != NULL && (task = readdir(tasks)) != NULL) {
		FILE *file;

		if (task->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat",
		    gateway->reader, task->d_name);
		file = fopen(path, "re");
		if (file != NULL && fgets(text, sizeof text, file) != NULL)
			ns += strtoull(text, NULL, 10);
		if (file != NULL)
			fclose(file);
	}
	if (tasks != NULL)
		closedir(tasks);
	return ns;
}

/* What others do there counts not, as long as they are nice. */
uint64_t
gateway_core_ns(unsigned core)
{
	unsigned long user, nice, system, idle, wait, irq, soft, ticks = 0;
	unsigned number;
	char line[256];
	FILE *file = fopen("/proc/stat", "re");

	demand(file != NULL, "/proc/stat");
	while (fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "cpu%u %lu %lu %lu %lu %lu %lu %lu", &number,
			&user, &nice, &system, &idle, &wait, &irq,
			&soft) == 8 &&
		    number == core)
			ticks = user + system + irq + soft;
	fclose(file);
	return (uint64_t)ticks * 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
}
