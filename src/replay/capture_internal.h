/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_internal: what the two readers of capture files share.
 *
 * replay/capture.c opens the file, identifies its format by the first bytes and
 * calls one of the readers: libpcap for pcap, replay/capture_pcapng.c for
 * pcapng.  replay/capture_interfaces.c keeps the names of the interfaces.
 */
#ifndef SYNWARD_REPLAY_CAPTURE_INTERNAL_H
#define SYNWARD_REPLAY_CAPTURE_INTERNAL_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "replay/capture.h"
#include "unpack/unpack.h"

/* An interface as a section of a pcapng file describes it. */
struct sw_ng_interface {
	uint32_t link;
	uint32_t snaplen; /* 0 = no limit */
	uint64_t units;	  /* units of a time stamp per second */
	int64_t offset;	  /* seconds to add to them */
	uint32_t index;	  /* index in sw_capture.names, plus 1 */
};

struct sw_ng {
	bool swapped; /* this section has the other byte order */
	struct sw_ng_interface *list; /* interfaces of this section, by id */
	uint32_t n, room;
	uint8_t *block; /* the current block */
	size_t block_room;
};

struct sw_capture {
	FILE *file;	 /* for replay/capture_pcapng.c; libpcap has its own */
	pcap_t *classic; /* NULL: pcapng */
	FILE *packed;	 /* the file itself, if it is compressed */
	struct sw_unpack *unpack;
	uint64_t position, size;
	uint64_t frames;
	struct sw_time latest; /* time of the last record */
	uint32_t link;	       /* link type of a pcap file */
	struct sw_ng ng;
	char (*names)[SW_CAPTURE_NAME]; /* names of all sections' interfaces */
	uint32_t n_names, names_room;
	bool damaged;
	char error[SW_CAPTURE_ERROR];
};

/* Records the damage and its position.
 * => -1 */
int sw_capture_damaged(struct sw_capture *capture, uint64_t at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

#define SW_CAPTURE_INTERFACES (1u << 16) /* of a file, at most */

/* The index of the interface that a section describes at this position, from 0.
 * => 0 when there is no room */
uint32_t sw_capture_interface_at(
    struct sw_capture *capture, uint32_t position, const char *name);

/* Doubles the room of a list of elements with this size.
 * => the list, moved, or NULL */
void *sw_capture_interfaces_grow(void *list, uint32_t *room, size_t each);

/* => like sw_capture_next() */
int
sw_capture_pcapng_next(struct sw_capture *capture, struct sw_record *record);
void sw_capture_pcapng_close(struct sw_ng *ng);

#endif
