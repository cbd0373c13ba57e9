/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader: the one way to look at bytes from outside.
 *
 * A reader walks once from front to back over a datagram of which perhaps
 * only the beginning is at hand.  It knows both ends: what may be read, and
 * how long the datagram truly is.  Reading past either sets an error that
 * sticks, and from then on every value read is 0; so a parser reads all it
 * wants and asks once, at the end, whether it was there.
 */
#ifndef SYNWARD_ENGINE_PACKET_READER_H
#define SYNWARD_ENGINE_PACKET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sw_reader {
	const uint8_t *bytes;
	size_t at;	 /* next byte to read, never past at_hand */
	size_t at_hand;	 /* bytes that may be read */
	size_t length;	 /* bytes there truly are, never below at_hand */
	bool cut;	 /* something was read that is not there */
	bool short_copy; /* it is there, but not at hand */
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

/* The true length, counted from the first byte; less or more than what is
 * at hand. */
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

/* Bytes that truly follow, at hand or not. */
static inline size_t
sw_reader_left(const struct sw_reader *reader)
{
	return reader->length - reader->at;
}

/* Steps over size bytes.  => where they are, or NULL when cut */
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
 * A reader over a header of constant size, which this one steps over.  Where
 * some of it is not at hand this reader is cut, and the other reads from
 * room, size bytes, with zeros in their place.  Either way the other can
 * not be cut before its end, and compilers see that: reading from it needs
 * no check for each value.
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

/* A reader over the next size bytes, which this one steps over; empty and
 * cut when they are not all at hand. */
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
