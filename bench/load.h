/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: an engine and chunks of packets for it.
 *
 * A chunk is chosen (which flows), made (which packets), stepped (from bytes
 * to verdicts, the part to be timed) and drained (its events thrown away).
 */
#ifndef SYNWARD_BENCH_LOAD_H
#define SYNWARD_BENCH_LOAD_H

#include "meter.h"
#include "synward/engine.h"
#include "wire.h"

struct load {
	uint8_t family;
	uint32_t flows;
	struct wire_progress *progress;
	uint64_t seed;
	uint64_t stride; /* spreads the ranks of a Zipf draw */
	struct sw_limits limits;
	struct sw_policy *policy;
	void *memory;
	struct sw_engine *engine;
	struct sw_time now;
	uint32_t flow[METER_CHUNK];
	uint32_t length[METER_CHUNK];
	enum sw_verdict verdict[METER_CHUNK];
	uint8_t bytes[METER_CHUNK][WIRE_MAX];
};

/* room: flows the engine takes, in percent of flows. */
void
load_open(struct load *load, uint8_t family, uint32_t flows, uint32_t room);
void load_close(struct load *load);

/* Which flows: first and the following; or at random, of equal chance or
 * with chances as of Zipf's law. */
void load_sequence(struct load *load, uint32_t first);
void load_choose(struct load *load, bool zipf);
/* The chosen ones become flows that do not exist. */
void load_strangers(struct load *load);

/* One packet of each chosen flow; or data or an acknowledgement of it, in
 * either direction. */
void load_packets(struct load *load, enum wire_kind kind, unsigned direction);
void load_traffic(struct load *load);

/* Parses and steps the chunk in batches. */
void load_step(struct load *load);
/* Parses and looks up the batch that begins there.  => flows found */
uint32_t load_look_up(struct load *load, uint32_t from);

uint32_t load_passed(const struct load *load);
uint32_t load_live(const struct load *load);
void load_drain(struct load *load);

#endif
