/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_log: the log against sockets.
 *
 * A syslogd of our own reads, stops reading, dies, comes back.  What matters
 * is the same each time: no call of the log waits, and written and lost
 * together are all lines.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/queue.h"
#include "runner.h"
#include "scribe.h"

static uint64_t
milliseconds(void)
{
	return sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_MS;
}

START_TEST(syslog_has_the_form_of_rfc_3164)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_event event = scribe_refusal();
	struct sw_log *log;
	char text[2048], expected[2048];

	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	conf.facility = LOG_LOCAL3;
	log = sw_log_start(&conf, false);
	ck_assert_ptr_nonnull(log);
	sw_log_event(log, &event, &scribe_names, scribe_moment);
	snprintf(expected, sizeof expected,
	    "<%d>Nov 14 22:13:20 synwardd[%d]: " SCRIBE_TEXT,
	    LOG_LOCAL3 | LOG_NOTICE, (int)getpid());
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_str_eq(text, expected);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(control_bytes_do_not_reach_a_sink)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	char text[2048];

	sw_log_say(log, LOG_INFO, "one\ntwo%c\tthree\x7f", '\x1b');
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: one two  three "));
	sw_log_stop(log);
	close(server);
}
END_TEST

/* Reads what waits in the socket.  => number of lines; *lost is the sum of
 * what reports of loss among them say */
static uint64_t
drain(int server, int wait_ms, uint64_t *lost)
{
	char text[2048];
	uint64_t lines = 0;

	while (scribe_receive(server, wait_ms, text, sizeof text)[0] != '\0') {
		const char *report = strstr(text, "]: log: ");
		unsigned long long n;

		if (report != NULL &&
		    sscanf(report, "]: log: %llu line", &n) == 1)
			*lost += n;
		else
			lines++;
	}
	return lines;
}

START_TEST(a_stopped_reader_costs_lines_and_no_time)
{
	enum { LINES = 1500 };
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	uint64_t begin = milliseconds(), told = 0, read_lines;
	struct sw_log_counts counts;

	for (int i = 0; i < LINES; i++)
		sw_log_say(log, LOG_INFO, "line %d", i);
	ck_assert_uint_lt(milliseconds() - begin, 1000);
	counts = scribe_settle(log, LINES);
	ck_assert_uint_gt(counts.lost[0], 0);
	ck_assert(counts.failing[0]);
	read_lines = drain(server, 2500, &told);
	ck_assert_uint_eq(read_lines, counts.written[0]);
	ck_assert_uint_eq(told, counts.lost[0]);
	counts = scribe_counts_of(log);
	ck_assert(!counts.failing[0]);
	ck_assert_uint_eq(counts.lost_all, counts.lost[0]);
	sw_log_stop(log);
	close(server);
}
END_TEST

struct slow_reader {
	int server;
	_Atomic bool done;
	long last_ms;
	long pause_ms; /* the longest for which it did not read */
};

static long
ms_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
note_pause(struct slow_reader *reader)
{
	long now = ms_now();

	if (now - reader->last_ms > reader->pause_ms)
		reader->pause_ms = now - reader->last_ms;
	reader->last_ms = now;
}

static void *
read_slowly(void *argument)
{
	struct slow_reader *reader = argument;
	char text[2048];

	while (!atomic_load(&reader->done)) {
		scribe_receive(reader->server, 100, text, sizeof text);
		if (text[0] != '\0')
			note_pause(reader);
		usleep(2000);
	}
	note_pause(reader);
	return NULL;
}

/* => lines lost of a burst */
static uint64_t
burst(struct slow_reader *slow)
{
	enum { LINES = 200 };
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	struct sw_log_counts counts;
	struct sw_log *log;
	pthread_t reader;

	unlink(conf.to[0].path);
	slow->server = scribe_listen_at(conf.to[0].path);
	slow->last_ms = ms_now();
	log = sw_log_start(&conf, false);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_slowly, slow), 0);
	for (int i = 0; i < LINES; i++)
		sw_log_say(log, LOG_INFO, "line %d", i);
	counts = scribe_settle(log, LINES);
	atomic_store(&slow->done, true);
	pthread_join(reader, NULL);
	sw_log_stop(log);
	close(slow->server);
	return counts.lost[0];
}

/* A reader that a busy machine held up for as long as the sink's patience
 * says nothing about the sink; then the burst comes again. */
START_TEST(a_burst_to_a_slow_reader_loses_nothing)
{
	uint64_t lost = 1;

	for (int turn = 0; turn < 20 && lost > 0; turn++) {
		struct slow_reader slow = { 0 };

		lost = burst(&slow);
		if (slow.pause_ms < 25)
			break;
	}
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(a_restarted_reader_costs_nothing)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	char text[2048];

	sw_log_say(log, LOG_INFO, "before");
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: before"));
	close(server);
	ck_assert_int_eq(unlink(conf.to[0].path), 0);
	server = scribe_listen_at(conf.to[0].path);
	sw_log_say(log, LOG_INFO, "after");
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: after"));
	ck_assert_uint_eq(scribe_counts_of(log).lost_all, 0);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_deleted_socket_is_found_again)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_log_counts counts;
	char text[2048];

	close(server);
	ck_assert_int_eq(unlink(conf.to[0].path), 0);
	for (int i = 0; i < 7; i++)
		sw_log_say(log, LOG_INFO, "gone");
	counts = scribe_settle(log, 7);
	ck_assert_uint_eq(counts.lost[0], 7);
	ck_assert(counts.failing[0]);
	server = scribe_listen_at(conf.to[0].path);
	/* Told without a line to push it. */
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(
	    strstr(text, "]: log: 7 lines lost while syslog was away"));
	sw_log_say(log, LOG_INFO, "back");
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: back"));
	ck_assert(!scribe_counts_of(log).failing[0]);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_reader_that_is_late_at_start_is_found)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_SYSLOG, "log");
	struct sw_log *log = sw_log_start(&conf, false);
	int server;

	ck_assert_ptr_nonnull(log);
	ck_assert(scribe_counts_of(log).failing[0]);
	server = scribe_listen_at(conf.to[0].path);
	for (int i = 0;
	     i < SCRIBE_PATIENCE_MS && scribe_counts_of(log).failing[0]; i++)
		usleep(1000);
	ck_assert(!scribe_counts_of(log).failing[0]);
	ck_assert_uint_eq(scribe_counts_of(log).lost_all, 0);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(the_journal_gets_every_field)
{
	static const char *const expected[] = {
		"MESSAGE=" SCRIBE_TEXT "\n",
		"PRIORITY=5\n",
		"SYSLOG_FACILITY=3\n",
		"SYSLOG_IDENTIFIER=synwardd\n",
		"MESSAGE_ID=2fa79de5d5d54429991863bbdd80f6e3\n",
		"SYNWARD_VERDICT=drop\n",
		"SYNWARD_FLAGS=FA\n",
		"SYNWARD_PROTO=tcp\n",
		"SYNWARD_SRC=10.1.2.3\n",
		"SYNWARD_SPORT=44120\n",
		"SYNWARD_DST=10.0.5.9\n",
		"SYNWARD_DPORT=5432\n",
		"SYNWARD_IN=eth1\n",
		"SYNWARD_LEN=52\n",
		"SYNWARD_CAUSE=idle-expired\n",
		"SYNWARD_CONF=high\n",
		"SYNWARD_IDLE=3725\n",
		"SYNWARD_RULE=db\n",
	};
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_JOURNAL, "socket");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_event event = scribe_refusal();
	char text[8192];

	sw_log_event(log, &event, &scribe_names, scribe_moment);
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		ck_assert_ptr_nonnull(strstr(text, expected[i]));
	ck_assert_ptr_null(strstr(text, "SYNWARD_OUT="));
	sw_log_say(log, LOG_ERR, "plain");
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	ck_assert_str_eq(text, "MESSAGE=plain\nPRIORITY=3\nSYSLOG_FACILITY=3\n"
			       "SYSLOG_IDENTIFIER=synwardd\n");
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_newline_in_a_name_is_sent_as_bytes)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_JOURNAL, "socket");
	int server = scribe_listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_names odd = { .rule = "a\nMESSAGE=b" };
	struct sw_event event = scribe_refusal();
	struct iovec part;
	char text[8192];
	static const char expected[] =
	    "SYNWARD_RULE\n\x0b\0\0\0\0\0\0\0a\nMESSAGE=b\n";

	sw_log_event(log, &event, &odd, scribe_moment);
	memset(text, 0, sizeof text);
	scribe_receive(server, SCRIBE_PATIENCE_MS, text, sizeof text);
	part.iov_base =
	    memmem(text, sizeof text, expected, sizeof expected - 1);
	ck_assert_ptr_nonnull(part.iov_base);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_full_queue_is_counted)
{
	struct sw_log_queue queue;
	struct sw_log_entry entry = { .priority = 1 };

	ck_assert(sw_log_queue_init(&queue, 4));
	ck_assert(!sw_log_queue_take(&queue, &entry));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++) {
			entry.priority = round * 4 + i;
			ck_assert(sw_log_queue_put(&queue, &entry));
		}
		ck_assert(!sw_log_queue_put(&queue, &entry));
		for (int i = 0; i < 4; i++) {
			ck_assert(sw_log_queue_take(&queue, &entry));
			ck_assert_int_eq(entry.priority, round * 4 + i);
		}
	}
	ck_assert(sw_log_queue_empty(&queue));
	sw_log_queue_free(&queue);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("log");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(
	    tcase, scribe_make_directory, scribe_remove_directory);
	tcase_add_test(tcase, syslog_has_the_form_of_rfc_3164);
	tcase_add_test(tcase, control_bytes_do_not_reach_a_sink);
	tcase_add_test(tcase, a_stopped_reader_costs_lines_and_no_time);
	tcase_add_test(tcase, a_burst_to_a_slow_reader_loses_nothing);
	tcase_add_test(tcase, a_restarted_reader_costs_nothing);
	tcase_add_test(tcase, a_deleted_socket_is_found_again);
	tcase_add_test(tcase, a_reader_that_is_late_at_start_is_found);
	tcase_add_test(tcase, the_journal_gets_every_field);
	tcase_add_test(tcase, a_newline_in_a_name_is_sent_as_bytes);
	tcase_add_test(tcase, a_full_queue_is_counted);
	return run_case("log", tcase);
}
