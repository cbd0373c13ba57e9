/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distance: the restricted Damerau-Levenshtein distance of two short words.
 * The matrix is computed row by row; a swap looks two rows back.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/distance.h"

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned
sw_distance(const char *a, const char *b)
{
	unsigned rows[3][SW_DISTANCE_WORD + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t n = strlen(b);

	if (n >= SW_DISTANCE_WORD || strlen(a) >= SW_DISTANCE_WORD)
		return SW_DISTANCE_FAR;
	for (unsigned j = 0; j <= n; j++)
		above[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned *unused = before;

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			row[j] = least(above[j - 1] + !same(a[i - 1], b[j - 1]),
			    least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = unused;
	}
	return above[n];
}
