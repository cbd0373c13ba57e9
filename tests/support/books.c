/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are read the way a script would read them: the number behind the
 * first colon is the count.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"

static struct sw_time
at_ms(uint64_t ms)
{
	return sw_time_add_ms((struct sw_time){ 0 }, ms);
}

static struct sw_addr
ipv4(uint32_t host_order)
{
	struct sw_addr addr = { { 0 } };
	uint32_t n = htonl(host_order);

	memcpy(addr.b, &n, sizeof n);
	return addr;
}

struct sw_event
books_refusal(uint32_t client, uint32_t server, uint8_t flags, uint64_t ms)
{
	struct sw_event event = {
		.kind = SW_EVENT_REFUSED,
		.time = at_ms(ms),
		.in = BOOKS_IN,
		.out = BOOKS_OUT,
		.rule = 1,
		.judgement = { .cause = SW_CAUSE_ASYMMETRIC },
	};

	event.refused.ends.family = SW_IPV4;
	event.refused.ends.proto = IPPROTO_TCP;
	event.refused.ends.src = ipv4(client);
	event.refused.ends.dst = ipv4(server);
	event.refused.ends.sport = 40000;
	event.refused.ends.dport = 443;
	event.refused.tcp_flags = flags;
	return event;
}

struct sw_event
books_answer(uint32_t client, uint32_t server, uint64_t ms)
{
	struct sw_event event =
	    books_refusal(client, server, SW_SYN | SW_ACK, ms);

	event.refused.ends = sw_packet_endpoints_reverse(&event.refused.ends);
	return event;
}

struct books
books_open(uint32_t rate, uint32_t interval)
{
	struct books books = {
		.incidents = sw_incidents_create(rate, interval),
	};

	ck_assert_ptr_nonnull(books.incidents);
	/* Lines tell the time of day. */
	setenv("TZ", "UTC", 1);
	return books;
}

bool
books_give(struct books *books, const struct sw_event *event)
{
	enum sw_incident_act act = sw_incidents_add(books->incidents, event);

	books->given++;
	books->logged += act == SW_INCIDENT_LOG;
	return act == SW_INCIDENT_LOG;
}

static void
read_line(struct books *books)
{
	unsigned long long drops;
	const char *colon = strstr(books->last, ": ");

	ck_assert_ptr_nonnull(colon);
	ck_assert_int_eq(sscanf(colon, ": %llu ", &drops), 1);
	books->lines++;
	if (strstr(books->last, " closed: ") != NULL) {
		books->closed++;
		books->closed_drops += drops;
	} else {
		books->counted += drops;
	}
}

bool
books_take(struct books *books, uint64_t ms)
{
	static const struct sw_names names = { .in = "eth2", .out = "eth1" };
	struct sw_incident_report *report = &books->report;

	if (!sw_incident_due(books->incidents, at_ms(ms), report))
		return false;
	sw_incident_line(report, &names, 0, books->last, sizeof books->last);
	read_line(books);
	return true;
}

void
books_take_all(struct books *books, uint64_t ms)
{
	while (books_take(books, ms))
		continue;
}

void
books_close(struct books *books, uint64_t ms)
{
	sw_incident_due_finish(books->incidents);
	books_take_all(books, ms);
	ck_assert_uint_eq(books->given, books->logged + books->counted);
	sw_incidents_destroy(books->incidents);
}
