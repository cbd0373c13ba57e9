/* SPDX-License-Identifier: Apache-2.0 */
/*
 * astray: an established flow, and what is kept beside it, for segments that
 * come from elsewhere.
 *
 * The client has sent up to 100,000 and the server up to 500,000; the client
 * advertised 2,000 and the server 70,000 bytes.  All is acknowledged, and
 * nothing is noted.
 */
#ifndef SYNWARD_SUPPORT_ASTRAY_H
#define SYNWARD_SUPPORT_ASTRAY_H

#include "engine/tcp/lost.h"

#define C_END 100000u
#define S_END 500000u
#define C_WINDOW 2000u
#define S_WINDOW 70000u
#define C_REACH (2 * S_WINDOW) /* of the client, who is granted S_WINDOW */
#define S_REACH (2 * C_WINDOW)
/* Where both hosts may be, out of reach. */
#define FAR_C 5000000u
#define FAR_S 9000000u
#define NOW 640000u /* tick */

struct astray {
	struct sw_flow flow;
	struct sw_flow_history history;
	struct sw_cold cold;
	struct sw_lost lost;
};

void astray_set(struct astray *astray);

/* Moves the moment. */
void astray_wait(struct astray *astray, uint32_t ticks);

/* Its window is 1,500, not scaled. */
struct sw_tcp_segment
astray_segment(const char *flags, uint32_t seq, uint32_t ack, uint32_t payload);

/* Fails the test unless the side is so. */
void astray_check(const struct sw_flow *flow, unsigned side,
    struct sw_peer expected, uint8_t flags);

/* As sw_shadow_note(), of such a segment. */
void astray_note(struct astray *a, unsigned direction, const char *flags,
    uint32_t seq, uint32_t ack, uint32_t payload);

struct sw_flow astray_shadow(const struct astray *a);

/* Both sides show a segment at the far numbers, and after so many ticks the
 * next; the last of them is the server's. */
void astray_last_for(struct astray *a, uint32_t ticks);

#endif
