/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mix: a fast hash of memory, eight bytes at a time.
 *
 * It serves sums against accidents and small tables of bounded chains, and is
 * not made to be unpredictable.  Sums and incident hashes outlive the process
 * in shared memory, so what it returns must stay the same.
 */
#ifndef SYNWARD_REPORT_MIX_H
#define SYNWARD_REPORT_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
sw_mix_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

/* The last word is filled up with zeros: where n varies, the caller starts
 * from a hash that n is part of. */
static inline uint64_t
sw_mix_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t word;

	for (; n >= sizeof word; n -= sizeof word, at += sizeof word) {
		memcpy(&word, at, sizeof word);
		hash = sw_mix_word(hash, word);
	}
	word = 0;
	memcpy(&word, at, n);
	return sw_mix_word(hash, word);
}

#endif
