/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_services: names of services and what they are in a file.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/services.h"
#include "runner.h"

static const char text[] = "# Network services\n"
			   "domain\t\t53/tcp\n"
			   "domain\t\t53/udp\n"
			   "https\t\t443/tcp\t\twww-s shttp # web\n"
			   "#gone\t\t1/tcp\n"
			   "late 2/tcp # late-alias\n"
			   "moves 100/tcp\n"
			   "moves 101/udp\n"
			   "large 70000/tcp\n"
			   "word port/tcp\n"
			   "bare\n"
			   "53 54/tcp\n"
			   "last 65535/udp";

static const struct {
	const char *name;
	enum sw_service found;
	uint16_t port;
} rows[] = {
	{ "domain", SW_SERVICE_FOUND, 53 },
	{ "https", SW_SERVICE_FOUND, 443 },
	{ "www-s", SW_SERVICE_FOUND, 443 },
	{ "shttp", SW_SERVICE_FOUND, 443 },
	{ "late", SW_SERVICE_FOUND, 2 },
	{ "last", SW_SERVICE_FOUND, 65535 },
	{ "moves", SW_SERVICE_SEVERAL, 0 },
	{ "late-alias", SW_SERVICE_UNKNOWN, 0 },
	{ "gone", SW_SERVICE_UNKNOWN, 0 },
	{ "large", SW_SERVICE_UNKNOWN, 0 },
	{ "word", SW_SERVICE_UNKNOWN, 0 },
	{ "bare", SW_SERVICE_UNKNOWN, 0 },
	{ "http", SW_SERVICE_UNKNOWN, 0 },
	{ "HTTPS", SW_SERVICE_UNKNOWN, 0 },
	{ "", SW_SERVICE_UNKNOWN, 0 },
};

START_TEST(names_are_found)
{
	char path[] = "/tmp/check_services.XXXXXX";
	int fd = mkstemp(path);
	uint16_t port = 0;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(
	    sw_services_find(path, rows[_i].name, &port), rows[_i].found);
	if (rows[_i].found == SW_SERVICE_FOUND)
		ck_assert_uint_eq(port, rows[_i].port);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_file_may_be_missing)
{
	uint16_t port;

	errno = 0;
	ck_assert_int_eq(sw_services_find("/nonexistent/services", "x", &port),
	    SW_SERVICE_NO_FILE);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("services");

	tcase_add_loop_test(
	    tcase, names_are_found, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tcase, a_file_may_be_missing);
	return run_case("services", tcase);
}
