/* SPDX-License-Identifier: Apache-2.0 */
/*
 * associations: SCTP, chunk by chunk, through both trackers.
 *
 * Every chunk, with every kind of tag, in every state and after every other
 * chunk; then random conversations.
 */
#ifndef SYNWARD_PROOF_ASSOCIATIONS_H
#define SYNWARD_PROOF_ASSOCIATIONS_H

#include "compare.h"

/* Differences of associations, see doc/DIFFERENCES.md. */
extern const char *const associations_differences[][2]; /* NULL ends */

/* Plays at least so many random packets after all that is enumerated; shows
 * the first few unexplained differences with what went before.
 * => true when each difference was one that is meant */
bool associations_run(
    struct compare *compare, uint64_t packets, uint64_t seed, unsigned show);

#endif
