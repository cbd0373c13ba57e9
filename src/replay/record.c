/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_record: what is printed about one record of a capture.
 *
 * A refusal is printed as the daemon's log would have it, in text or JSON;
 * the JSON object begins with the record's number and its time.  With --all
 * every other record has its line or object, too; these are written without
 * a JSON library, for there may be many millions of them.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "replay/internal.h"

#define MICROSECOND 1000u

/* The members every object begins with, up to and with the last comma. */
static void
print_head(const struct sw_record *record, FILE *out)
{
	uint64_t us = record->time.ns / MICROSECOND;

	fprintf(out,
	    "{\"frame\":%" PRIu64 ",\"time\":%" PRIu64 ".%06" PRIu64 ",",
	    record->frame, us / 1000000, us % 1000000);
}

static void
print_object(const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names, FILE *out)
{
	json_t *object = sw_line_json(event, names);
	char *text = json_dumps(object, JSON_COMPACT);

	if (text != NULL) {
		print_head(record, out);
		fputs(text + 1, out); /* it has its brace already */
		putc('\n', out);
	}
	free(text);
	json_decref(object);
}

/* What the sweep found has no record: it is no packet, so it is no object. */
void
sw_replay_print_refusal(const struct sw_replay_options *options,
    const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names)
{
	char line[SW_LINE_MAX];

	if (options->json) {
		if (record != NULL)
			print_object(record, event, names, options->out);
		return;
	}
	sw_line_refusal(event, names, line, sizeof line);
	fputs(line, options->out);
	putc('\n', options->out);
}

static const char *
verdict_text(enum sw_verdict verdict)
{
	return verdict == SW_PASS ? "pass" : "drop";
}

static void
flags_of(const struct sw_packet *packet, bool ecn, char text[9])
{
	bool is_tcp = packet->ends.proto == IPPROTO_TCP &&
		      packet->malformed == SW_PARSE_OK;

	sw_flags_text(is_tcp ? packet->tcp.flags : 0, ecn, text);
}

static void
print_packet_object(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame)
{
	const struct sw_endpoints *ends = &frame->packet->ends;
	char room[16], flags[9], src[46], dst[46];
	const char *proto = sw_line_protocol(ends->proto, room);
	bool ports = sw_proto_has_ports(ends->proto);

	flags_of(frame->packet, options->conf->log.ecn, flags);
	sw_line_address(&ends->src, ends->family, src);
	sw_line_address(&ends->dst, ends->family, dst);
	fprintf(options->out,
	    "\"verdict\":\"%s\",\"flags\":\"%s\",\"proto\":\"",
	    verdict_text(frame->verdict), flags);
	for (; *proto != '\0'; proto++)
		putc(tolower((unsigned char)*proto), options->out);
	fprintf(options->out, "\",\"src\":\"%s\"", src);
	if (ports)
		fprintf(options->out, ",\"sport\":%u", ends->sport);
	fprintf(options->out, ",\"dst\":\"%s\"", dst);
	if (ports)
		fprintf(options->out, ",\"dport\":%u", ends->dport);
	fprintf(options->out, ",\"len\":%" PRIu32 "}\n", frame->packet->length);
}

static void
print_packet_line(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame)
{
	const struct sw_endpoints *ends = &frame->packet->ends;
	char room[16], flags[9], src[64], dst[64];

	flags_of(frame->packet, options->conf->log.ecn, flags);
	sw_line_endpoint(
	    &ends->src, ends->sport, ends->family, ends->proto, src);
	sw_line_endpoint(
	    &ends->dst, ends->dport, ends->family, ends->proto, dst);
	fprintf(options->out, "%s [%s] %s %s > %s len=%" PRIu32 "\n",
	    verdict_text(frame->verdict), flags,
	    sw_line_protocol(ends->proto, room), src, dst,
	    frame->packet->length);
}

void
sw_replay_print_frame(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame)
{
	if (options->json)
		print_head(frame->record, options->out);
	if (frame->packet == NULL && options->json)
		fprintf(options->out,
		    "\"verdict\":\"pass\",\"skipped\":\"%s\"}\n",
		    frame->skipped);
	else if (frame->packet == NULL)
		fprintf(options->out, "pass: %s\n", frame->skipped);
	else if (options->json)
		print_packet_object(options, frame);
	else
		print_packet_line(options, frame);
}
