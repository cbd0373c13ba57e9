/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunks: an SCTP packet from three bytes of a fuzzer's input.
 *
 * Up to three chunks, and tags from a small set, so that they often fit.
 */
#ifndef SYNWARD_FUZZ_CHUNKS_H
#define SYNWARD_FUZZ_CHUNKS_H

#include "synward/packet.h"

static inline void
chunks_from(unsigned kinds, unsigned tags, struct sw_sctp_packet *sctp)
{
	sctp->steps = (uint8_t)(kinds % 3 + 1);
	sctp->reflects = (uint16_t)(kinds >> 2 & 3);
	for (unsigned i = 0; i < sctp->steps; i++) {
		sctp->step[i] = (kinds >> (4 + 4 * i) & 15) % SW_SCTP_OTHER;
		sctp->chunks |= (uint16_t)(1u << sctp->step[i]);
	}
	sctp->init_tag = 1 + (tags & 3);
	if (!sw_sctp_has(sctp, SW_SCTP_INIT))
		sctp->tag = 1 + (tags >> 2 & 3);
}

#endif
