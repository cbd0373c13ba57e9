/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key has 32 bits of slice, 16 of rule, 8 of timeout, one for both, and one
 * that is always set.
 */
#include <string.h>

#include "report/mix.h"
#include "report/silence_rows.h"

enum { KEY_SET = 0x01, KEY_BOTH = 0x02, KEY_SPARE = 0xfc };

static const uint32_t bounds[] = SW_SILENCE_BOUNDS;

_Static_assert(sizeof bounds / sizeof bounds[0] == SW_SILENCE_BUCKETS - 1,
    "the last bucket has no bound");
_Static_assert(sizeof(struct sw_silence_row) % 8 == 0, "rows are aligned");

uint32_t
sw_silence_rows_bound(unsigned bucket)
{
	return bucket < SW_SILENCE_BUCKETS - 1 ? bounds[bucket] : UINT32_MAX;
}

unsigned
sw_silence_rows_bucket(uint32_t seconds)
{
	unsigned bucket = 0;

	while (bucket < SW_SILENCE_BUCKETS - 1 && seconds >= bounds[bucket])
		bucket++;
	return bucket;
}

static uint64_t
slice_of(struct sw_time time)
{
	return time.ns / SW_NS_PER_SECOND / SW_SILENCE_SLICE;
}

static uint64_t
key_of(const struct sw_silence_what *what, struct sw_time now)
{
	return slice_of(now) << 32 | (uint64_t)what->rule << 16 |
	       (uint64_t)what->timeout << 8 | (what->both ? KEY_BOTH : 0) |
	       KEY_SET;
}

/* What is known begins after the slice of the row that is taken. */
static void
forget(struct sw_silence_rows *rows, uint64_t key)
{
	uint64_t after =
	    ((key >> 32) + 1) * SW_SILENCE_SLICE * SW_NS_PER_SECOND;

	if (key != 0 && after > rows->forgotten)
		__atomic_store_n(&rows->forgotten, after, __ATOMIC_RELAXED);
}

struct sw_silence_row *
sw_silence_rows_find(struct sw_silence_rows *rows,
    const struct sw_silence_what *what, struct sw_time now)
{
	uint64_t key = key_of(what, now);
	struct sw_silence_row *set =
	    &rows->rows[sw_mix_word(0, key) % SW_SILENCE_SETS *
			SW_SILENCE_WAYS];
	struct sw_silence_row *oldest = set;

	for (unsigned i = 0; i < SW_SILENCE_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key < oldest->key)
			oldest = &set[i];
	}
	forget(rows, oldest->key);
	__atomic_store_n(&oldest->key, 0, __ATOMIC_RELEASE);
	memset((uint8_t *)oldest + sizeof oldest->key, 0,
	    sizeof *oldest - sizeof oldest->key);
	__atomic_store_n(&oldest->key, key, __ATOMIC_RELEASE);
	return oldest;
}

bool
sw_silence_rows_read(const struct sw_silence_row *row,
    struct sw_silence_what *what, uint64_t *slice)
{
	uint64_t key = __atomic_load_n(&row->key, __ATOMIC_ACQUIRE);

	what->rule = (uint16_t)(key >> 16);
	what->timeout = (uint8_t)(key >> 8);
	what->both = key & KEY_BOTH;
	*slice = key >> 32;
	return key & KEY_SET && !(key & KEY_SPARE) &&
	       what->rule < SW_RULE_SLOTS && what->timeout < SW_TIMEOUT_COUNT;
}
