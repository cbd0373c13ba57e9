/* SPDX-License-Identifier: Apache-2.0 */
/*
 * free: both trackers go their own way to the end of each conversation.
 *
 * The step-by-step comparison puts the kernel where we are after each
 * difference, and so hides what builds up.  Here nothing is put right: the
 * conversations are those of modelled hosts (tests/hosts), of which is known
 * which packets are of a live connection, and the kernel is the second
 * opinion: with tcp_be_liberal = 1 it drops next to nothing.
 */
#ifndef SYNWARD_PROOF_FREE_H
#define SYNWARD_PROOF_FREE_H

#include <stdbool.h>
#include <stdint.h>

enum free_outcome { FREE_RIGHT, FREE_WRONG, FREE_SKIPPED };

/* Plays so many packets under a grade of gate_grades[], and writes what came
 * of it. */
enum free_outcome
free_run(const char *grade, uint64_t packets, uint64_t seed, unsigned show);

#endif
