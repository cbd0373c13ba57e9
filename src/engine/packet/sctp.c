/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet_sctp: the common header of SCTP and the headers of its chunks.
 *
 * A packet is a header of 12 bytes and one chunk after the other, each with
 * type, flags and length, padded to four bytes.  Only the chunks that may
 * change an association are kept, in their order; of INIT and INIT ACK the
 * initiate tag as well.  The CRC32c is not verified: it covers the whole
 * packet, of which only the beginning is copied, and a receiver drops a
 * packet whose sum is wrong without an answer.
 *
 * Senders put control chunks before DATA (RFC 9260 §6.10), so a short copy
 * shows all that matters, and where a copy or the first fragment ends,
 * reading ends.
 */
#include "engine/packet/internal.h"

#define CHUNK_HEADER 4u
#define INIT_LEAST 20u /* the chunk without options */
#define REFLECTS 0x01u /* the T bit, RFC 9260 §3.3.7, §3.3.13 */

/* The chunks that share a packet with nothing, and those that come first. */
#define ALONE                                          \
	(1u << SW_SCTP_INIT | 1u << SW_SCTP_INIT_ACK | \
	    1u << SW_SCTP_SHUTDOWN_COMPLETE)
#define FIRST (1u << SW_SCTP_COOKIE_ECHO | 1u << SW_SCTP_COOKIE_ACK)

/* Those that have a T bit. */
#define REFLECTING (1u << SW_SCTP_ABORT | 1u << SW_SCTP_SHUTDOWN_COMPLETE)

/* Those that change no association, and come in any number. */
#define IDLE                                                            \
	(1u << SW_SCTP_DATA | 1u << SW_SCTP_SACK | 1u << SW_SCTP_ECNE | \
	    1u << SW_SCTP_CWR | 1u << SW_SCTP_OTHER)

struct chunk {
	uint8_t type; /* enum sw_sctp_chunk */
	uint8_t flags;
	uint16_t length;
};

static struct chunk
read_header(struct sw_reader *reader)
{
	uint8_t type = sw_reader_u8(reader);
	uint8_t flags = sw_reader_u8(reader);

	return (struct chunk){
		.type = type < SW_SCTP_OTHER ? type : SW_SCTP_OTHER,
		.flags = flags,
		.length = sw_reader_u16(reader),
	};
}

/* May the chunk follow those that were read? */
static bool
may_follow(uint16_t chunks, enum sw_sctp_chunk type)
{
	return !(chunks & ALONE) && !((ALONE | FIRST) >> type & 1);
}

static enum sw_parse
note_step(struct sw_sctp_packet *sctp, const struct chunk *chunk)
{
	if (IDLE >> chunk->type & 1)
		return SW_PARSE_OK;
	if (sctp->steps == SW_SCTP_STEPS)
		return SW_PARSE_SCTP_BUNDLE;
	if (chunk->flags & REFLECTS && REFLECTING >> chunk->type & 1)
		sctp->reflects |= (uint16_t)(1u << sctp->steps);
	sctp->step[sctp->steps++] = chunk->type;
	return SW_PARSE_OK;
}

static bool
tells_tag(const struct chunk *chunk)
{
	return chunk->type == SW_SCTP_INIT || chunk->type == SW_SCTP_INIT_ACK;
}

/* The reader is after the chunk's header, and continues after its padding, or
 * where the copy ends. */
static enum sw_parse
read_body(struct sw_reader *reader, bool fragment, const struct chunk *chunk,
    struct sw_sctp_packet *sctp)
{
	size_t body = chunk->length - CHUNK_HEADER;
	size_t left = sw_reader_left(reader), read = 0;
	size_t at_hand = reader->at_hand - reader->at;

	if (body > left && !fragment)
		return SW_PARSE_SCTP_CHUNK;
	if (tells_tag(chunk)) {
		if (chunk->length < INIT_LEAST)
			return SW_PARSE_SCTP_CHUNK;
		sctp->init_tag = sw_reader_u32(reader);
		if (reader->cut)
			return SW_PARSE_CUT;
		if (!sctp->init_tag)
			return SW_PARSE_SCTP_TAG;
		read = sizeof(sctp->init_tag);
	}
	body = (body + 3) & ~(size_t)3;
	sw_reader_skip(reader, (body < at_hand ? body : at_hand) - read);
	return SW_PARSE_OK;
}

static enum sw_parse
read_chunk(struct sw_reader *reader, bool fragment, struct sw_sctp_packet *sctp)
{
	struct chunk chunk = read_header(reader);
	enum sw_parse outcome;

	if (chunk.length < CHUNK_HEADER)
		return SW_PARSE_SCTP_CHUNK;
	if (sctp->chunks && !may_follow(sctp->chunks, chunk.type))
		return SW_PARSE_SCTP_BUNDLE;
	sctp->chunks |= (uint16_t)(1u << chunk.type);
	outcome = note_step(sctp, &chunk);
	if (outcome == SW_PARSE_OK)
		outcome = read_body(reader, fragment, &chunk, sctp);
	return outcome;
}

/* Only INIT comes before its receiver has chosen a tag (RFC 9260 §8.5.1). */
static bool
tag_is_right(const struct sw_sctp_packet *sctp)
{
	return !sctp->tag == sw_sctp_has(sctp, SW_SCTP_INIT);
}

static enum sw_parse
read_chunks(
    struct sw_reader *reader, bool fragment, struct sw_sctp_packet *sctp)
{
	enum sw_parse outcome;

	do {
		if (sw_reader_left(reader) < CHUNK_HEADER)
			return SW_PARSE_SCTP_CHUNK;
		outcome = read_chunk(reader, fragment, sctp);
		if (reader->cut)
			return SW_PARSE_CUT;
		if (outcome != SW_PARSE_OK)
			return outcome;
	} while (reader->at_hand - reader->at >= CHUNK_HEADER);
	return tag_is_right(sctp) ? SW_PARSE_OK : SW_PARSE_SCTP_TAG;
}

/* The chunks are read ahead: the header ends where they begin. */
enum sw_parse
sw_packet_read_sctp(struct sw_reader *reader, bool fragment,
    struct sw_sctp_packet *sctp, struct sw_endpoints *ends)
{
	struct sw_reader chunks;
	enum sw_parse outcome;

	ends->sport = sw_reader_u16(reader);
	ends->dport = sw_reader_u16(reader);
	sctp->tag = sw_reader_u32(reader);
	sw_reader_skip(reader, 4);
	if (reader->cut)
		return SW_PARSE_CUT;
	chunks = *reader;
	outcome = read_chunks(&chunks, fragment, sctp);
	reader->cut = chunks.cut;
	reader->short_copy = chunks.short_copy;
	return outcome;
}
