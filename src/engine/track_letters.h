/* SPDX-License-Identifier: Apache-2.0 */
/*
 * track_letters: what each side of a flow has shown, in letters.
 *
 * Capitals are the opener's: S an opening packet, H the answer to it, A an
 * acknowledgement, D data, F the wish to close, R a reset, W a closed window.
 */
#ifndef SYNWARD_ENGINE_TRACK_LETTERS_H
#define SYNWARD_ENGINE_TRACK_LETTERS_H

#include "engine/internal.h"

enum sw_track_letter {
	SW_TRACK_LETTER_S = 0x01,
	SW_TRACK_LETTER_H = 0x02,
	SW_TRACK_LETTER_A = 0x04,
	SW_TRACK_LETTER_D = 0x08,
	SW_TRACK_LETTER_F = 0x10,
	SW_TRACK_LETTER_R = 0x20,
	SW_TRACK_LETTER_W = 0x40,
};

/* Adds the letters of the set that the side shows for the first time. */
void sw_track_letters_write(
    struct sw_engine *engine, uint32_t index, unsigned direction, unsigned set);

/* Adds those of this packet. */
void sw_track_letters_note(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction);

#endif
