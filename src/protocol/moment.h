/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment: a point in time as a user writes it.
 *
 *	2h 90s 1d	before now
 *	14:00 14:00:30	today, or yesterday where today's is still to come
 *	2026-11-30	the beginning of that day
 *	2026-11-30T14:00, 2026-11-30T14:00:30
 *	@1700000000	seconds since 1970, as programs write it
 *
 * Clock times are local: those of the process that reads them.
 */
#ifndef SYNWARD_PROTOCOL_MOMENT_H
#define SYNWARD_PROTOCOL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define SW_MOMENT_WANTED \
	"a time such as 2h (ago), 14:00, 2026-11-30T14:00 or @1700000000"

/* now: seconds since 1970.  => false when the text is no moment */
bool sw_moment_read(const char *text, int64_t now, int64_t *seconds);

#endif
