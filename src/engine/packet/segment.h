/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment: the bytes of a segment that synward itself sends.
 *
 * Resets and probes are bare TCP headers after an IP header, made from a struct
 * sw_send, with both checksums.
 */
#ifndef SYNWARD_ENGINE_PACKET_SEGMENT_H
#define SYNWARD_ENGINE_PACKET_SEGMENT_H

#include "synward/event.h"

#define SW_RESET_MAX 60 /* IPv6 header and TCP header */

/* Writes the datagram: IP header (hop limit 64), TCP header, no data.
 * => its length, 40 or 60 */
size_t
sw_segment_bytes(const struct sw_send *send, uint8_t bytes[SW_RESET_MAX]);

#endif
