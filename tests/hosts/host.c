/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's life but for the segments it hears (host_receive.c) and sends
 * (host_send.c): how it begins, what its program asks of it, and the small
 * answers that both need.
 */

#include "host.h"

#include <string.h>

#define CHALLENGE_GAP (HOST_SECOND / 2)
#define RETRY_MOST (60 * HOST_SECOND)

void
host_begin(struct host *host, const struct host_ways *ways)
{
	memset(host, 0, sizeof(*host));
	host->ways = *ways;
	host->una = host->max = ways->iss;
	host->recover = ways->iss;
	host->written = ways->iss + 1;
	host->reading = true;
	host->retry_at = host->probe_at = host->answer_at = HOST_NEVER;
	host->wait_until = HOST_NEVER;
}

void
host_listen(struct host *host)
{
	host->state = HOST_LISTEN;
}

void
host_connect(struct host *host, uint64_t now)
{
	host->state = HOST_SYN_SENT;
	host->again = true;
	host->heard_at = now;
}

void
host_write(struct host *host, uint32_t bytes)
{
	if (!host->closing && host->state != HOST_CLOSED)
		host->written += bytes;
}

void
host_close(struct host *host)
{
	if (host->state != HOST_CLOSED)
		host->closing = true;
}

void
host_abort(struct host *host)
{
	if (!host_is_synchronized(host))
		return;
	host->reset = (struct segment){ .side = host->ways.side,
		.flags = SW_RST | SW_ACK,
		.seq = host->max,
		.ack = host->expected,
		.wscale = -1 };
	host->resetting = host->aborted = true;
	host->state = HOST_CLOSED;
}

void
host_read(struct host *host, bool reading)
{
	bool shut = host->unread >= host->ways.buffer / 2;

	host->reading = reading;
	if (!reading)
		return;
	host->unread = 0;
	if (shut && host_is_synchronized(host))
		host_acknowledge(host);
}

bool
host_is_quiet(const struct host *host)
{
	uint32_t end = host->written + host->closing;

	return host->una == end && !host->answer && !host->resetting &&
	       host->answer_at == HOST_NEVER;
}

bool
host_is_synchronized(const struct host *host)
{
	return host->state >= HOST_ESTABLISHED;
}

/* Grants, rounded up to what the field can say. */
uint32_t
host_window(const struct host *host)
{
	uint32_t left = host->unread < host->ways.buffer
			    ? host->ways.buffer - host->unread
			    : 0;
	uint32_t unit = UINT32_C(1) << host->scale_in;
	uint32_t most = UINT32_C(65535) << host->scale_in;

	left = (left + unit - 1) & ~(unit - 1);
	return left < most ? left : most;
}

void
host_acknowledge(struct host *host)
{
	host->answer = true;
}

/* Tells where it is, unless it has just done so. */
void
host_challenge(struct host *host, const struct segment *segment, uint64_t now)
{
	bool small = !segment->length || segment->flags & SW_SYN;

	if (host->ways.silent)
		return;
	if (small && host->challenged_at &&
	    now - host->challenged_at < CHALLENGE_GAP)
		return;
	if (small)
		host->challenged_at = now;
	host_acknowledge(host);
}

/* Knows of no connection (RFC 9293 3.5.2). */
void
host_refuse(struct host *host, const struct segment *segment)
{
	bool acks = segment->flags & SW_ACK;

	if (host->ways.silent || segment->flags & SW_RST)
		return;
	host->resetting = true;
	host->reset = (struct segment){ .side = host->ways.side,
		.flags = acks ? SW_RST : SW_RST | SW_ACK,
		.seq = acks ? segment->ack : 0,
		.ack = acks ? 0 : segment_end(segment),
		.wscale = -1 };
}

/* Retransmits when nothing is acknowledged for a while. */
void
host_arm(struct host *host, uint64_t now)
{
	uint64_t wait = host->ways.retry
			<< (host->tries < 10 ? host->tries : 10);

	if (host->una == host->max) {
		host->retry_at = HOST_NEVER;
		return;
	}
	host->retry_at = now + (wait < RETRY_MOST ? wait : RETRY_MOST);
}
