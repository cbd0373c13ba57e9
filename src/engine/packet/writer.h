/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer: writes numbers in network byte order.
 *
 * The counterpart of engine/packet/reader.h, without bounds, because the code
 * that makes a packet knows its length.
 */
#ifndef SYNWARD_ENGINE_PACKET_WRITER_H
#define SYNWARD_ENGINE_PACKET_WRITER_H

#include <stdint.h>

/* The lower 16 bits, at at[0] and at[1]. */
static inline void
sw_put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void
sw_put_u32(uint8_t *at, uint32_t value)
{
	sw_put_u16(at, value >> 16);
	sw_put_u16(at + 2, value);
}

#endif
