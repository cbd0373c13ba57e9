/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host sends next, and when.
 */

#include "host.h"

#define TRIES_MOST 12
#define PROBE_GAP (5 * HOST_SECOND)

static struct segment
plain(const struct host *host, uint64_t now)
{
	struct segment segment = { .side = host->ways.side,
		.flags = SW_ACK,
		.seq = host->max,
		.ack = host->expected,
		.window = (uint16_t)(host_window(host) >> host->scale_in),
		.wscale = -1,
		.has_timestamp = host->timestamps,
		.tsecr = host->stamp_seen };

	if (host->timestamps)
		segment.tsval = host->ways.stamp + (uint32_t)(now / 1000);
	return segment;
}

/* What was told needs not be told again. */
static void
has_answered(struct host *host)
{
	host->answer = false;
	host->answer_at = HOST_NEVER;
	host->acked = host->expected;
}

static uint32_t
sack_of(const struct host *host)
{
	uint32_t edge = 0;

	for (unsigned i = 0; host->sack && i < host->n_kept; i++)
		if (!i || segment_before(edge, host->kept[i].to))
			edge = host->kept[i].to;
	return edge;
}

/* --- the handshake --- */

static bool
call(struct host *host, uint64_t now, struct segment *segment)
{
	bool answers = host->state == HOST_SYN_RECEIVED;
	uint32_t window = host->ways.buffer;

	if (!host->again && now < host->retry_at)
		return false;
	host->tries += !host->again;
	host->again = false;
	*segment = (struct segment){ .side = host->ways.side,
		.flags = answers ? SW_SYN | SW_ACK : SW_SYN,
		.seq = host->ways.iss,
		.ack = answers ? host->expected : 0,
		.window = (uint16_t)(window < 65535 ? window : 65535),
		.wscale = answers && !host->scale_in && !host->scale_out
			      ? -1
			      : host->ways.wscale,
		.sack_permitted = answers ? host->sack : host->ways.sack,
		.has_timestamp =
		    answers ? host->timestamps : host->ways.timestamps,
		.tsecr = answers ? host->stamp_seen : 0 };
	if (segment->has_timestamp)
		segment->tsval = host->ways.stamp + (uint32_t)(now / 1000);
	host->max = host->ways.iss + 1;
	host->retry_at = now + (HOST_SECOND << host->tries);
	if (host->tries > 4) {
		host->state = HOST_CLOSED;
		host->gave_up = true;
	}
	if (answers)
		has_answered(host);
	return true;
}

/* --- data --- */

static void
note_fin(struct host *host)
{
	if (host->state == HOST_ESTABLISHED)
		host->state = HOST_FIN_WAIT_1;
	else if (host->state == HOST_CLOSE_WAIT)
		host->state = HOST_LAST_ACK;
}

/* A segment from this number on, with at most so much payload, and the FIN
 * when its turn has come. */
static void
data(struct host *host, uint64_t now, uint32_t seq, uint32_t most,
    struct segment *segment)
{
	uint32_t left = host->written - seq;

	*segment = plain(host, now);
	segment->seq = seq;
	if ((int32_t)left < 0)
		left = 0;
	segment->length = left < most ? left : most;
	if (segment->length)
		segment->flags |= SW_PSH;
	if (host->closing && seq + segment->length == host->written) {
		segment->flags |= SW_FIN;
		note_fin(host);
	}
	if (segment_before(host->max, segment_end(segment)))
		host->max = segment_end(segment);
	has_answered(host);
}

static bool
retransmit(struct host *host, uint64_t now, struct segment *segment)
{
	bool late = now >= host->retry_at;
	uint32_t most = host->ways.mss;

	if (host->una == host->max || (!late && !host->again))
		return false;
	host->again = false;
	if (late) {
		host->recover = host->max;
		host->tries++;
		if (host->tries > host->tries_most)
			host->tries_most = host->tries;
	}
	if (host->tries > TRIES_MOST) {
		host->state = HOST_CLOSED;
		host->gave_up = true;
		return false;
	}
	if (host->max - host->una < most)
		most = host->max - host->una;
	data(host, now, host->una, most, segment);
	host_arm(host, now);
	return true;
}

/* How much may go out now. */
static uint32_t
allowed(const struct host *host)
{
	uint32_t flight = host->max - host->una;
	uint32_t window =
	    host->window < host->ways.flight ? host->window : host->ways.flight;

	if (flight >= window)
		return 0;
	window -= flight;
	return window < host->ways.mss ? window : host->ways.mss;
}

static bool
fresh(struct host *host, uint64_t now, struct segment *segment)
{
	uint32_t most = allowed(host);
	uint32_t end = host->written + host->closing;
	bool idle = host->una == host->max;

	if (!host_is_synchronized(host) || host->max == end || !most)
		return false;
	/* No small segment while another is under way (RFC 9293 3.7.4). */
	if (!idle && most < host->ways.mss && host->written - host->max > most)
		return false;
	data(host, now, host->max, most, segment);
	if (idle)
		host_arm(host, now);
	return true;
}

/* --- asking --- */

/* Data wait for a window that is shut. */
static bool
probe(struct host *host, uint64_t now, struct segment *segment)
{
	bool waits = host->una == host->max && !host->window &&
		     segment_before(host->max, host->written);

	if (!waits || !host_is_synchronized(host)) {
		host->probe_at = HOST_NEVER;
		return false;
	}
	if (host->probe_at == HOST_NEVER)
		host->probe_at = now + PROBE_GAP;
	if (now < host->probe_at)
		return false;
	host->probe_at = now + PROBE_GAP;
	if (host->ways.probes_by_byte) {
		data(host, now, host->max, 1, segment);
		host_arm(host, now);
		return true;
	}
	*segment = plain(host, now);
	segment->seq = host->max - 1;
	return true;
}

static uint64_t
ask_at(const struct host *host)
{
	uint64_t heard =
	    host->heard_at > host->asked_at ? host->heard_at : host->asked_at;

	if (host->ways.keepalive == HOST_NEVER || !host_is_synchronized(host) ||
	    host->una != host->max || host->state == HOST_TIME_WAIT)
		return HOST_NEVER;
	return heard + host->ways.keepalive;
}

static bool
ask(struct host *host, uint64_t now, struct segment *segment)
{
	if (now < ask_at(host))
		return false;
	host->asked_at = now;
	*segment = plain(host, now);
	segment->seq = host->max - 1;
	return true;
}

static bool
acknowledge(struct host *host, uint64_t now, struct segment *segment)
{
	if (!host->answer && now < host->answer_at)
		return false;
	*segment = plain(host, now);
	segment->sack = sack_of(host);
	has_answered(host);
	return true;
}

bool
host_send(struct host *host, uint64_t now, struct segment *segment)
{
	if (host->resetting) {
		host->resetting = false;
		*segment = host->reset;
		return true;
	}
	if (host->state == HOST_TIME_WAIT && now >= host->wait_until)
		host->state = HOST_CLOSED;
	if (host->state == HOST_SYN_SENT || host->state == HOST_SYN_RECEIVED)
		return call(host, now, segment);
	if (host->state == HOST_CLOSED || host->state == HOST_LISTEN)
		return false;
	return retransmit(host, now, segment) || fresh(host, now, segment) ||
	       acknowledge(host, now, segment) || probe(host, now, segment) ||
	       ask(host, now, segment);
}

static uint64_t
sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
host_due(const struct host *host)
{
	uint64_t due;

	if (host->resetting)
		return 0;
	if (host->state == HOST_CLOSED || host->state == HOST_LISTEN)
		return HOST_NEVER;
	due = sooner(host->retry_at, host->answer_at);
	due = sooner(due, host->probe_at);
	if (host->state == HOST_TIME_WAIT)
		due = sooner(due, host->wait_until);
	return sooner(due, ask_at(host));
}
