/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence_internal: what is in the memory of silences.
 *
 * report/silence.c writes it, report/silence_rows.c finds rows in it, and
 * report/silence_sums.c adds them up.
 */
#ifndef SYNWARD_REPORT_SILENCE_INTERNAL_H
#define SYNWARD_REPORT_SILENCE_INTERNAL_H

#include "report/silence_rows.h"

/* A connection that was cut, and went on. */
struct sw_silence_met {
	uint64_t key; /* of its ends; 0: none */
	struct sw_time ended, late;
	uint64_t row_key;
	uint32_t row; /* where it is counted */
	uint32_t seconds;
	uint32_t seq, payload; /* of its last late packet */
	uint8_t keepalive, from_opener;
};

#define SW_SILENCE_MET_SETS 4096u
#define SW_SILENCE_MET_WAYS 4u

struct sw_silences {
	struct sw_silence_rows rows;
	struct sw_silence_met met[SW_SILENCE_MET_SETS][SW_SILENCE_MET_WAYS];
	uint32_t longest[SW_RULE_SLOTS][SW_TIMEOUT_COUNT];
};

#endif
