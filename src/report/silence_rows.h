/* SPDX-License-Identifier: Apache-2.0 */
/*
 * silence_rows: the histograms in memory.
 *
 * A row is for a rule, a timeout and a slice of three hours.  Rows are found by
 * a hash in sets of a few places, so memory is fixed; where a set is full, its
 * oldest row gives way, and what is known begins after that row's slice.  The
 * memory may be another process's that was killed: a row's key is written last,
 * and any number is a valid count.
 */
#ifndef SYNWARD_REPORT_SILENCE_ROWS_H
#define SYNWARD_REPORT_SILENCE_ROWS_H

#include "report/silence.h"

#define SW_SILENCE_SLICE 10800u /* seconds */
#define SW_SILENCE_DAY 86400u

/* The bounds of the buckets, in seconds: those that people write.  The last
 * bucket has none. */
#define SW_SILENCE_BOUNDS                                                     \
	{                                                                     \
		5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, \
		    7440, 14400, 21600, 28800, 43200, 86400, 172800, 432000   \
	}
#define SW_SILENCE_BUCKETS 22

/* => the bound that silences of this bucket are shorter than; UINT32_MAX for
 *    the last bucket */
uint32_t sw_silence_rows_bound(unsigned bucket);
unsigned sw_silence_rows_bucket(uint32_t seconds);

/* Number of silences by what ended them. */
struct sw_silence_count {
	uint32_t data, keepalive;
};

/* What a row counts.  both: the timeout of the state was too short, and so was
 * that for what is not acknowledged. */
struct sw_silence_what {
	uint16_t rule;
	uint8_t timeout; /* enum sw_timeout */
	bool both;
};

struct sw_silence_row {
	uint64_t key; /* 0: free */
	struct sw_silence_count survived[SW_SILENCE_BUCKETS];
	struct sw_silence_count cut[SW_SILENCE_BUCKETS];
	uint32_t ended; /* flows that this timeout has ended */
	uint32_t zero;
};

#define SW_SILENCE_SETS 512u
#define SW_SILENCE_WAYS 16u

struct sw_silence_rows {
	uint64_t began;	    /* ns; 0: not yet */
	uint64_t forgotten; /* ns: rows of slices before are incomplete */
	struct sw_silence_row rows[SW_SILENCE_SETS * SW_SILENCE_WAYS];
};

/* The row for now, a new one if needed. */
struct sw_silence_row *sw_silence_rows_find(struct sw_silence_rows *rows,
    const struct sw_silence_what *what, struct sw_time now);

/* Splits a key.
 * => false when it is free, or nothing that a row has */
bool sw_silence_rows_read(const struct sw_silence_row *row,
    struct sw_silence_what *what, uint64_t *slice);

/* Counts of a row may be read while they are written. */
static inline void
sw_silence_rows_add(uint32_t *count, int32_t more)
{
	uint32_t sum =
	    __atomic_load_n(count, __ATOMIC_RELAXED) + (uint32_t)more;

	__atomic_store_n(count, sum, __ATOMIC_RELAXED);
}

static inline uint32_t
sw_silence_rows_get(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

#endif
