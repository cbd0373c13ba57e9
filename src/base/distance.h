/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distance: the number of typing errors between two words.
 */
#ifndef SYNWARD_BASE_DISTANCE_H
#define SYNWARD_BASE_DISTANCE_H

/* A word of this length or longer counts as far from every other word. */
#define SW_DISTANCE_WORD 32
#define SW_DISTANCE_FAR 1000u

/* Counts one error for each letter that is wrong, missing or extra and for each
 * two neighbours that are swapped; upper and lower case are equal.
 * => the number of errors; SW_DISTANCE_FAR when a word is too long */
unsigned sw_distance(const char *a, const char *b);

#endif
