/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two hosts do next.
 *
 * Each turn draws what happens: mostly a host takes the step its state
 * calls for; else an old segment comes again, one is held back, a host
 * resets or starts over, somebody forges.  Whether the other host gets what
 * the tracker saw, and the tracker what the host got, is drawn as well.
 */

#include "peers.h"

#include <string.h>

/* xorshift64* (Vigna 2016): the same everywhere for a seed. */
static uint64_t
draw(struct peers *peers)
{
	uint64_t x = peers->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	peers->random = x;
	return x * UINT64_C(0x2545f4914f6cdd1d);
}

uint32_t
peers_random(struct peers *peers, uint32_t below)
{
	return (uint32_t)((draw(peers) >> 32) * below >> 32);
}

static bool
chance(struct peers *peers, uint32_t in_thousand)
{
	return peers_random(peers, 1000) < in_thousand;
}

static void
host_begin(struct peers *peers, struct host *host)
{
	static const uint16_t windows[] = { 65535, 65535, 29200, 8192, 1000 };

	memset(host, 0, sizeof(*host));
	host->iss = (uint32_t)draw(peers);
	if (chance(peers, 200)) /* near the wrap of sequence numbers */
		host->iss = UINT32_MAX - peers_random(peers, 5000);
	host->next = host->unacked = host->iss;
	host->wscale = (int8_t)((int)peers_random(peers, 16) - 4);
	if (host->wscale < 0)
		host->wscale = -1;
	host->window = windows[peers_random(peers, 5)];
}

void
peers_begin(struct peers *peers)
{
	host_begin(peers, &peers->host[0]);
	host_begin(peers, &peers->host[1]);
	peers->sent = 0;
	peers->holding = false;
}

static uint16_t
window_now(struct peers *peers, const struct host *host)
{
	if (chance(peers, 15))
		return 0;
	if (chance(peers, 100))
		return (uint16_t)peers_random(peers, 65536);
	return host->window;
}

static struct segment
segment_of(struct peers *peers, uint8_t side, uint8_t flags)
{
	const struct host *host = &peers->host[side];
	struct segment segment = { .side = side,
		.flags = flags,
		.seq = host->next,
		.window = window_now(peers, host),
		.wscale = -1 };

	if (flags & SW_ACK)
		segment.ack = host->expected;
	if (flags & SW_SYN) {
		segment.seq = host->iss;
		segment.wscale = host->wscale;
		segment.sack_permitted = true;
	}
	return segment;
}

static struct segment
data_of(struct peers *peers, uint8_t side)
{
	static const uint16_t lengths[] = { 1, 10, 100, 536, 1400, 5000 };
	struct segment segment = segment_of(peers, side, SW_ACK | SW_PSH);

	segment.length = lengths[peers_random(peers, 6)];
	if (chance(peers, 60))
		segment.sack = segment.ack + 100 + peers_random(peers, 4000);
	return segment;
}

/* Does the called side wait for its SYN/ACK to be acknowledged?  Few send
 * data meanwhile. */
static bool
waits(const struct host *host, uint8_t side)
{
	return side == 1 && host->syn_sent && host->syn_seen &&
	       host->unacked == host->iss;
}

/* The step a host's state calls for. */
static struct segment
sensible(struct peers *peers, uint8_t side)
{
	struct host *host = &peers->host[side];

	if (!host->syn_sent && !host->syn_seen && side == 1 &&
	    !chance(peers, 20))
		side = 0, host = &peers->host[0];
	if (waits(host, side) && chance(peers, 300))
		return segment_of(peers, side, SW_SYN | SW_ACK);
	if (waits(host, side) && !chance(peers, 100))
		side = 0, host = &peers->host[0];
	if (!host->syn_seen)
		return segment_of(peers, side, SW_SYN);
	if (!host->syn_sent)
		return segment_of(peers, side, SW_SYN | SW_ACK);
	if (host->fin_sent || chance(peers, 450))
		return segment_of(peers, side, SW_ACK);
	if (chance(peers, 70))
		return segment_of(peers, side, SW_FIN | SW_ACK);
	return data_of(peers, side);
}

static struct segment
repeated(struct peers *peers)
{
	unsigned kept =
	    peers->sent < PEERS_HISTORY ? peers->sent : PEERS_HISTORY;
	unsigned back = 1 + peers_random(peers, kept);

	return peers->history[(peers->sent - back) % PEERS_HISTORY];
}

static struct segment
reset(struct peers *peers, uint8_t side)
{
	const struct host *host = &peers->host[side];
	struct segment segment = segment_of(
	    peers, side, chance(peers, 500) ? SW_RST : SW_RST | SW_ACK);

	if (chance(peers, 200))
		segment.seq = peers->host[!side].expected;
	else if (chance(peers, 300))
		segment.seq = host->next + peers_random(peers, 20000) - 5000;
	else if (chance(peers, 150))
		segment.seq = 0;
	return segment;
}

static struct segment
nonsense(struct peers *peers, uint8_t side)
{
	static const uint8_t flags[] = { SW_SYN, SW_SYN | SW_ACK, SW_ACK,
		SW_FIN | SW_ACK, SW_RST, SW_RST | SW_ACK,
		SW_ACK | SW_PSH | SW_URG, SW_FIN, SW_SYN | SW_FIN, 0,
		SW_SYN | SW_URG, SW_FIN | SW_ACK | SW_URG };
	struct segment segment =
	    segment_of(peers, side, flags[peers_random(peers, sizeof(flags))]);

	segment.seq += peers_random(peers, 400000) - 200000;
	if (chance(peers, 500))
		segment.seq = (uint32_t)draw(peers);
	if (segment.flags & SW_ACK && chance(peers, 500))
		segment.ack += peers_random(peers, 400000) - 200000;
	segment.length = chance(peers, 300) ? peers_random(peers, 1400) : 0;
	return segment;
}

/* A host forgets and calls anew on the same ports. */
static struct segment
reuse(struct peers *peers, uint8_t side)
{
	uint32_t old = peers->host[side].next;

	host_begin(peers, &peers->host[side]);
	if (chance(peers, 600))
		peers->host[side].iss = old + 1 + peers_random(peers, 1u << 20);
	peers->host[side].next = peers->host[side].unacked =
	    peers->host[side].iss;
	if (chance(peers, 600))
		host_begin(peers, &peers->host[!side]);
	return segment_of(peers, side, SW_SYN);
}

static void
host_sends(struct host *host, const struct segment *segment)
{
	uint32_t end = segment->seq + segment->length +
		       !!(segment->flags & SW_SYN) +
		       !!(segment->flags & SW_FIN);

	if (segment->flags & SW_SYN)
		host->syn_sent = true;
	if (segment->flags & SW_FIN)
		host->fin_sent = true;
	if ((int32_t)(end - host->next) > 0)
		host->next = end;
}

static void
host_receives(struct host *host, const struct segment *segment)
{
	uint32_t end = segment->seq + segment->length +
		       !!(segment->flags & SW_SYN) +
		       !!(segment->flags & SW_FIN);

	if (segment->flags & SW_SYN) {
		host->syn_seen = true;
		host->expected = end;
	} else if (segment->seq == host->expected) {
		host->expected = end;
	}
	if (segment->flags & SW_ACK &&
	    (int32_t)(segment->ack - host->unacked) > 0 &&
	    (int32_t)(host->next - segment->ack) >= 0)
		host->unacked = segment->ack;
}

static struct segment
drawn(struct peers *peers)
{
	uint8_t side = (uint8_t)peers_random(peers, 2);
	uint32_t what = peers_random(peers, 1000);
	struct segment segment;

	if (what < 20)
		return nonsense(peers, side);
	if (what < 35)
		return reset(peers, side);
	if (what < 45 && peers->sent)
		return reuse(peers, side);
	if (what < 150 && peers->sent)
		return repeated(peers);
	segment = sensible(peers, side);
	host_sends(&peers->host[segment.side], &segment);
	if (!chance(peers, 40))
		host_receives(&peers->host[!segment.side], &segment);
	return segment;
}

static uint32_t
pause_now(struct peers *peers)
{
	static const uint16_t pauses[] = { 10, 20, 30, 50, 70, 130, 310, 7500 };

	return chance(peers, 12) ? pauses[peers_random(peers, 8)] : 0;
}

struct segment
peers_next(struct peers *peers)
{
	struct segment segment;

	if (peers->holding && chance(peers, 400)) {
		peers->holding = false;
		segment = peers->held;
	} else {
		segment = drawn(peers);
		if (chance(peers, 25)) /* lost before the tracker */
			segment = drawn(peers);
		if (!peers->holding && chance(peers, 40)) {
			peers->held = segment;
			peers->holding = true;
			segment = drawn(peers);
		}
	}
	segment.pause = pause_now(peers);
	peers->history[peers->sent++ % PEERS_HISTORY] = segment;
	return segment;
}
