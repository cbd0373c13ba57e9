/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tapes: what was once said on a real network, said again to both trackers.
 */
#ifndef SYNWARD_PROOF_TAPES_H
#define SYNWARD_PROOF_TAPES_H

#include "report.h"

/* Plays the TCP conversations of a capture, one after the other, between
 * ends of our own.  => false after saying on stderr why not */
bool
tapes_play(struct compare *compare, struct report *report, const char *file);

#endif
