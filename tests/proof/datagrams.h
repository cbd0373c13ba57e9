/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagrams: UDP, echoes, protocols without ports, and ICMP errors, in
 * scenes that say of each datagram whether both trackers must agree.
 */
#ifndef SYNWARD_PROOF_DATAGRAMS_H
#define SYNWARD_PROOF_DATAGRAMS_H

#include "compare.h"

/* Differences of datagrams, see doc/DIFFERENCES.md. */
extern const char *const datagrams_differences[][2]; /* name, why; NULL ends */

/* Plays all scenes and writes what came of them.
 * => true when each datagram was as its scene says */
bool datagrams_run(struct compare *compare);

#endif
