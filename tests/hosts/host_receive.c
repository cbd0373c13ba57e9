/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment arrives at a host: RFC 9293 3.10.7, with RFC 5961 for what may
 * be forged and RFC 7323 for time stamps.
 */

#include "host.h"

#define LATE_ANSWER (HOST_SECOND / 25)
#define TIME_WAIT_LASTS (60 * HOST_SECOND)
#define REPEATS_TELL 3

static bool
after(uint32_t a, uint32_t b)
{
	return segment_before(b, a);
}

/* --- the handshake --- */

/* What a SYN or SYN/ACK offers. */
static void
take_offer(struct host *host, const struct segment *segment)
{
	bool scales = host->ways.wscale >= 0 && segment->wscale >= 0;

	host->expected = host->acked = host->edge = segment->seq + 1;
	host->scale_in = scales ? (uint8_t)host->ways.wscale : 0;
	host->scale_out = scales ? (uint8_t)segment->wscale : 0;
	host->timestamps = host->ways.timestamps && segment->has_timestamp;
	host->sack = host->ways.sack && segment->sack_permitted;
	host->stamp_seen = segment->tsval;
	host->window = host->window_most = segment->window;
	host->wl1 = segment->seq;
	host->wl2 = segment->ack;
}

static void
hear_call(struct host *host, const struct segment *segment)
{
	if (segment->flags & SW_RST)
		return;
	if (segment->flags & SW_ACK) {
		host_refuse(host, segment);
		return;
	}
	if (!(segment->flags & SW_SYN))
		return;
	take_offer(host, segment);
	host->state = HOST_SYN_RECEIVED;
	host->again = true;
}

static void
hear_answer(struct host *host, const struct segment *segment, uint64_t now)
{
	bool acks = segment->flags & SW_ACK;

	if (acks && segment->ack != host->max) {
		host_refuse(host, segment);
		return;
	}
	if (segment->flags & SW_RST) {
		host->was_reset = acks;
		if (acks)
			host->state = HOST_CLOSED;
		return;
	}
	if (!(segment->flags & SW_SYN))
		return;
	take_offer(host, segment);
	host->heard_at = now;
	host->again = !acks;
	host->state = acks ? HOST_ESTABLISHED : HOST_SYN_RECEIVED;
	if (!acks)
		return;
	host->una = segment->ack;
	host->tries = 0;
	host_arm(host, now);
	host_acknowledge(host);
}

/* --- acceptable? --- */

static bool
in_window(const struct host *host, const struct segment *segment)
{
	uint32_t end = segment_end(segment);
	uint32_t window = host_window(host);

	if (segment->flags & SW_RST)
		end = segment->seq;
	if (host->fin_seen && segment->flags & SW_RST &&
	    segment->seq == host->expected - 1)
		return true;
	if (!window)
		return segment->seq == host->expected && end == segment->seq;
	return !after(host->expected, end) &&
	       !after(segment->seq, host->expected + window);
}

/* Its time stamp lies before one that was heard (RFC 7323 5.2). */
static bool
is_old(const struct host *host, const struct segment *segment)
{
	return host->timestamps && segment->has_timestamp &&
	       !(segment->flags & SW_RST) &&
	       segment_before(segment->tsval, host->stamp_seen);
}

static bool
is_repeated_syn(const struct host *host, const struct segment *segment)
{
	return host->state == HOST_SYN_RECEIVED && segment->flags & SW_SYN &&
	       segment->seq + 1 == host->expected;
}

static void
hear_reset(struct host *host, const struct segment *segment, uint64_t now)
{
	bool exact = segment->seq == host->expected ||
		     (host->fin_seen && segment->seq == host->expected - 1);

	if (!exact) {
		host_challenge(host, segment, now);
		return;
	}
	host->state = HOST_CLOSED;
	host->was_reset = true;
}

/* --- the acknowledgement --- */

static void
take_window(struct host *host, const struct segment *segment)
{
	if (segment_before(segment->seq, host->wl1) ||
	    (segment->seq == host->wl1 &&
		segment_before(segment->ack, host->wl2)))
		return;
	host->window = segment->window;
	if (!(segment->flags & SW_SYN))
		host->window <<= host->scale_out;
	host->wl1 = segment->seq;
	host->wl2 = segment->ack;
	if (host->window > host->window_most)
		host->window_most = host->window;
	if (host->window)
		host->probe_at = HOST_NEVER;
}

/* What it sent, its FIN included, is acknowledged. */
static void
all_covered(struct host *host, uint64_t now)
{
	if (!host->closing || host->una != host->written + 1)
		return;
	if (host->state == HOST_FIN_WAIT_1)
		host->state = HOST_FIN_WAIT_2;
	else if (host->state == HOST_CLOSING) {
		host->state = HOST_TIME_WAIT;
		host->wait_until = now + TIME_WAIT_LASTS;
	} else if (host->state == HOST_LAST_ACK)
		host->state = HOST_CLOSED;
}

static void
take_new_ack(struct host *host, uint32_t ack, uint64_t now)
{
	host->una = ack;
	host->repeats = 0;
	host->tries = 0;
	if (segment_before(ack, host->recover))
		host->again = true;
	host_arm(host, now);
	all_covered(host, now);
}

static void
count_repeat(struct host *host, const struct segment *segment)
{
	if (segment->length || segment->flags & SW_FIN ||
	    host->una == host->max || ++host->repeats != REPEATS_TELL)
		return;
	host->again = true;
	host->recover = host->max;
}

/* => go on with the segment */
static bool
take_ack(struct host *host, const struct segment *segment, uint64_t now)
{
	uint32_t most = host->window_most ? host->window_most : 1;

	if (!(segment->flags & SW_ACK))
		return false;
	if (host->state == HOST_SYN_RECEIVED) {
		if (segment->ack != host->max) {
			host_refuse(host, segment);
			return false;
		}
		host->state = HOST_ESTABLISHED;
		host->wl1 = segment->seq - 1;
	}
	if (after(segment->ack, host->max) ||
	    segment_before(segment->ack, host->una - most)) {
		host_challenge(host, segment, now);
		return false;
	}
	if (after(segment->ack, host->una))
		take_new_ack(host, segment->ack, now);
	else if (segment->ack == host->una)
		count_repeat(host, segment);
	take_window(host, segment);
	return true;
}

/* --- the data --- */

static void
keep(struct host *host, uint32_t from, uint32_t to)
{
	for (unsigned i = 0; i < host->n_kept; i++)
		if (host->kept[i].from == from && host->kept[i].to == to)
			return;
	if (host->n_kept < HOST_KEPT_MAX)
		host->kept[host->n_kept++] =
		    (struct host_range){ .from = from, .to = to };
}

static void
advance(struct host *host, uint32_t to)
{
	uint32_t bytes = to - host->expected;

	host->received += bytes;
	host->expected = to;
	if (!host->reading)
		host->unread += bytes;
}

/* What was kept and has become next. */
static void
take_kept(struct host *host)
{
	for (unsigned i = 0; i < host->n_kept;) {
		struct host_range range = host->kept[i];

		if (after(range.from, host->expected)) {
			i++;
			continue;
		}
		host->kept[i] = host->kept[--host->n_kept];
		if (after(range.to, host->expected)) {
			advance(host, range.to);
			i = 0;
		}
	}
}

static void
take_data(struct host *host, const struct segment *segment, uint64_t now)
{
	uint32_t edge = host->expected + host_window(host);
	uint32_t to = segment->seq + segment->length;
	bool second = host->answer_at != HOST_NEVER;

	if (!segment->length)
		return;
	if (after(to, edge))
		to = edge;
	if (after(segment->seq, host->expected)) {
		keep(host, segment->seq, to);
		host_acknowledge(host);
		return;
	}
	if (host->n_kept || second || !after(to, host->expected))
		host_acknowledge(host);
	else
		host->answer_at = now + LATE_ANSWER;
	if (after(to, host->expected))
		advance(host, to);
	take_kept(host);
}

static void
take_fin(struct host *host, const struct segment *segment, uint64_t now)
{
	if (segment->flags & SW_FIN && !host->fin_seen) {
		host->fin_kept = true;
		host->fin_at = segment->seq + segment->length;
	}
	if (!host->fin_kept || host->fin_seen || host->fin_at != host->expected)
		return;
	host->fin_seen = true;
	host->expected++;
	host_acknowledge(host);
	if (host->state == HOST_ESTABLISHED)
		host->state = HOST_CLOSE_WAIT;
	else if (host->state == HOST_FIN_WAIT_1)
		host->state = HOST_CLOSING;
	else if (host->state == HOST_FIN_WAIT_2) {
		host->state = HOST_TIME_WAIT;
		host->wait_until = now + TIME_WAIT_LASTS;
	}
}

static void
take_stamp(struct host *host, const struct segment *segment)
{
	if (host->timestamps && segment->has_timestamp &&
	    !after(segment->seq, host->acked) &&
	    after(segment->tsval, host->stamp_seen))
		host->stamp_seen = segment->tsval;
}

static void
hear(struct host *host, const struct segment *segment, uint64_t now)
{
	if (is_repeated_syn(host, segment)) {
		host->again = !(segment->flags & SW_ACK);
		if (host->again)
			return;
	} else if (is_old(host, segment) || !in_window(host, segment)) {
		if (!(segment->flags & SW_RST))
			host_challenge(host, segment, now);
		return;
	} else if (segment->flags & SW_RST) {
		hear_reset(host, segment, now);
		return;
	} else if (segment->flags & SW_SYN) {
		host_challenge(host, segment, now);
		return;
	}
	if (!take_ack(host, segment, now))
		return;
	host->heard_at = now;
	take_stamp(host, segment);
	if (host->state == HOST_CLOSED)
		return;
	take_data(host, segment, now);
	take_fin(host, segment, now);
}

void
host_receive(struct host *host, const struct segment *segment, uint64_t now)
{
	switch (host->state) {
	case HOST_CLOSED:
		host_refuse(host, segment);
		return;
	case HOST_LISTEN:
		hear_call(host, segment);
		break;
	case HOST_SYN_SENT:
		hear_answer(host, segment, now);
		break;
	case HOST_SYN_RECEIVED:
	case HOST_ESTABLISHED:
	case HOST_FIN_WAIT_1:
	case HOST_FIN_WAIT_2:
	case HOST_CLOSE_WAIT:
	case HOST_CLOSING:
	case HOST_LAST_ACK:
	case HOST_TIME_WAIT:
		hear(host, segment, now);
		break;
	}
}
