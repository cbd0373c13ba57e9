/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clock times are read by strptime(3), with the whole text as its format, and
 * become seconds by mktime(3), which knows the zone and its changes.
 */
#include <string.h>
#include <time.h>

#include "conf/value.h"
#include "protocol/moment.h"

/* More would not be a time that anybody remembers. */
#define LATEST INT64_C(253402300799) /* the end of the year 9999 */

static bool
read_number(const char *text, int64_t *seconds)
{
	int64_t sum = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || sum > LATEST)
			return false;
		sum = sum * 10 + (*text - '0');
	}
	*seconds = sum;
	return sum <= LATEST;
}

static bool
read_ago(const char *text, int64_t now, int64_t *seconds)
{
	struct sw_range range = { 0, UINT32_MAX };
	struct sw_fault fault = { 0 };
	uint32_t ago;

	if (!sw_value_duration(text, range, &ago, &fault))
		return false;
	*seconds = now - ago;
	return true;
}

static bool
read_format(const char *text, const char *format, struct tm *when)
{
	const char *end = strptime(text, format, when);

	return end != NULL && *end == '\0';
}

/* The last such time of the clock. */
static bool
read_clock(const char *text, int64_t now, int64_t *seconds)
{
	time_t today = (time_t)now;
	struct tm when;

	localtime_r(&today, &when);
	when.tm_sec = 0;
	if (!read_format(text, "%H:%M", &when) &&
	    !read_format(text, "%H:%M:%S", &when))
		return false;
	when.tm_isdst = -1;
	*seconds = (int64_t)mktime(&when);
	if (*seconds > now) {
		when.tm_mday--;
		when.tm_isdst = -1;
		*seconds = (int64_t)mktime(&when);
	}
	return true;
}

static bool
read_date(const char *text, int64_t *seconds)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M",
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S" };

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct tm when = { .tm_isdst = -1 };

		if (!read_format(text, formats[i], &when))
			continue;
		*seconds = (int64_t)mktime(&when);
		return *seconds >= 0 && *seconds <= LATEST;
	}
	return false;
}

bool
sw_moment_read(const char *text, int64_t now, int64_t *seconds)
{
	if (text[0] == '@')
		return read_number(text + 1, seconds);
	return read_ago(text, now, seconds) || read_clock(text, now, seconds) ||
	       read_date(text, seconds);
}
