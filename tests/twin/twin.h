/* SPDX-License-Identifier: Apache-2.0 */
/*
 * twin: the kernel's program, compiled for this process.
 *
 * The same source as the kernel runs, so tests may choose its clock, its
 * packets and its lanes.  Several threads may run it over the same lanes.
 */
#ifndef SYNWARD_TESTS_TWIN_H
#define SYNWARD_TESTS_TWIN_H

#include "engine/table/lane.h"
#include "synward/lanes.h"

/* Lanes of so many sets, open for use, that a test frees. */
struct sw_lanes twin_open(uint32_t sets);
void twin_close(struct sw_lanes *lanes);

/* Runs the program on the bytes of an IP datagram.
 * => true when the daemon has to see it */
bool twin_needs_daemon(const struct sw_lanes *lanes, const uint8_t *bytes,
    uint32_t length, uint32_t in, uint64_t ns);

/* What another processor does in the next run, after the program has found a
 * lane and before it owns it. */
void twin_interrupt(void (*interruption)(void));

#endif
