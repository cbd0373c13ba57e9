/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distinct_count: counts distinct values.
 *
 * The count is exact until the array is full, then an estimate: only hashes
 * that end in `level` zero bits are kept, and each of them represents 2^level.
 * With a hundred kept hashes the error is about a tenth.
 */
#ifndef SYNWARD_REPORT_DISTINCT_COUNT_H
#define SYNWARD_REPORT_DISTINCT_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#define SW_DISTINCT_ROOM 128

struct sw_distinct_count {
	uint32_t kept[SW_DISTINCT_ROOM];
	uint8_t n, level;
};

/* hash: well mixed, and equal for equal values. */
void sw_distinct_count_add(struct sw_distinct_count *distinct, uint32_t hash);

/* => the count, with two significant digits when it is an estimate */
uint32_t sw_distinct_count_count(const struct sw_distinct_count *distinct);

#endif
