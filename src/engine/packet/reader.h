/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader: the only way to read bytes from outside.
 *
 * A reader goes once from front to back over a datagram of which the copy may
 * contain only the beginning.  It knows both ends: what may be read, and how
 * long the datagram really is.  Reading past either sets an error that stays
 * set, and all values read from then on are 0; so a parser reads everything it
 * wants and checks once, at the end.
 */
#ifndef SYNWARD_ENGINE_PACKET_READER_H
#define SYNWARD_ENGINE_PACKET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sw_reader {
	const uint8_t *bytes;
	size_t at;	 /* next byte to read, at most at_hand */
	size_t at_hand;	 /* bytes that may be read */
	size_t length;	 /* bytes of the datagram, at least at_hand */
	bool cut;	 /* a read went past the datagram */
	bool short_copy; /* a read went past the copy */
};

/* => bytes stay the caller's and must outlive the reader */
static inline struct sw_reader
sw_reader_open(const uint8_t *bytes, size_t size)
{
	return (struct sw_reader){
		.bytes = bytes,
		.at_hand = size,
		.length = size,
	};
}

/* Sets the true length, counted from the first byte; it may be less or more
 * than the copy. */
static inline void
sw_reader_set_length(struct sw_reader *reader, size_t length)
{
	if (length < reader->at) {
		reader->cut = true;
		length = reader->at;
	}
	reader->length = length;
	if (reader->at_hand > length)
		reader->at_hand = length;
}

/* Bytes of the datagram that follow, in the copy or not. */
static inline size_t
sw_reader_left(const struct sw_reader *reader)
{
	return reader->length - reader->at;
}

/* Skips size bytes.
 * => their address, or NULL when cut */
static inline const uint8_t *
sw_reader_take(struct sw_reader *reader, size_t size)
{
	const uint8_t *here = reader->bytes + reader->at;

	if (reader->cut || size > reader->at_hand - reader->at) {
		if (!reader->cut)
			reader->short_copy = size <= sw_reader_left(reader);
		reader->cut = true;
		return NULL;
	}
	reader->at += size;
	return here;
}

static inline void
sw_reader_skip(struct sw_reader *reader, size_t size)
{
	(void)sw_reader_take(reader, size);
}

static inline uint8_t
sw_reader_u8(struct sw_reader *reader)
{
	const uint8_t *b = sw_reader_take(reader, 1);

	return b == NULL ? 0 : b[0];
}

static inline uint16_t
sw_reader_u16(struct sw_reader *reader)
{
	const uint8_t *b = sw_reader_take(reader, 2);

	return b == NULL ? 0 : (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t
sw_reader_u32(struct sw_reader *reader)
{
	const uint8_t *b = sw_reader_take(reader, 4);

	return b == NULL ? 0
			 : (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			       (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

/* Copies size bytes; zeros when cut. */
static inline void
sw_reader_copy(struct sw_reader *reader, uint8_t *to, size_t size)
{
	const uint8_t *b = sw_reader_take(reader, size);

	if (b == NULL)
		memset(to, 0, size);
	else
		memcpy(to, b, size);
}

/*
 * A second reader over a header of constant size, which this reader skips.
 * When a part is missing, this reader is marked as cut, and the second one
 * reads from room, size bytes, with zeros for the missing ones.  Either way the
 * second reader cannot be cut before its end, and compilers see that: reading
 * from it needs no check for each value.
 */
static inline struct sw_reader
sw_reader_head(struct sw_reader *reader, uint8_t *room, size_t size)
{
	size_t left = reader->at_hand - reader->at;
	const uint8_t *b = sw_reader_take(reader, size);

	if (b == NULL) {
		memset(room, 0, size);
		if (reader->bytes != NULL)
			memcpy(room, reader->bytes + reader->at, left);
		reader->at += left;
		b = room;
	}
	return sw_reader_open(b, size);
}

/* A second reader over the next size bytes, which this reader skips; empty and
 * cut when they are not all in the copy. */
static inline struct sw_reader
sw_reader_part(struct sw_reader *reader, size_t size)
{
	const uint8_t *b = sw_reader_take(reader, size);
	struct sw_reader part = sw_reader_open(reader->bytes, 0);

	if (b == NULL)
		part.cut = true;
	else
		part = sw_reader_open(b, size);
	return part;
}

#endif
