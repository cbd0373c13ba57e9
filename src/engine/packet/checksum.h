/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksum: the Internet checksum (RFC 1071).
 */
#ifndef SYNWARD_ENGINE_PACKET_CHECKSUM_H
#define SYNWARD_ENGINE_PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds bytes to a sum; an odd one at the end counts as if a zero followed. */
static inline uint32_t
sw_checksum_sum(uint32_t so_far, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		so_far += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return length % 2 ? so_far + ((uint32_t)bytes[length - 1] << 8)
			  : so_far;
}

static inline uint16_t
sw_checksum_fold(uint32_t total)
{
	while (total > 0xffff)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

#endif
