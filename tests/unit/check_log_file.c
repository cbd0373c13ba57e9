/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_log_file: the log against files.
 *
 * Files fill their disk, are moved away, cannot be opened.  A line is in the
 * file whole or not at all, and what is not there is counted.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/queue.h"
#include "runner.h"
#include "scribe.h"
#include "slurp.h"

START_TEST(a_file_has_a_line_each)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_event event = scribe_refusal();
	struct sw_log *log;
	char text[4096], expected[2048];

	ck_assert_int_eq(setenv("TZ", "IST-5:30", 1), 0);
	tzset();
	log = sw_log_start(&conf, false);
	sw_log_event(log, &event, &scribe_names, scribe_moment);
	sw_log_stop(log);
	snprintf(expected, sizeof expected,
	    "2023-11-15T03:43:20.123456+05:30 synwardd[%d]: " SCRIBE_TEXT "\n",
	    (int)getpid());
	ck_assert_str_eq(slurp(conf.to[0].path, text, sizeof text), expected);
}
END_TEST

START_TEST(json_has_an_object_each)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_JSON, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_event event = scribe_refusal();
	char text[4096], *end;
	json_t *object;

	sw_log_event(log, &event, &scribe_names, scribe_moment);
	sw_log_say(log, LOG_ERR, "bad \xff byte");
	sw_log_stop(log);
	slurp(conf.to[0].path, text, sizeof text);
	end = strchr(text, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	ck_assert_str_eq(text,
	    "{\"time\":1700000000.123456,\"verdict\":\"drop\","
	    "\"message\":\"Not a Valid SYN Packet\",\"flags\":\"FA\","
	    "\"proto\":\"tcp\",\"src\":\"10.1.2.3\",\"sport\":44120,"
	    "\"dst\":\"10.0.5.9\",\"dport\":5432,\"in\":\"eth1\",\"len\":52,"
	    "\"cause\":\"idle-expired\",\"conf\":\"high\",\"idle\":3725,"
	    "\"rule\":\"db\"}");
	object = json_loads(end + 1, 0, NULL);
	ck_assert_ptr_nonnull(object);
	ck_assert_str_eq(json_string_value(json_object_get(object, "text")),
	    "bad \\xff byte");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(object, "priority")), LOG_ERR);
	json_decref(object);
}
END_TEST

START_TEST(a_moved_file_is_made_anew)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	char moved[SW_CONF_PATH + 8], text[4096];

	sw_log_say(log, LOG_INFO, "first");
	scribe_settle(log, 1);
	snprintf(moved, sizeof moved, "%s.1", conf.to[0].path);
	ck_assert_int_eq(rename(conf.to[0].path, moved), 0);
	sw_log_say(log, LOG_INFO, "second");
	scribe_settle(log, 2);
	ck_assert_int_eq(sw_log_reopen(log, &conf), 0);
	for (int i = 0; i < SCRIBE_PATIENCE_MS && access(conf.to[0].path, F_OK);
	     i++)
		usleep(1000);
	sw_log_say(log, LOG_INFO, "third");
	sw_log_stop(log);
	slurp(moved, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: first\n"));
	ck_assert_ptr_nonnull(strstr(text, "]: second\n"));
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: third\n"));
	ck_assert_ptr_null(strstr(text, "second"));
}
END_TEST

/* => how many this process may have; none is free then */
static rlim_t
take_descriptors(void)
{
	struct rlimit limit;
	rlim_t before;
	int next = dup(STDERR_FILENO);

	getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	close(next);
	limit.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &limit);
	return before;
}

static void
give_descriptors(rlim_t n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = n;
	setrlimit(RLIMIT_NOFILE, &limit);
}

START_TEST(without_a_descriptor_lines_go_on_to_the_old_file)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	char moved[SW_CONF_PATH + 8], text[4096];
	rlim_t all;

	sw_log_say(log, LOG_INFO, "first");
	scribe_settle(log, 1);
	snprintf(moved, sizeof moved, "%s.1", conf.to[0].path);
	ck_assert_int_eq(rename(conf.to[0].path, moved), 0);
	all = take_descriptors();
	ck_assert_int_eq(sw_log_reopen(log, &conf), 0);
	sw_log_say(log, LOG_INFO, "second");
	scribe_settle(log, 2);
	ck_assert_int_ne(access(conf.to[0].path, F_OK), 0);
	give_descriptors(all);
	for (int i = 0; i < SCRIBE_PATIENCE_MS && access(conf.to[0].path, F_OK);
	     i += 20) {
		usleep(20000);
		sw_log_say(log, LOG_INFO, "third");
	}
	sw_log_say(log, LOG_INFO, "fourth");
	sw_log_stop(log);
	slurp(moved, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: second\n"));
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: fourth\n"));
	ck_assert_ptr_null(strstr(text, "lost"));
}
END_TEST

START_TEST(scribe_change_and_lost_lines_stay_counted)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "nobody");
	struct sw_conf_log files = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_log_counts counts;
	char text[4096];

	sw_log_say(log, LOG_INFO, "lost");
	scribe_settle(log, 1);
	files.to[1].kind = SW_SINK_JSON;
	snprintf(files.to[1].path, SW_CONF_PATH, "%s/json", scribe_directory);
	files.n_to = 2;
	ck_assert_int_eq(sw_log_reopen(log, &files), 0);
	for (int i = 0; i < SCRIBE_PATIENCE_MS && scribe_counts_of(log).n != 2;
	     i++)
		usleep(1000);
	sw_log_say(log, LOG_INFO, "kept");
	counts = scribe_settle(log, 1);
	ck_assert_uint_eq(counts.n, 2);
	ck_assert_uint_eq(counts.to[1].kind, SW_SINK_JSON);
	ck_assert_uint_eq(counts.lost_all, 1);
	sw_log_stop(log);
	slurp(files.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: kept\n"));
	slurp(files.to[1].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "\"text\":\"kept\"}\n"));
}
END_TEST

START_TEST(one_sink_tells_of_another)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log;
	char text[4096];

	conf.to[1].kind = SW_SINK_JSON;
	snprintf(conf.to[1].path, SW_CONF_PATH, "%s/no/such", scribe_directory);
	conf.n_to = 2;
	log = sw_log_start(&conf, false);
	sw_log_say(log, LOG_INFO, "line");
	scribe_settle(log, 2);
	for (int i = 0;
	     i < SCRIBE_PATIENCE_MS && scribe_counts_of(log).lost[1] == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(scribe_counts_of(log).lost[1], 1);
	sw_log_stop(log);
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "/no/such takes no lines: No such"));
	ck_assert_ptr_nonnull(strstr(text, "]: line\n"));
}
END_TEST

START_TEST(a_full_device_is_counted)
{
	struct sw_conf_log conf = { .n_to = 1 };
	struct sw_log *log;
	struct sw_log_counts counts;

	conf.to[0] = (struct sw_conf_sink){ SW_SINK_FILE, "/dev/full" };
	log = sw_log_start(&conf, false);
	for (int i = 0; i < 20; i++)
		sw_log_say(log, LOG_INFO, "line %d", i);
	counts = scribe_settle(log, 20);
	ck_assert_uint_eq(counts.lost[0], 20);
	ck_assert(counts.failing[0]);
	sw_log_stop(log);
}
END_TEST

/* Every line of a file must be whole: stamp, text, end mark; reports of loss
 * are whole, too, but not counted. */
static uint64_t
count_whole_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[2048];
	uint64_t n = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file) != NULL) {
		ck_assert_int_eq(strncmp(line, "20", 2), 0);
		if (strstr(line, " lost while file was away\n") != NULL)
			continue;
		ck_assert_str_eq(line + strlen(line) - 2, ".\n");
		n++;
	}
	fclose(file);
	return n;
}

/* A disk of 64 KiB that only this test's process sees. */
static bool
mount_small_disk(void)
{
	if (unshare(CLONE_NEWNS) != 0) {
		ck_assert_int_eq(errno, EPERM);
		return false;
	}
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(
	    mount("none", scribe_directory, "tmpfs", 0, "size=64k"), 0);
	return true;
}

START_TEST(a_full_disk_cuts_no_line)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log_counts counts;
	struct sw_log *log;
	char ballast[96], filler[900], text[65536];
	int fd;

	if (!mount_small_disk())
		return; /* /dev/full has shown the most of it */
	snprintf(ballast, sizeof ballast, "%s/ballast", scribe_directory);
	fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(posix_fallocate(fd, 0, 40000), 0);
	close(fd);
	memset(filler, 'x', sizeof filler - 1);
	filler[sizeof filler - 1] = '\0';
	log = sw_log_start(&conf, false);
	for (int i = 0; i < 100; i++)
		sw_log_say(log, LOG_INFO, "%s.", filler);
	counts = scribe_settle(log, 100);
	ck_assert_uint_gt(counts.lost[0], 10);
	ck_assert_uint_gt(counts.written[0], 10);
	ck_assert_uint_eq(
	    count_whole_lines(conf.to[0].path), counts.written[0]);
	ck_assert_int_eq(unlink(ballast), 0);
	sw_log_say(log, LOG_INFO, "back.");
	ck_assert_uint_eq(scribe_settle(log, 101).lost[0], counts.lost[0]);
	sw_log_stop(log);
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_int_eq(umount(scribe_directory), 0);
	ck_assert_ptr_nonnull(strstr(text, " lost while file was away\n"));
	ck_assert_ptr_nonnull(strstr(text, "]: back.\n"));
}
END_TEST

START_TEST(a_pipe_without_reader_kills_nobody)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "pipe");
	struct sw_log *log;
	char text[4096];
	int reader;

	ck_assert_int_eq(mkfifo(conf.to[0].path, 0600), 0);
	reader = open(conf.to[0].path, O_RDONLY | O_NONBLOCK);
	log = sw_log_start(&conf, false);
	sw_log_say(log, LOG_INFO, "heard");
	scribe_settle(log, 1);
	ck_assert_int_gt(read(reader, text, sizeof text), 0);
	close(reader);
	sw_log_say(log, LOG_INFO, "unheard");
	ck_assert_uint_eq(scribe_settle(log, 2).lost[0], 1);
	sw_log_stop(log);
}
END_TEST

START_TEST(stderr_is_written_in_the_foreground)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	char path[96], text[4096];
	int kept = dup(STDERR_FILENO), fd;
	struct sw_log *log;

	snprintf(path, sizeof path, "%s/stderr", scribe_directory);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	log = sw_log_start(&conf, true);
	sw_log_say(log, LOG_INFO, "seen");
	sw_log_stop(log);
	dup2(kept, STDERR_FILENO);
	slurp(path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: seen\n"));
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: seen\n"));
}
END_TEST

START_TEST(stopping_writes_what_is_queued)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	char text[65536];

	for (int i = 0; i < 500; i++)
		sw_log_say(log, LOG_INFO, "line %d.", i);
	sw_log_stop(log);
	ck_assert_uint_eq(count_whole_lines(conf.to[0].path), 500);
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: line 499.\n"));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("log_file");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(
	    tcase, scribe_make_directory, scribe_remove_directory);
	tcase_add_test(tcase, a_file_has_a_line_each);
	tcase_add_test(tcase, json_has_an_object_each);
	tcase_add_test(tcase, a_moved_file_is_made_anew);
	tcase_add_test(tcase, without_a_descriptor_lines_go_on_to_the_old_file);
	tcase_add_test(tcase, scribe_change_and_lost_lines_stay_counted);
	tcase_add_test(tcase, one_sink_tells_of_another);
	tcase_add_test(tcase, a_full_device_is_counted);
	tcase_add_test(tcase, a_full_disk_cuts_no_line);
	tcase_add_test(tcase, a_pipe_without_reader_kills_nobody);
	tcase_add_test(tcase, stderr_is_written_in_the_foreground);
	tcase_add_test(tcase, stopping_writes_what_is_queued);
	return run_case("log_file", tcase);
}
