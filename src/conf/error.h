/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: an error in a configuration, with the text to write instead:
 * "FILE:LINE: what; what to write instead".
 */
#ifndef SYNWARD_CONF_ERROR_H
#define SYNWARD_CONF_ERROR_H

#include "conf/conf.h"

/* The most errors to list; one more says that there are others. */
#define SW_CONF_ERRORS_MAX 1000

/* Why a value is refused, and what would be accepted. */
struct sw_fault {
	char why[192];
	char write[192];
	char fix[128]; /* the value that was meant, or "" */
};

/* Where an error is, and which key it is about. */
struct sw_blame {
	const char *file;
	const char *text; /* the file's text, for an excerpt; may be NULL */
	size_t length;
	uint32_t line;	       /* 0: the whole file */
	uint32_t at;	       /* offset in the text */
	const char *key, *fix; /* may be NULL */
	bool warning;
};

/* Adds an error: what is wrong, and after "; write " what is expected. */
void sw_conf_error_complain(struct sw_conf_errors *errors,
    const struct sw_blame *blame, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds an error about a whole file. */
#define sw_conf_complain_file(errors, name, ...) \
	sw_conf_error_complain(                  \
	    errors, &(struct sw_blame){ .file = (name) }, __VA_ARGS__)

/* Fills the fault.
 * => false, for the caller to return */
bool sw_error_why(struct sw_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sw_error_write(struct sw_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Fills the fault when only one thing can have been meant. */
bool sw_error_fix(struct sw_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies the text with everything that is not printable ASCII as \xHH, cut with
 * "..." when it is long.
 * => out, which has SW_SHOWN_MAX bytes */
#define SW_SHOWN_MAX 80
const char *sw_conf_error_shown(const char *text, char out[SW_SHOWN_MAX]);

/* The name with the fewest typing errors, as sw_distance() counts them.
 * => NULL when none is close */
const char *
sw_conf_error_nearest(const char *word, const char *const names[], size_t n);

#endif
