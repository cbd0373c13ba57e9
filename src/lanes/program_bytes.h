/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program_bytes: src/bpf/needs_daemon.bpf.c as clang has compiled it; the
 * build makes the array.
 */
#ifndef SYNWARD_LANES_PROGRAM_BYTES_H
#define SYNWARD_LANES_PROGRAM_BYTES_H

#include <stddef.h>

extern const unsigned char sw_lane_program_bytes[];
extern const size_t sw_lane_program_bytes_length;

#endif
