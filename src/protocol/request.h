/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: a client's request, parsed from one line of text.
 *
 *	synward/1 COMMAND [WORD]...
 *
 * Spaces separate words; a word with spaces is in double quotes,
 * where a backslash makes the next character an ordinary one.  A word is a
 * condition of a filter (see protocol/filter.h), an option by name, or an
 * option with a value, such as limit=10.
 *
 * explain takes what is known: from= alone, from= and to=, and either without
 * a port, which then may be any; proto= may be missing, too.
 */
#ifndef SYNWARD_PROTOCOL_REQUEST_H
#define SYNWARD_PROTOCOL_REQUEST_H

#include "protocol/filter.h"

#define SW_CONTROL_VERSION 1
#define SW_REQUEST_MAX 4096 /* bytes, the newline included */
#define SW_REQUEST_WHY 256

/* X(name, text, changes, words it takes) */
#define SW_REQUEST_MAP(X)                                                   \
	X(STATUS, "status", false, 0)                                       \
	X(FLOWS, "flows", false,                                            \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_SORT)                  \
	X(BUSIEST, "busiest", false, SW_WORD_FILTER | SW_WORD_LIMIT)        \
	X(EVENTS, "events", false,                                          \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_FOLLOW | SW_WORD_TIME) \
	X(DROPS, "drops", false,                                            \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_FOLLOW | SW_WORD_TIME) \
	X(INCIDENTS, "incidents", false,                                    \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_FOLLOW | SW_WORD_TIME) \
	X(EXPLAIN, "explain", false, SW_WORD_ENDS)                          \
	X(WHICH, "which", false, SW_WORD_ENDS | SW_WORD_WAY)                \
	X(KILL, "kill", true, SW_WORD_FILTER | SW_WORD_RESET | SW_WORD_YES) \
	X(RELOAD, "reload", true, 0)                                        \
	X(DUMP_CONFIG, "dump-config", false, 0)                             \
	X(METRICS, "metrics", false, 0)                                     \
	X(REPORT, "report", false, 0)                                       \
	X(OFFLOAD, "offload", false, SW_WORD_FILTER)                        \
	X(LEARN, "learn", true, SW_WORD_FOR)                                \
	X(ADVISE, "advise", false, SW_WORD_SINCE | SW_WORD_RULE)

#define SW_LEARN_LONGEST 86400 /* seconds */

enum sw_request_kind {
#define X(name, text, changes, words) SW_REQUEST_##name,
	SW_REQUEST_MAP(X)
#undef X
	    SW_REQUEST_COUNT
};

enum sw_request_word {
	SW_WORD_FILTER = 0x01,
	SW_WORD_LIMIT = 0x02,  /* limit=N */
	SW_WORD_FOLLOW = 0x04, /* follow */
	SW_WORD_TIME = 0x08,   /* since=MOMENT until=MOMENT */
	SW_WORD_ENDS = 0x10,   /* from=A:p to=B:p proto=tcp */
	SW_WORD_WAY = 0x20,    /* in=NAME out=NAME phys-in=NAME
				      phys-out=NAME mark=NUMBER */
	SW_WORD_RESET = 0x40,  /* reset */
	SW_WORD_YES = 0x80,    /* yes */
	SW_WORD_SORT = 0x100,  /* sort=KEY, or sort=-KEY */
	SW_WORD_FOR = 0x200,   /* for=DURATION */
	SW_WORD_SINCE = 0x400, /* since=MOMENT alone */
	SW_WORD_RULE = 0x800,  /* rule=NAME alone */
};

/* What flows are sorted by, the largest first. */
#define SW_SORT_MAP(Y)    \
	Y(AGE, "age")     \
	Y(IDLE, "idle")   \
	Y(LEFT, "left")   \
	Y(BYTES, "bytes") \
	Y(PACKETS, "packets")

enum sw_sort {
	SW_SORT_NONE,
#define Y(name, text) SW_SORT_##name,
	SW_SORT_MAP(Y)
#undef Y
	    SW_SORT_COUNT
};

struct sw_request {
	uint8_t kind; /* enum sw_request_kind */
	bool changes; /* the request changes something */
	bool follow, reset, yes;
	uint32_t limit;	      /* 0: none was given */
	uint8_t sort;	      /* enum sw_sort */
	bool reverse;	      /* the smallest first */
	int64_t since, until; /* seconds since 1970; INT64_MIN, INT64_MAX: not
				 given */
	struct sw_filter filter;
	struct sw_endpoints ends; /* family 0: none were given */
	bool has_to;		  /* to= was given */
	char in[16], out[16];	  /* "": not given */
	char phys_in[16], phys_out[16];
	bool has_mark;
	uint32_t mark;
	bool has_seconds; /* for= was given */
	uint32_t seconds;
};

/*
 * Reads a line of length bytes without its newline.
 * => false, with a sentence for the client in why
 */
bool sw_request_parse(const char *line, size_t length,
    struct sw_request *request, char why[SW_REQUEST_WHY]);

const char *sw_request_name(enum sw_request_kind kind);
/* "age"; NULL for SW_SORT_NONE and past the last */
const char *sw_request_sort_name(unsigned sort);
/* What the filter of such a request is held against; 0: it has none. */
uint8_t sw_request_subjects(enum sw_request_kind kind);

/* "10.1.2.3:80", "[fd00::1]:80", and both without a port, which is 0 then.
 * => false when text is none of these */
bool sw_request_endpoint(
    const char *text, struct sw_addr *addr, uint8_t *family, uint16_t *port);

#endif
