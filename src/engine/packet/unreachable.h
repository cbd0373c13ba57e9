/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unreachable: the bytes of an ICMP error that says "administratively
 * prohibited".
 */
#ifndef SYNWARD_ENGINE_PACKET_UNREACHABLE_H
#define SYNWARD_ENGINE_PACKET_UNREACHABLE_H

#include "synward/event.h"

/* IPv6 header, ICMP header and the quote. */
#define SW_UNREACHABLE_MAX (40 + 8 + SW_QUOTE_MAX)

/* Writes the datagram: type 3 code 13 (RFC 1812 5.2.7.1), or of ICMPv6 type 1
 * code 1 (RFC 4443 3.1).  => its length */
size_t sw_unreachable_bytes(
    const struct sw_unreachable *told, uint8_t bytes[SW_UNREACHABLE_MAX]);

#endif
