/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures for the comparison.
 *
 * All TCP segments of a file are heard first and put in order by the
 * conversation, in it by their time of arrival.  Each is then sent as the
 * parser saw it: flags, numbers, window, length, scale and SACK; who speaks
 * first is the opener.  The clock moves by tens of seconds, as everywhere
 * here; what is left of a pause counts for the next one.
 */

#include "tapes.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/table/tuple.h"
#include "replay/capture.h"
#include "replay/link_layer.h"

/* What no datagram of ours can carry. */
#define PAYLOAD_MOST 65000u

/* No timeout is longer. */
#define PAUSE_MOST 8000u

struct heard {
	struct sw_tuple tuple;
	uint64_t frame;
	struct sw_time time;
	bool from_b;
	struct segment segment;
};

struct tape {
	struct heard *list;
	size_t n, room;
};

static struct segment
segment_of(const struct sw_tcp_segment *tcp)
{
	return (struct segment){ .flags = tcp->flags,
		.window = tcp->window,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.length = tcp->payload,
		.wscale = tcp->has_wscale ? (int8_t)tcp->wscale : -1,
		.sack_permitted = tcp->sack_permitted,
		.sack = tcp->has_sack ? tcp->sack_edge : 0 };
}

static void
keep(struct tape *tape, const struct sw_record *record,
    const struct sw_packet *packet)
{
	struct heard *heard;

	if (tape->n == tape->room) {
		tape->room = tape->room ? 2 * tape->room : 1024;
		tape->list =
		    realloc(tape->list, tape->room * sizeof(*tape->list));
		if (!tape->list)
			abort();
	}
	heard = &tape->list[tape->n++];
	*heard = (struct heard){ .frame = record->frame,
		.time = record->time,
		.segment = segment_of(&packet->tcp) };
	heard->from_b = sw_tuple_make(&heard->tuple, &packet->ends);
}

/* A first fragment does not tell how long its segment is. */
static void
hear(struct tape *tape, const struct sw_record *record)
{
	struct sw_link link;
	struct sw_packet packet;

	if (sw_link_layer_strip(record->link, record->bytes, record->captured,
		record->length, &link) != SW_LINK_IP)
		return;
	sw_packet_parse(link.ip, link.captured, link.stated, &packet);
	if (!packet.malformed && packet.ends.proto == IPPROTO_TCP &&
	    !packet.fragment.is_fragment && packet.tcp.payload <= PAYLOAD_MOST)
		keep(tape, record, &packet);
}

/* => false when the file can not be opened; a damaged one is heard as far as
 * it goes */
static bool
hear_all(struct tape *tape, const char *file)
{
	char error[SW_CAPTURE_ERROR];
	struct sw_capture *capture = sw_capture_open(file, error);
	struct sw_record record;

	if (!capture) {
		fprintf(stderr, "proof: %s: %s\n", file, error);
		return false;
	}
	while (sw_capture_next(capture, &record) == 1)
		hear(tape, &record);
	sw_capture_close(capture);
	return true;
}

static int
by_conversation(const void *a, const void *b)
{
	const struct heard *one = a, *other = b;
	int order = memcmp(&one->tuple, &other->tuple, sizeof(one->tuple));

	if (order)
		return order;
	return one->frame < other->frame ? -1 : one->frame > other->frame;
}

/* Whole tens of seconds since what both trackers were told last. */
static uint32_t
pause_until(struct sw_time time, struct sw_time *told)
{
	uint64_t tens;

	if (time.ns <= told->ns)
		return 0;
	tens = (time.ns - told->ns) / (10 * SW_NS_PER_SECOND);
	told->ns += tens * 10 * SW_NS_PER_SECOND;
	return tens * 10 < PAUSE_MOST ? (uint32_t)tens * 10 : PAUSE_MOST;
}

/* => how many segments the conversation that begins here has */
static size_t
play_one(struct compare *compare, struct report *report,
    const struct heard *heard, size_t most)
{
	struct sw_time told = heard->time;
	bool in_step = true;
	size_t i;

	compare_begin(compare, IPPROTO_TCP, heard->tuple.family == SW_IPV6);
	report_conversation(report);
	for (i = 0;
	     i < most && sw_tuple_equal(&heard[i].tuple, &heard[0].tuple);
	     i++) {
		struct segment segment = heard[i].segment;
		struct outcome outcome;

		if (!in_step)
			continue;
		segment.side = heard[i].from_b != heard[0].from_b;
		segment.pause = pause_until(heard[i].time, &told);
		outcome = compare_step(compare, &segment);
		if (report->free)
			report_verdict(report, &outcome);
		else
			in_step = report_go_on(report, compare, &outcome);
	}
	return i;
}

bool
tapes_play(struct compare *compare, struct report *report, const char *file)
{
	struct tape tape = { 0 };
	bool heard = hear_all(&tape, file);

	if (tape.n)
		qsort(tape.list, tape.n, sizeof(*tape.list), by_conversation);
	for (size_t i = 0; i < tape.n;)
		i += play_one(compare, report, &tape.list[i], tape.n - i);
	free(tape.list);
	return heard;
}
