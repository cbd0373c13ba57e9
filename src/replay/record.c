/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: prints the result of one record of a capture.
 *
 * A refusal is printed like in the daemon's log, as text or JSON; the JSON
 * object begins with the record's number and time.  With --all every other
 * record has a line or object as well.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "replay/internal.h"

/* The longest object.  Each is written to the stream as a whole, because there
 * may be millions of them. */
enum { OBJECT = 16 * SW_LINE_MAX };

static void
print_json(const struct sw_json *json, FILE *out)
{
	fwrite(json->bytes, 1, json->end, out);
}

/* Writes the members that every object begins with. */
static void
begin_object(const struct sw_record *record, struct sw_json *json)
{
	sw_json_begin(json, NULL);
	sw_json_put_count(json, "frame", record->frame);
	sw_json_put_moment(json, "time", (int64_t)record->time.ns);
}

static void
print_object(const struct sw_record *record, const struct sw_event *event,
    const struct sw_names *names, FILE *out)
{
	char bytes[OBJECT];
	struct sw_json json = sw_json_to_buffer(bytes, sizeof bytes);

	begin_object(record, &json);
	sw_line_json(event, names, &json);
	sw_json_end(&json);
	print_json(&json, out);
}

/* A drop found by the sweep has no record: it is no packet, so it gets no
 * object. */
void
sw_replay_record_refusal(const struct sw_replay_options *options,
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
flags_of(const struct sw_packet *packet, bool ecn, char *text)
{
	bool is_tcp = packet->ends.proto == IPPROTO_TCP &&
		      packet->malformed == SW_PARSE_OK;

	if (packet->ends.proto == IPPROTO_SCTP &&
	    packet->malformed == SW_PARSE_OK && !packet->fragment.offset)
		sw_event_chunks_text(packet->sctp.chunks, text);
	else
		sw_event_flags_text(is_tcp ? packet->tcp.flags : 0, ecn, text);
}

static void
write_packet(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame, struct sw_json *json)
{
	char flags[SW_CHUNKS_TEXT_MAX];

	flags_of(frame->packet, options->conf->log.ecn, flags);
	sw_json_put_text(json, "verdict", verdict_text(frame->verdict));
	sw_json_put_text(json, "flags", flags);
	sw_line_ends_json(&frame->packet->ends, json);
	sw_json_put_count(json, "len", frame->packet->length);
}

static void
print_frame_object(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame)
{
	char bytes[OBJECT];
	struct sw_json json = sw_json_to_buffer(bytes, sizeof bytes);

	begin_object(frame->record, &json);
	if (frame->packet == NULL) {
		sw_json_put_text(&json, "verdict", verdict_text(SW_PASS));
		sw_json_put_text(&json, "skipped", frame->skipped);
	} else {
		write_packet(options, frame, &json);
	}
	sw_json_end(&json);
	print_json(&json, options->out);
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
sw_replay_record_frame(const struct sw_replay_options *options,
    const struct sw_replay_frame *frame)
{
	if (options->json)
		print_frame_object(options, frame);
	else if (frame->packet == NULL)
		fprintf(options->out, "pass: %s\n", frame->skipped);
	else
		print_packet_line(options, frame);
}
