/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare TCP segment has the same twenty bytes under both families; only the IP
 * header before it and the pseudo header in its checksum differ.
 */

#include <netinet/in.h>
#include <string.h>

#include "engine/packet/checksum.h"
#include "engine/packet/ip_header.h"
#include "engine/packet/segment.h"
#include "engine/packet/writer.h"

enum { TCP_HEADER = 20 };

static void
write_tcp(uint8_t *tcp, const struct sw_send *send)
{
	uint32_t pseudo =
	    sw_ip_header_pseudo(&send->ends, IPPROTO_TCP, TCP_HEADER);

	memset(tcp, 0, TCP_HEADER);
	sw_put_u16(tcp, send->ends.sport);
	sw_put_u16(tcp + 2, send->ends.dport);
	sw_put_u32(tcp + 4, send->seq);
	sw_put_u32(tcp + 8, send->ack);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = send->flags;
	sw_put_u16(tcp + 16,
	    sw_checksum_fold(sw_checksum_sum(pseudo, tcp, TCP_HEADER)));
}

size_t
sw_segment_bytes(const struct sw_send *send, uint8_t bytes[SW_RESET_MAX])
{
	size_t header =
	    sw_ip_header_write(bytes, &send->ends, IPPROTO_TCP, 0, TCP_HEADER);

	write_tcp(bytes + header, send);
	return header + TCP_HEADER;
}
