/* SPDX-License-Identifier: Apache-2.0 */
/*
 * must: what a fuzz target holds to be true of every input.  Told on stderr
 * before the fuzzer keeps the input.
 */
#ifndef SYNWARD_FUZZ_MUST_H
#define SYNWARD_FUZZ_MUST_H

#ifdef NDEBUG
#error "a fuzzer without assertions: see SYNWARD_FUZZ in cmake/flags.cmake"
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void
must_hold(bool true_here, const char *what, int line)
{
	if (true_here)
		return;
	fprintf(stderr, "line %d: must hold: %s\n", line, what);
	abort();
}

#define MUST(what) must_hold((what), #what, __LINE__)

#endif
