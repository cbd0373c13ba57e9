/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenes: what once went wrong in a tracker, segment by segment.
 *
 * The Linux kernel tests its tracker with six sequences, each of which broke
 * real connections before (tools/testing/selftests/net/netfilter/packetdrill).
 * They are played to both trackers; of ours each verdict and state is
 * written down.
 */
#ifndef SYNWARD_PROOF_SCENES_H
#define SYNWARD_PROOF_SCENES_H

#include "report.h"

/* => each segment was as its scene says, here and in the kernel or by one of
 * the differences that are meant */
bool scenes_run(struct compare *compare, struct report *report);

#endif
