/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip_header: writes the IP header of a packet that synward sends itself.
 */
#ifndef SYNWARD_ENGINE_PACKET_IP_HEADER_H
#define SYNWARD_ENGINE_PACKET_IP_HEADER_H

#include "synward/packet.h"

enum { SW_IP_HEADER_IPV4 = 20, SW_IP_HEADER_IPV6 = 40 };

/* Writes the header of a packet between these addresses that carries `upper`
 * bytes of this protocol.  tos is IPv4's type of service; IPv6 has traffic
 * class 0.  => length of the header */
size_t sw_ip_header_write(uint8_t *ip, const struct sw_endpoints *ends,
    uint8_t proto, uint8_t tos, size_t upper);

/* Sum of the pseudo header, the same under both families because the fields
 * that differ are zero (RFC 9293 3.1, RFC 8200 8.1). */
uint32_t sw_ip_header_pseudo(
    const struct sw_endpoints *ends, uint8_t proto, size_t upper);

#endif
