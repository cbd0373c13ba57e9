/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast is a capture replayed?
 *
 * A capture is made in memory: connections, many at once, each with opening,
 * data both ways and close.  It is read three times: by libpcap alone, by
 * our reader alone, and by the whole replay.  The figures that count are the
 * packets a second of the replay and its ratio to libpcap.
 *
 *	bench_replay [MILLIONS OF PACKETS]
 */
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/packet/writer.h"
#include "replay/replay.h"
#include "shards/rule_slots.h"

enum {
	FRAME = 14 + 20 + 20,
	STEPS = 12,	  /* packets of a connection */
	AT_ONCE = 10000,  /* connections */
	A_SECOND = 50000, /* packets of the capture: closed connections leave
			     the table as fast as new ones come */
	PATH = 64,
};

/* One step of a connection: by whom, flags, and how far each side is. */
static const struct {
	bool reply;
	uint8_t flags;
	uint32_t seq, ack;
} script[STEPS] = {
	{ false, 0x02, 0, 0 },
	{ true, 0x12, 0, 1 },
	{ false, 0x10, 1, 1 },
	{ false, 0x18, 1, 1 },
	{ true, 0x10, 1, 101 },
	{ true, 0x18, 1, 101 },
	{ false, 0x10, 101, 101 },
	{ false, 0x18, 101, 101 },
	{ true, 0x18, 101, 201 },
	{ false, 0x11, 201, 201 },
	{ true, 0x11, 201, 202 },
	{ false, 0x10, 202, 202 },
};

static uint32_t
payload_of(unsigned step)
{
	return (script[step].flags & 0x08) != 0 ? 100 : 0;
}

/* The frame of a step of connection n; its payload was not captured. */
static void
make_frame(uint8_t frame[FRAME], uint32_t n, unsigned step)
{
	uint32_t client = 0x0a000000u + n / 50000, server = 0xc0000201u;
	uint16_t port = (uint16_t)(1024 + n % 50000);
	bool reply = script[step].reply;
	uint8_t *ip = frame + 14, *tcp = ip + 20;

	memset(frame, 0, FRAME);
	sw_put_u16(frame + 12, 0x0800);
	ip[0] = 0x45;
	sw_put_u16(ip + 2, 40 + payload_of(step));
	ip[8] = 64;
	ip[9] = 6;
	sw_put_u32(ip + 12, reply ? server : client);
	sw_put_u32(ip + 16, reply ? client : server);
	sw_put_u16(tcp, reply ? 443 : port);
	sw_put_u16(tcp + 2, reply ? port : 443);
	sw_put_u32(tcp + 4, script[step].seq + 1000);
	sw_put_u32(
	    tcp + 8, script[step].ack == 0 ? 0 : script[step].ack + 1000);
	tcp[12] = 0x50;
	tcp[13] = script[step].flags;
	sw_put_u16(tcp + 14, 65535);
}

static void
write_record(FILE *out, uint64_t number, uint32_t n, unsigned step)
{
	uint8_t frame[FRAME];
	uint64_t us = number * 1000000 / A_SECOND;
	uint32_t head[4] = { (uint32_t)(1700000000 + us / 1000000),
		(uint32_t)(us % 1000000), FRAME, FRAME + payload_of(step) };

	make_frame(frame, n, step);
	fwrite(head, sizeof head, 1, out);
	fwrite(frame, sizeof frame, 1, out);
}

/* => descriptor of a capture of at least so many packets */
static int
make_capture(uint64_t packets)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535,
		1 };
	int fd = memfd_create("capture", 0);
	FILE *out = fdopen(dup(fd), "wb");
	uint64_t number = 0;

	if (out == NULL)
		exit(EXIT_FAILURE);
	fwrite(head, sizeof head, 1, out);
	for (uint32_t first = 0; number < packets; first += AT_ONCE)
		for (unsigned step = 0; step < STEPS; step++)
			for (uint32_t n = 0; n < AT_ONCE; n++)
				write_record(out, number++, first + n, step);
	fclose(out);
	return fd;
}

static double
seconds_since(uint64_t start)
{
	return (double)(sw_clock_read(CLOCK_PROCESS_CPUTIME_ID) - start) / 1e9;
}

/* Each returns packets a second. */

static double
by_libpcap(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	uint64_t n = 0, start = sw_clock_read(CLOCK_PROCESS_CPUTIME_ID);
	const u_char *bytes;

	while (pcap != NULL && pcap_next_ex(pcap, &header, &bytes) == 1)
		n++;
	if (pcap != NULL)
		pcap_close(pcap);
	return (double)n / seconds_since(start);
}

static double
by_reader(const char *path)
{
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(path, error);
	uint64_t n = 0, start = sw_clock_read(CLOCK_PROCESS_CPUTIME_ID);
	struct sw_record record;

	while (capture != NULL && sw_capture_next(capture, &record) == 1)
		n++;
	sw_capture_close(capture);
	return (double)n / seconds_since(start);
}

static double
by_replay(const char *path)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_parse("", "defaults", &errors);
	struct sw_rule_slots *slots = sw_rule_slots_create();
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(path, error);
	struct sw_replay_options options = {
		.conf = conf, .quiet = true, .out = stdout
	};
	struct sw_replay_summary summary = { 0 };
	uint64_t start = sw_clock_read(CLOCK_PROCESS_CPUTIME_ID);
	double rate = 0;

	if (capture != NULL && sw_conf_compile_slots(conf, slots) == 0 &&
	    sw_replay_run(capture, &options, &summary) == 0)
		rate = (double)summary.records / seconds_since(start);
	if (summary.dropped > 0)
		fprintf(stderr, "%llu packets dropped: the capture is wrong\n",
		    (unsigned long long)summary.dropped);
	sw_capture_close(capture);
	sw_rule_slots_destroy(slots);
	sw_conf_free(conf);
	return rate;
}

int
main(int argc, char **argv)
{
	uint64_t packets = (uint64_t)((argc > 1 ? atof(argv[1]) : 4) * 1000000);
	int fd = make_capture(packets);
	char path[PATH];
	double peer, reader, whole;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	peer = by_libpcap(path);
	reader = by_reader(path);
	whole = by_replay(path);
	printf("libpcap alone  %6.2f million packets/s\n", peer / 1e6);
	printf("our reader     %6.2f million packets/s, %.2f of libpcap\n",
	    reader / 1e6, reader / peer);
	printf("replay         %6.2f million packets/s, %.2f of libpcap\n",
	    whole / 1e6, whole / peer);
	close(fd);
	return whole > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
