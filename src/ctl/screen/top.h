/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top: the parts of the live screen.
 *
 *	ctl/screen/data.c	what is known: asks the daemon, remembers rates
 *	ctl/screen/view.c	what is shown of it: lines for a screen of some size
 *	ctl/screen/top.c		keys, the terminal, and --batch
 */
#ifndef SYNWARD_CTL_SCREEN_TOP_H
#define SYNWARD_CTL_SCREEN_TOP_H

#include "ctl/talk.h"

enum {
	SW_TOP_SAMPLES = 240,
	SW_TOP_LINE = 1024, /* bytes of a line */
	SW_TOP_FILTER = 256,
	SW_TOP_BUSY = 200, /* flows asked for */
};

enum sw_top_sort {
	SW_TOP_RATE,
	SW_TOP_BYTES,
	SW_TOP_PACKETS,
	SW_TOP_AGE,
	SW_TOP_IDLE,
	SW_TOP_SORTS
};

enum sw_top_panel { SW_TOP_CAUSES, SW_TOP_INCIDENTS, SW_TOP_PANELS };

/* A second's worth of what the counters say. */
struct sw_top_rates {
	double passed, dropped, bytes, opened;
};

struct sw_top {
	const struct sw_ctl *ctl;
	double delay; /* seconds */
	enum sw_top_sort sort;
	enum sw_top_panel panel;
	bool reverse, paused, help;
	char filter[SW_TOP_FILTER]; /* conditions, separated by spaces */
	int code;		    /* of the last look; 0: it went well */
	json_t *status, *before;    /* this look's and the one before */
	json_t *queues, *busy, *incidents;	   /* arrays */
	struct sw_top_rates rates[SW_TOP_SAMPLES]; /* the newest first */
	size_t n_rates;
};

/* How a line is drawn. */
enum sw_top_style {
	SW_TOP_PLAIN,
	SW_TOP_BOLD,
	SW_TOP_HEAD,
	SW_TOP_DIM,
	SW_TOP_RED,
};

struct sw_top_line {
	enum sw_top_style style;
	char text[SW_TOP_LINE];
};

/* Asks for everything.  On failure the former look stays. */
void sw_top_data_look(struct sw_top *top);
void sw_top_data_free(struct sw_top *top);

/* Understands what was typed: conditions, or bare words such as an address,
 * a port, a state or a rule.  => false, and why */
bool sw_top_data_set_filter(
    struct sw_top *top, const char *typed, char *why, size_t size);

/* Drops of this cause a second, since the look before. */
double sw_top_data_cause_rate(const struct sw_top *top, const char *cause);

/* Fills lines for a screen of this size.
 * => how many lines */
size_t sw_top_view(struct sw_top *top, struct sw_top_line *lines, size_t rows,
    size_t columns, bool unicode);

#endif
