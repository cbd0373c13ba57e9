/* SPDX-License-Identifier: Apache-2.0 */
#include "chunks.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 12u
#define CHUNK 4u

static size_t
put16(uint8_t *to, unsigned value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return 2;
}

static size_t
put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value & 0xffff);
	return 4;
}

/* Bit by bit: tests have the time. */
uint32_t
chunks_crc(const uint8_t *bytes, size_t length)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

/* Of chunks that have a body at all. */
static size_t
customary(uint8_t type)
{
	static const uint8_t body[] = {
		[0] = 16, /* DATA */
		[1] = 16, /* INIT */
		[2] = 16,
		[3] = 12, /* SACK */
		[4] = 12, /* HEARTBEAT */
		[5] = 12,
		[7] = 4,   /* SHUTDOWN */
		[9] = 4,   /* ERROR */
		[10] = 16, /* COOKIE ECHO */
		[15] = 8,
	};

	return type < sizeof(body) ? body[type] : 8;
}

static size_t
put_chunk(uint8_t *to, const struct chunk *chunk)
{
	size_t body = chunk->body ? chunk->body : customary(chunk->type);
	size_t at = 0;

	to[at++] = chunk->type;
	to[at++] = chunk->flags;
	at += put16(
	    to + at, chunk->length ? chunk->length : (unsigned)(CHUNK + body));
	memset(to + at, 0, (body + 3) & ~(size_t)3);
	if ((chunk->type == 1 || chunk->type == 2) && body >= 16) {
		put32(to + at, chunk->tag);
		put32(to + at + 4, 65535);
		put32(to + at + 8, 1u << 16 | 1u);
		put32(to + at + 12, chunk->tag);
	}
	return at + ((body + 3) & ~(size_t)3);
}

size_t
chunks_bytes(const struct chunks *chunks, uint8_t *bytes)
{
	size_t at = HEADER;
	uint32_t crc;

	put16(bytes, chunks->sport);
	put16(bytes + 2, chunks->dport);
	put32(bytes + 4, chunks->tag);
	put32(bytes + 8, 0);
	for (unsigned i = 0; i < chunks->n; i++) {
		if (at + chunks->chunk[i].body + 32 > CHUNKS_BYTES)
			abort();
		at += put_chunk(bytes + at, &chunks->chunk[i]);
	}
	crc = chunks_crc(bytes, at);
	for (int i = 0; i < 4; i++)
		bytes[8 + i] = (uint8_t)(crc >> 8 * i);
	return at;
}
