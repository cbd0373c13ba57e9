/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks: SCTP packets for tests, as the bytes that follow IP, with a right
 * CRC32c.  It shares no code with the parser, so that each checks the other.
 */
#ifndef SYNWARD_SUPPORT_CHUNKS_H
#define SYNWARD_SUPPORT_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#define CHUNKS_MAX 8
#define CHUNKS_BYTES 512

struct chunk {
	uint8_t type;	 /* as on the wire */
	uint8_t flags;	 /* 1: the T bit */
	uint32_t tag;	 /* INIT, INIT ACK: initiate tag */
	uint16_t body;	 /* bytes after the chunk's header; 0: as customary */
	uint16_t length; /* what the header states; 0: what is true */
};

struct chunks {
	uint16_t sport, dport;
	uint32_t tag; /* verification tag */
	unsigned n;
	struct chunk chunk[CHUNKS_MAX];
};

/* => length; bytes has room for CHUNKS_BYTES */
size_t chunks_bytes(const struct chunks *chunks, uint8_t *bytes);

/* The CRC32c of SCTP (RFC 9260 appendix A), as a number that is written with
 * its lowest byte first. */
uint32_t chunks_crc(const uint8_t *bytes, size_t length);

#endif
