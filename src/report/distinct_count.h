/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distinct: how many different ones were there?
 *
 * Exact up to its room, then an estimate: of all hashes seen only those
 * are kept that end in level zero bits, and each kept one stands for
 * 2^level.  A hundred kept give an error of about a tenth.
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

/* hash: well mixed, equal for what is the same. */
void sw_distinct_count_add(struct sw_distinct_count *distinct, uint32_t hash);

/* => two digits of it when it is an estimate */
uint32_t sw_distinct_count_count(const struct sw_distinct_count *distinct);

#endif
