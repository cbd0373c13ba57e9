/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: a client's request, parsed from one line of text.
 *
 *	synward/1 COMMAND [WORD]...
 *
 * Spaces separate words; a word with spaces is in double quotes, where a
 * backslash makes the next character an ordinary one.  A word is a condition of
 * a filter (see protocol/filter.h), an option by name, or an option with a
 * value, such as limit=10.
 */
#ifndef SYNWARD_PROTOCOL_REQUEST_H
#define SYNWARD_PROTOCOL_REQUEST_H

#include "protocol/filter.h"
#include "synward/cause.h"

#define SW_CONTROL_VERSION 1
#define SW_REQUEST_MAX 4096 /* bytes, the newline included */
#define SW_REQUEST_WHY 256

/* X(name, text, changes, words it takes) */
#define SW_REQUEST_MAP(X)                                                   \
	X(STATUS, "status", false, 0)                                       \
	X(FLOWS, "flows", false, SW_WORD_FILTER | SW_WORD_LIMIT)            \
	X(BUSIEST, "busiest", false, SW_WORD_FILTER | SW_WORD_LIMIT)        \
	X(EVENTS, "events", false,                                          \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_FOLLOW)                \
	X(DROPS, "drops", false,                                            \
	    SW_WORD_FILTER | SW_WORD_LIMIT | SW_WORD_CAUSE)                 \
	X(EXPLAIN, "explain", false, SW_WORD_ENDS)                          \
	X(WHICH, "which", false, SW_WORD_ENDS | SW_WORD_WAY)                \
	X(KILL, "kill", true, SW_WORD_FILTER | SW_WORD_RESET | SW_WORD_YES) \
	X(RELOAD, "reload", true, 0)                                        \
	X(DUMP_CONFIG, "dump-config", false, 0)                             \
	X(METRICS, "metrics", false, 0)                                     \
	X(REPORT, "report", false, 0)

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
	SW_WORD_CAUSE = 0x08,  /* cause=NAME */
	SW_WORD_ENDS = 0x10,   /* from=A:p to=B:p proto=tcp */
	SW_WORD_WAY = 0x20,    /* in=NAME out=NAME phys-in=NAME
				      phys-out=NAME mark=NUMBER */
	SW_WORD_RESET = 0x40,  /* reset */
	SW_WORD_YES = 0x80,    /* yes */
};

struct sw_request {
	uint8_t kind; /* enum sw_request_kind */
	bool changes; /* the request changes something */
	bool follow, reset, yes;
	uint32_t limit; /* 0: not given */
	uint8_t cause;	/* enum sw_cause, SW_CAUSE_COUNT: any */
	struct sw_filter filter;
	struct sw_endpoints ends; /* family 0: not given */
	char in[16], out[16];	  /* "": not given */
	char phys_in[16], phys_out[16];
	bool has_mark;
	uint32_t mark;
};

/*
 * Reads a line of length bytes without its newline.
 * => false, with a sentence for the client in why
 */
bool sw_request_parse(const char *line, size_t length,
    struct sw_request *request, char why[SW_REQUEST_WHY]);

const char *sw_request_name(enum sw_request_kind kind);

/* "10.1.2.3:80", "[fd00::1]:80", and both without a port, which is 0 then.
 * => false when text is none of these */
bool sw_request_endpoint(
    const char *text, struct sw_addr *addr, uint8_t *family, uint16_t *port);

#endif
