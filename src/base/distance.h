/* SPDX-License-Identifier: Apache-2.0 */
/*
 * distance: how many typing errors lie between two words.
 */
#ifndef SYNWARD_BASE_DISTANCE_H
#define SYNWARD_BASE_DISTANCE_H

/* Words of this length or more are far from every other. */
#define SW_DISTANCE_WORD 32
#define SW_DISTANCE_FAR 1000u

/* A letter wrong, missing or too many, or two that are swapped, is one
 * error; capitals are not distinguished.
 * => errors; SW_DISTANCE_FAR when a word is too long */
unsigned sw_distance(const char *a, const char *b);

#endif
