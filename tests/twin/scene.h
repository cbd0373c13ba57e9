/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene: an engine behind the program, and one connection at a time.
 *
 * A packet is given to the program first and, if that leaves it, to the engine,
 * as the kernel and the daemon would; then lanes are opened.
 */
#ifndef SYNWARD_TESTS_SCENE_H
#define SYNWARD_TESTS_SCENE_H

#include "engine/internal.h"
#include "twin.h"

enum scene_way { BY_PROGRAM, BY_ENGINE, DROPPED };

enum { SCENE_INSIDE = 3, SCENE_OUTSIDE = 2 };

/* Packets of a flow before it gets a lane. */
enum { SCENE_AFTER = 4 };

/* Seconds of the scene's timeouts. */
enum { SCENE_ESTABLISHED = 100, SCENE_UNACKNOWLEDGED = 40, SCENE_UDP = 30 };

struct scene {
	struct sw_flow_policy flow_policy;
	struct sw_policy *policy;
	void *memory; /* of the engine */
	struct sw_engine *engine;
	struct sw_lanes lanes;
	struct sw_time now;
};

struct scene_packet {
	unsigned side; /* 0: from the opener */
	uint8_t flags; /* 0: ACK; of UDP nothing counts but payload */
	bool udp;
	uint32_t host; /* the connection's number */
	uint32_t seq, ack, payload;
	uint32_t in;	 /* 0: the usual interface */
	uint16_t window; /* 0: 30000 */
	bool zero_window;
};

struct scene scene_open(enum sw_tracking tracking, uint32_t sets);
void scene_close(struct scene *scene);
/* Another engine over the same memory, as after a crash. */
void scene_crash(struct scene *scene);
/* Goes on under another policy, as a reload does. */
void scene_adopt(struct scene *scene, const struct sw_rule *rules, size_t n);

enum scene_way
scene_send(struct scene *scene, const struct scene_packet *packet);
/* The same past the program. */
enum scene_way
scene_step(struct scene *scene, const struct scene_packet *packet);

/* A connection whose next packet the program carries.  The opener has sent up
 * to 1001, the other up to 5001. */
void scene_begin(struct scene *scene, uint32_t host, bool udp);

/* Its flow, or SW_FLOW_NONE. */
uint32_t scene_flow(const struct scene *scene, uint32_t host, bool udp);
struct sw_endpoints scene_ends(uint32_t host, bool udp);
bool scene_is_fast(const struct scene *scene, uint32_t host, bool udp);

void scene_wait(struct scene *scene, uint64_t ms);

#endif
