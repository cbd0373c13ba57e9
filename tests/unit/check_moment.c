/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_moment: times as users write them, in a zone with summer time.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "protocol/moment.h"
#include "runner.h"

/* 2026-11-30 15:30:00 in Berlin, 14:30 UTC. */
#define NOW INT64_C(1796049000)

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} rows[] = {
	{ "90s", NOW - 90 },
	{ "2h", NOW - 7200 },
	{ "1h30m", NOW - 5400 },
	{ "7d", NOW - 7 * 86400 },
	{ "@1700000000", 1700000000 },
	{ "@0", 0 },
	{ "14:00", NOW - 5400 },
	{ "14:00:30", NOW - 5370 },
	{ "15:30", NOW },
	{ "16:00", NOW + 1800 - 86400 }, /* yesterday's */
	{ "00:00", NOW - 15 * 3600 - 1800 },
	{ "2026-11-30", NOW - 15 * 3600 - 1800 },
	{ "2026-11-30T14:00", NOW - 5400 },
	{ "2026-11-30T14:00:01", NOW - 5399 },
	{ "2026-11-30 14:00", NOW - 5400 },
	{ "2026-07-01T12:00", 1782900000 }, /* summer time: 10:00 UTC */
	{ "", -1 },
	{ "@", -1 },
	{ "@-1", -1 },
	{ "@1x", -1 },
	{ "@99999999999999999999", -1 },
	{ "25:00", -1 },
	{ "14:60", -1 },
	{ "14:00x", -1 },
	{ "14", -1 },
	{ "2h ago", -1 },
	{ "yesterday", -1 },
	{ "2026-13-01", -1 },
	{ "2026-11-30T", -1 },
};

START_TEST(reads_as_meant)
{
	int64_t seconds = -1;
	bool read;

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	read = sw_moment_read(rows[_i].text, NOW, &seconds);
	ck_assert_msg(read == (rows[_i].seconds >= 0), "'%s'", rows[_i].text);
	if (read)
		ck_assert_msg(seconds == rows[_i].seconds, "'%s': %lld",
		    rows[_i].text, (long long)seconds);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("moment");

	tcase_add_loop_test(t, reads_as_meant, 0, sizeof rows / sizeof rows[0]);
	return run_case("moment", t);
}
