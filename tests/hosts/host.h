/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: one end of a TCP connection, as RFC 9293 has it behave.
 *
 * It retransmits, acknowledges late, keeps what came out of order, scales
 * its window and closes it, sends time stamps and refuses old ones (RFC
 * 7323), probes a closed window and a silent peer, and answers what it can
 * not accept with the numbers it is at (RFC 9293 3.10.7.4, RFC 5961), empty
 * segments at most once in half a second, as Linux does.  Payload is
 * counted, not kept.
 *
 * It is driven from outside: receive, then send until there is nothing to
 * send, and again when it is due.  Time is microseconds.
 */
#ifndef SYNWARD_HOSTS_HOST_H
#define SYNWARD_HOSTS_HOST_H

#include "segment.h"

#define HOST_NEVER UINT64_MAX
#define HOST_SECOND UINT64_C(1000000)
#define HOST_KEPT_MAX 8

enum host_state {
	HOST_CLOSED,
	HOST_LISTEN,
	HOST_SYN_SENT,
	HOST_SYN_RECEIVED,
	HOST_ESTABLISHED,
	HOST_FIN_WAIT_1,
	HOST_FIN_WAIT_2,
	HOST_CLOSE_WAIT,
	HOST_CLOSING,
	HOST_LAST_ACK,
	HOST_TIME_WAIT,
};

/* How it is set. */
struct host_ways {
	uint8_t side;
	uint32_t iss;
	uint32_t mss;
	int8_t wscale;	     /* -1: offers none */
	bool timestamps;     /* offers them */
	bool sack;	     /* offers it */
	bool probes_by_byte; /* a closed window: with one byte, not none */
	bool silent;	     /* answers nothing that it can not accept */
	uint32_t buffer;     /* receives at most so much, bytes */
	uint32_t flight;     /* sends at most so much unacknowledged */
	uint32_t stamp;	     /* of its clock at time 0 */
	uint64_t retry;	     /* first wait for an acknowledgement, us */
	uint64_t keepalive;  /* of silence before it asks; HOST_NEVER */
};

struct host_range {
	uint32_t from, to;
};

struct host {
	struct host_ways ways;
	enum host_state state;
	bool was_reset; /* CLOSED by an RST */
	bool aborted;	/* CLOSED by its program, which has reset the other */
	bool gave_up;	/* CLOSED because nobody answered */
	bool timestamps, sack;	     /* agreed on */
	uint8_t scale_in, scale_out; /* of what it receives and grants */
	/* What it sends. */
	uint32_t una, max; /* oldest unacknowledged; after the last */
	uint32_t written;  /* after the last byte to send */
	uint32_t window, window_most;
	uint32_t wl1, wl2;
	uint32_t recover; /* retransmits up to here */
	bool closing;	  /* FIN after the last byte */
	bool again;	  /* retransmit the oldest now */
	uint8_t repeats;  /* of an acknowledgement */
	unsigned tries_most;
	unsigned tries; /* retransmissions in a row */
	uint64_t retry_at, probe_at;
	/* What it receives. */
	uint32_t expected, edge, acked;
	uint32_t unread;
	bool reading; /* its program takes what comes */
	bool fin_seen;
	bool fin_kept; /* a FIN came out of order */
	uint32_t fin_at;
	struct host_range kept[HOST_KEPT_MAX];
	unsigned n_kept;
	uint32_t stamp_seen;
	bool answer; /* acknowledge now */
	uint64_t answer_at, heard_at, asked_at, challenged_at;
	uint64_t wait_until; /* TIME_WAIT */
	uint64_t received;   /* bytes in order */
	bool resetting;
	struct segment reset;
};

void host_begin(struct host *host, const struct host_ways *ways);
void host_listen(struct host *host);
void host_connect(struct host *host, uint64_t now);

/* What its program does. */
void host_write(struct host *host, uint32_t bytes);
void host_close(struct host *host); /* half: it may still receive */
void host_abort(struct host *host);
void host_read(struct host *host, bool reading);

void
host_receive(struct host *host, const struct segment *segment, uint64_t now);
/* => false: nothing to send now */
bool host_send(struct host *host, uint64_t now, struct segment *segment);
/* When it has something to send though it hears nothing; HOST_NEVER. */
uint64_t host_due(const struct host *host);

/* Has each written byte, and the FIN, been acknowledged? */
bool host_is_quiet(const struct host *host);
/* From SYN sent and answered to closed. */
bool host_is_synchronized(const struct host *host);

/* host_answer.c: shared by the files of a host. */
uint32_t host_window(const struct host *host);
void host_acknowledge(struct host *host);
void
host_challenge(struct host *host, const struct segment *segment, uint64_t now);
void host_refuse(struct host *host, const struct segment *segment);
void host_arm(struct host *host, uint64_t now);

#endif
