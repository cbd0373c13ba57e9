/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made anew for each packet, from the flow's number alone: a table of half a
 * million frames would have the sender wait for memory.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "frame.h"

enum {
	CLIENTS = 251,
	SERVERS = 16,
	FIRST_PORT = 1024,
	SERVER_PORT = 443,
	WINDOW = 512,
	FAR = 1 << 30, /* of junk's sequence number */
};

/* Of a SYN: largest segment, SACK, time stamp, window scale 7. */
static const uint8_t opening[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0,
	0, 0, 0, 1, 3, 3, 7 };
static const uint8_t stamp[12] = { 1, 1, 8, 10 };

static const struct {
	uint8_t flags, sender;
	uint8_t sent[2]; /* numbers that each side has used before, SYN, data
			    and FIN counting one each */
	uint8_t payload;
} steps[] = {
	[FRAME_SYN] = { TH_SYN, 0, { 0, 0 }, 0 },
	[FRAME_SYNACK] = { TH_SYN | TH_ACK, 1, { 1, 0 }, 0 },
	[FRAME_ACK] = { TH_ACK, 0, { 1, 1 }, 0 },
	[FRAME_DATA] = { TH_ACK | TH_PUSH, 0, { 1, 1 }, 1 },
	[FRAME_REPLY] = { TH_ACK | TH_PUSH, 1, { 2, 1 }, 1 },
	[FRAME_FIN] = { TH_ACK | TH_FIN, 0, { 2, 2 }, 0 },
	[FRAME_FIN_REPLY] = { TH_ACK | TH_FIN, 1, { 3, 2 }, 0 },
	[FRAME_LAST_ACK] = { TH_ACK, 0, { 3, 3 }, 0 },
	[FRAME_JUNK] = { TH_ACK | TH_PUSH, 0, { 1, 1 }, 1 },
};

unsigned
frame_sender(enum frame_step step)
{
	return steps[step].sender;
}

static uint32_t
sum_of(const void *bytes, unsigned n, uint32_t sum)
{
	const uint8_t *at = bytes;
	uint16_t word;

	for (unsigned i = 0; i < n; i += 2) {
		memcpy(&word, at + i, sizeof word);
		sum += word;
	}
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/* First number of each side. */
static uint32_t
first_number(uint32_t flow, unsigned side)
{
	return flow * UINT32_C(0x9e3779b1) + side * UINT32_C(0x517cc1b7);
}

static uint32_t
put_options(uint8_t *at, enum frame_step step, uint32_t pass)
{
	uint32_t value = htonl(pass + 2);

	if (step == FRAME_SYN || step == FRAME_SYNACK) {
		memcpy(at, opening, sizeof opening);
		return sizeof opening;
	}
	memcpy(at, stamp, sizeof stamp);
	memcpy(at + 4, &value, sizeof value);
	memcpy(at + 8, &value, sizeof value);
	return sizeof stamp;
}

static uint32_t
put_tcp(uint8_t *at, uint32_t flow, enum frame_step step, uint32_t pass)
{
	unsigned from = steps[step].sender;
	uint32_t far = step == FRAME_JUNK ? FAR : 0;
	uint32_t length = sizeof(struct tcphdr) +
			  put_options(at + sizeof(struct tcphdr), step, pass);
	struct tcphdr tcp = {
		.th_seq = htonl(first_number(flow, from) +
				steps[step].sent[from] + pass + far),
		.th_ack = step == FRAME_SYN
			      ? 0
			      : htonl(first_number(flow, !from) +
				      steps[step].sent[!from] + pass),
		.th_off = (uint8_t)(length / 4) & 15,
		.th_flags = steps[step].flags,
		.th_win = htons(WINDOW),
	};

	memcpy(at, &tcp, sizeof tcp);
	at[length] = 'x';
	return length + steps[step].payload;
}

static uint32_t
put_udp(uint8_t *at)
{
	struct udphdr udp = { .uh_ulen = htons(sizeof udp + 1) };

	memcpy(at, &udp, sizeof udp);
	at[sizeof udp] = 'x';
	return sizeof udp + 1;
}

static void
put_ports(uint8_t *at, uint32_t flow, unsigned from)
{
	uint16_t ports[2];

	ports[from] = htons((uint16_t)(FIRST_PORT + flow / CLIENTS));
	ports[!from] = htons(SERVER_PORT);
	memcpy(at, ports, sizeof ports);
}

static uint32_t
put_ip4(uint8_t *at, uint8_t protocol, uint32_t flow, unsigned from,
    uint32_t payload)
{
	uint32_t ends[2];
	struct iphdr ip = { .version = 4,
		.ihl = 5,
		.tot_len = htons((uint16_t)(sizeof ip + payload)),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = protocol };

	ends[from] = htonl(0xc6120001 + flow % CLIENTS);
	ends[!from] = htonl(0xc6130001 + flow % SERVERS);
	ip.saddr = ends[0];
	ip.daddr = ends[1];
	ip.check = (uint16_t)~fold(sum_of(&ip, sizeof ip, 0));
	memcpy(at, &ip, sizeof ip);
	return sum_of(ends, sizeof ends, 0);
}

static uint32_t
put_ip6(uint8_t *at, uint8_t protocol, uint32_t flow, unsigned from,
    uint32_t payload)
{
	static const uint8_t net[8] = { 0x20, 0x01, 0, 2 };
	struct in6_addr ends[2];
	struct ip6_hdr ip = { .ip6_flow = htonl(6u << 28),
		.ip6_plen = htons((uint16_t)payload),
		.ip6_nxt = protocol,
		.ip6_hlim = 64 };

	for (unsigned side = 0; side < 2; side++) {
		uint8_t *end = ends[side ^ from].s6_addr;

		memcpy(end, net, sizeof net);
		end[7] = (uint8_t)(side + 1);
		memset(end + 8, 0, 8);
		end[15] = (uint8_t)(1 + flow % (side ? SERVERS : CLIENTS));
	}
	ip.ip6_src = ends[0];
	ip.ip6_dst = ends[1];
	memcpy(at, &ip, sizeof ip);
	return sum_of(ends, sizeof ends, 0);
}

/* Of the gateway, towards the client and towards the server (bench/nfq). */
static void
put_ethernet(uint8_t *at, bool v6, unsigned from)
{
	struct ethhdr ethernet = { .h_dest = { 2, 0, 0, 0, 0, 1 },
		.h_source = { 2, 0, 0, 0, 0, 3 },
		.h_proto = htons(v6 ? ETH_P_IPV6 : ETH_P_IP) };

	ethernet.h_dest[5] = (uint8_t)(1 + from);
	memcpy(at, &ethernet, sizeof ethernet);
}

uint32_t
frame_make(uint8_t *at, const struct frame_kind *kind, uint32_t flow,
    enum frame_step step, uint32_t pass)
{
	uint8_t protocol = kind->udp ? IPPROTO_UDP : IPPROTO_TCP;
	unsigned from = steps[step].sender;
	uint32_t network = sizeof(struct ethhdr);
	uint32_t transport = network + (kind->v6 ? 40 : 20), length, sum;
	uint32_t check = kind->udp ? 6 : 16;
	struct virtio_net_hdr head = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = (uint16_t)transport,
		.csum_offset = (uint16_t)check };
	uint8_t *frame = at + sizeof head, *segment = frame + transport;
	uint16_t folded;

	put_ethernet(frame, kind->v6, from);
	length =
	    kind->udp ? put_udp(segment) : put_tcp(segment, flow, step, pass);
	put_ports(segment, flow, from);
	sum = (kind->v6 ? put_ip6 : put_ip4)(
	    frame + network, protocol, flow, from, length);
	folded = fold(sum + htons(protocol) + htons((uint16_t)length));
	memcpy(segment + check, &folded, sizeof folded);
	head.hdr_len = (uint16_t)(transport + length);
	memcpy(at, &head, sizeof head);
	return (uint32_t)sizeof head + transport + length;
}
