/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: rows of frames and what the link layer makes of them.
 *
 * A frame is written as hex, its headers parted by a space; where IP must
 * begin there is a "|".
 */
#ifndef SYNWARD_TESTS_FRAMES_H
#define SYNWARD_TESTS_FRAMES_H

#include "replay/link_layer.h"

#define FRAME_MOST 256

struct frame_row {
	const char *what;
	uint32_t type;
	const char *frame;
	enum sw_link_outcome outcome;
	uint32_t ifindex;
	bool outgoing;
	/* Of the logs of firewalls and of parts of a frame. */
	uint32_t stated; /* 0: 1000 less what precedes IP */
	uint32_t out_ifindex, mark;
	const char *name; /* NULL: none */
};

/* => length; *ip is the place of the "|", or SIZE_MAX */
size_t frames_bytes(const char *text, uint8_t bytes[FRAME_MOST], size_t *ip);

/* The frame, of 1000 bytes on the wire, has the outcome of its row. */
void frames_expect(const struct frame_row *row);
/* No part of it is taken for IP; a part that lacks only the capture's end is
 * cut, or already known not to be IP; the same bytes as a whole frame are
 * never cut, unless a rule logged no payload. */
void frames_expect_cut(const struct frame_row *row);

#endif
