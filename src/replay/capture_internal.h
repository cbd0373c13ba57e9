/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_part: what the two readers of capture files share.
 *
 * replay/capture.c opens the file, knows from its first bytes what it is and hands
 * it to one of the readers: libpcap's for pcap, replay/capture_pcapng.c for pcapng.
 */
#ifndef SYNWARD_REPLAY_CAPTURE_INTERNAL_H
#define SYNWARD_REPLAY_CAPTURE_INTERNAL_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "replay/capture.h"

/* An interface as one section of a pcapng file describes it. */
struct sw_ng_interface {
	uint32_t link;
	uint32_t snaplen; /* 0 = no limit */
	uint64_t units;	  /* of its time stamps in a second */
	int64_t offset;	  /* seconds to add to them */
	uint32_t index;	  /* in sw_capture.names, plus 1 */
};

struct sw_ng {
	bool swapped; /* this section is of the other byte order */
	struct sw_ng_interface *list; /* of this section, by id */
	uint32_t n, room;
	uint8_t *block; /* the block being read */
	size_t block_room;
};

struct sw_capture {
	FILE *file; /* read by replay/capture_pcapng.c; libpcap has its own */
	pcap_t *classic; /* NULL: pcapng */
	uint64_t position, size;
	uint64_t frames;
	struct sw_time latest; /* of the last record */
	uint32_t link;	       /* of a pcap file */
	struct sw_ng ng;
	char (*names)[SW_CAPTURE_NAME]; /* of all sections' interfaces */
	uint32_t n_names, names_room;
	bool damaged;
	char error[SW_CAPTURE_ERROR];
};

/* Notes the damage, with the place it was met at.  => -1 */
int sw_capture_damaged(struct sw_capture *capture, uint64_t at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* => as sw_capture_next() */
int
sw_capture_pcapng_next(struct sw_capture *capture, struct sw_record *record);
void sw_capture_pcapng_close(struct sw_ng *ng);

#endif
