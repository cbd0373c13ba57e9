/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_error: what is wrong with a configuration, said so that the reader
 * can put it right: "FILE:LINE: what; what to write instead".
 */
#ifndef SYNWARD_SHELL_CONF_ERROR_H
#define SYNWARD_SHELL_CONF_ERROR_H

#include "shell/conf.h"

/* Errors listed at most; one more says that there are others. */
#define SW_CONF_ERRORS_MAX 1000

/* Why a value is refused, and what would be accepted. */
struct sw_fault {
	char why[192];
	char write[192];
};

/* line 0: the file as a whole. */
void sw_conf_complain(struct sw_conf_errors *errors, const char *file, int line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Fills the fault.  => false, for the caller to return */
bool sw_fault_why(struct sw_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool sw_fault_write(struct sw_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text with everything that is not printable ASCII as \xHH, cut with
 * "..." when it is long.  => out, which holds SW_SHOWN_MAX bytes */
#define SW_SHOWN_MAX 80
const char *sw_conf_shown(const char *text, char out[SW_SHOWN_MAX]);

/* The name closest to the word by typing errors (a letter wrong, missing,
 * too many, two swapped).  => NULL when none is close */
const char *
sw_conf_nearest(const char *word, const char *const names[], size_t n);

#endif
