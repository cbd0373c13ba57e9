/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differences: where synward means to differ from the kernel, and why.
 *
 * Each has a name, by which doc/DIFFERENCES.md gives the reason at length,
 * and a test that recognises it from what both trackers held before the
 * segment and made of it.  A difference that none recognises is a fault of
 * ours until proven otherwise.
 */
#ifndef SYNWARD_PROOF_DIFFERENCES_H
#define SYNWARD_PROOF_DIFFERENCES_H

#include "compare.h"

#define DIFFERENCES_MAX 48
#define DIFFERENCE_NONE (-1)	/* there is none */
#define DIFFERENCE_STRANGE (-2) /* not in the table */

struct difference {
	const char *name;
	const char *why; /* one line */
	bool (*is)(const struct outcome *outcome);
	/* Do windows or opener differ from here on, which can not be put
	 * right from outside?  NULL: no */
	bool (*parts)(const struct outcome *outcome);
};

extern const struct difference differences[];
extern const unsigned differences_n;

/* => index into differences, or DIFFERENCE_STRANGE */
int difference_of(const struct outcome *outcome);

/* May the windows they keep differ from here on, though the outcome does not
 * show it?  An RST that passes moves the kernel's. */
bool difference_hides(const struct outcome *outcome);

#endif
