/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: numbers and moments as people read them, colours, and columns.
 */
#ifndef SYNWARD_CTL_TEXT_H
#define SYNWARD_CTL_TEXT_H

#include <stdint.h>

#include "ctl/command.h"

#define SW_TEXT 32 /* bytes any of the texts below needs */

/* "0.3s" "42s" "5m 3s" "2h 4m" "12d 3h" */
const char *sw_text_duration(double seconds, char text[SW_TEXT]);
/* Nothing rounded off: "30s" "2h" "1h 2m 5s" */
const char *sw_text_timeout(uint64_t seconds, char text[SW_TEXT]);
/* "1,234,567" */
const char *sw_text_count(uint64_t number, char text[SW_TEXT]);
/* The ending of a noun behind the number: "" of one, else "s" */
static inline const char *
sw_text_s(uint64_t number)
{
	return number == 1 ? "" : "s";
}
/* "1.2k" "34M": at most four characters and a letter */
const char *sw_text_short(double number, char text[SW_TEXT]);
/* "512 B" "1.2 KiB" "3.4 GiB" */
const char *sw_text_bytes(double bytes, char text[SW_TEXT]);
/* The same with its zone: "11:02:33 CET" */
const char *sw_text_moment_zone(double seconds, char text[SW_TEXT]);
/* The zone of now: "CET" */
const char *sw_text_zone(char text[SW_TEXT]);
/* "11:02:33" of today, else "2026-11-20 11:02:33"; local time */
const char *sw_text_moment(double seconds, char text[SW_TEXT]);

enum sw_color {
	SW_COLOR_BOLD,
	SW_COLOR_DIM,
	SW_COLOR_RED,
	SW_COLOR_GREEN,
	SW_COLOR_YELLOW,
	SW_COLOR_CYAN,
};

/* What switches the colour on and off: "" where no colour is wanted. */
const char *sw_text_color(const struct sw_ctl *ctl, enum sw_color color);
const char *sw_text_color_off(const struct sw_ctl *ctl);

/*
 * A table whose widths follow from its first rows: those are kept until
 * there are enough of them, so a table of any length takes bounded memory.
 */
#define SW_COLUMNS_MAX 20

/* The list, whose end is counted, fits. */
#define SW_COLUMNS_FIT(list)                                                   \
	_Static_assert(sizeof(list) / sizeof((list)[0]) <= SW_COLUMNS_MAX + 1, \
	    "more columns than there is room for")

struct sw_column {
	const char *name;
	bool right; /* aligned to the right */
};

struct sw_columns {
	const struct sw_ctl *ctl;
	const struct sw_column *list;
	const uint8_t *spare; /* NULL: all are shown */
	size_t n;
	size_t width[SW_COLUMNS_MAX];
	char **kept; /* cells of the first rows */
	size_t rows;
	bool printed; /* the head is; rows are no longer kept */
	bool hidden[SW_COLUMNS_MAX];
};

/* Columns of the terminal that the output goes to; 0: there is none, or --wide
 * was given, and nothing is left out. */
size_t sw_text_width(const struct sw_ctl *ctl);

/* list ends with name NULL and stays the caller's. */
void sw_text_columns_begin(struct sw_columns *columns, const struct sw_ctl *ctl,
    const struct sw_column *list);
/* Columns that may be left out where the lines would be too long for the
 * terminal: those with the highest number first, those with 0 never.
 * => spare stays the caller's, a number for each column */
void sw_text_columns_spare(struct sw_columns *columns, const uint8_t *spare);
void sw_text_columns_row(struct sw_columns *columns, const char *const cells[]);
/* Prints what is kept; without a row nothing is printed. */
void sw_text_columns_end(struct sw_columns *columns);

#endif
