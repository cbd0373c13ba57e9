/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_log: the log against real sockets and real files.
 *
 * A syslogd of our own reads, stops reading, dies, comes back; files fill
 * their disk and are moved away.  What matters is the same each time: no
 * call of the log waits, and written and lost together are all lines.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/log.h"
#include "shell/log_queue.h"
#include "shell/sink.h"

enum {
	PATIENCE_MS = 10000, /* before a test gives up */
};

static char directory[64];

static void
make_directory(void)
{
	snprintf(directory, sizeof directory, "/tmp/check_log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void
remove_directory(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static struct sw_conf_log
conf_of(enum sw_sink_kind kind, const char *name)
{
	struct sw_conf_log conf = { .n_to = 1, .facility = LOG_DAEMON };

	conf.to[0].kind = (uint8_t)kind;
	snprintf(conf.to[0].path, SW_CONF_PATH, "%s/%s", directory, name);
	return conf;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* The next datagram, or "" when none comes in time. */
static const char *
receive(int fd, int wait_ms, char *text, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&ready, 1, wait_ms) == 1)
		n = recv(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static struct sw_log_counts
counts_of(struct sw_log *log)
{
	struct sw_log_counts counts;

	sw_log_counts(log, &counts);
	return counts;
}

/* Waits until the first sink has written or lost so many lines. */
static struct sw_log_counts
settle(struct sw_log *log, uint64_t lines)
{
	struct sw_log_counts counts = counts_of(log);

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (counts.written[0] + counts.lost[0] >= lines)
			break;
		usleep(1000);
		counts = counts_of(log);
	}
	ck_assert_uint_eq(counts.written[0] + counts.lost[0], lines);
	return counts;
}

static uint64_t
milliseconds(void)
{
	return sw_clock_read(CLOCK_MONOTONIC) / SW_NS_PER_MS;
}

/* The whole file, in static storage of the caller. */
static const char *
slurp(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static struct sw_event
refusal(void)
{
	struct sw_event event = {
		.kind = SW_EVENT_REFUSED,
		.refused = {
			.ends = {
				.src.b = { 10, 1, 2, 3 },
				.dst.b = { 10, 0, 5, 9 },
				.sport = 44120,
				.dport = 5432,
				.family = SW_IPV4,
				.proto = 6,
			},
			.length = 52,
			.tcp_flags = SW_FIN | SW_ACK,
		},
		.judgement = {
			.cause = SW_CAUSE_IDLE_EXPIRED,
			.confidence = SW_CONF_HIGH,
			.evidences = 1,
			.evidence = { { SW_EVIDENCE_IDLE, 3725 } },
		},
	};

	return event;
}

static const struct sw_names names = { .rule = "db", .in = "eth1" };
static const struct sw_time moment = { UINT64_C(1700000000123456789) };

#define REFUSAL_TEXT                                                      \
	"Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > 10.0.5.9:5432 " \
	"in=eth1 len=52 cause=idle-expired conf=high idle=3725s rule=db"

START_TEST(syslog_has_the_form_of_rfc_3164)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_event event = refusal();
	struct sw_log *log;
	char text[2048], expected[2048];

	ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
	tzset();
	conf.facility = LOG_LOCAL3;
	log = sw_log_start(&conf, false);
	ck_assert_ptr_nonnull(log);
	sw_log_event(log, &event, &names, moment);
	snprintf(expected, sizeof expected,
	    "<%d>Nov 14 22:13:20 synwardd[%d]: " REFUSAL_TEXT,
	    LOG_LOCAL3 | LOG_NOTICE, (int)getpid());
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_str_eq(text, expected);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(control_bytes_do_not_reach_a_sink)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	char text[2048];

	sw_log_say(log, LOG_INFO, "one\ntwo%c\tthree\x7f", '\x1b');
	receive(server, PATIENCE_MS, text, sizeof text);
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

	while (receive(server, wait_ms, text, sizeof text)[0] != '\0') {
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
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	uint64_t begin = milliseconds(), told = 0, read_lines;
	struct sw_log_counts counts;

	for (int i = 0; i < LINES; i++)
		sw_log_say(log, LOG_INFO, "line %d", i);
	ck_assert_uint_lt(milliseconds() - begin, 1000);
	counts = settle(log, LINES);
	ck_assert_uint_gt(counts.lost[0], 0);
	ck_assert(counts.failing[0]);
	read_lines = drain(server, 2500, &told);
	ck_assert_uint_eq(read_lines, counts.written[0]);
	ck_assert_uint_eq(told, counts.lost[0]);
	counts = counts_of(log);
	ck_assert(!counts.failing[0]);
	ck_assert_uint_eq(counts.lost_all, counts.lost[0]);
	sw_log_stop(log);
	close(server);
}
END_TEST

static void *
read_slowly(void *argument)
{
	int server = *(int *)argument;
	char text[2048];

	while (receive(server, 500, text, sizeof text)[0] != '\0')
		usleep(2000);
	return NULL;
}

START_TEST(a_burst_to_a_slow_reader_loses_nothing)
{
	enum { LINES = 200 };
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_log_counts counts;
	pthread_t reader;

	ck_assert_int_eq(
	    pthread_create(&reader, NULL, read_slowly, &server), 0);
	for (int i = 0; i < LINES; i++)
		sw_log_say(log, LOG_INFO, "line %d", i);
	counts = settle(log, LINES);
	ck_assert_uint_eq(counts.lost[0], 0);
	pthread_join(reader, NULL);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_restarted_reader_costs_nothing)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	char text[2048];

	sw_log_say(log, LOG_INFO, "before");
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: before"));
	close(server);
	ck_assert_int_eq(unlink(conf.to[0].path), 0);
	server = listen_at(conf.to[0].path);
	sw_log_say(log, LOG_INFO, "after");
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: after"));
	ck_assert_uint_eq(counts_of(log).lost_all, 0);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_deleted_socket_is_found_again)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_log_counts counts;
	char text[2048];

	close(server);
	ck_assert_int_eq(unlink(conf.to[0].path), 0);
	for (int i = 0; i < 7; i++)
		sw_log_say(log, LOG_INFO, "gone");
	counts = settle(log, 7);
	ck_assert_uint_eq(counts.lost[0], 7);
	ck_assert(counts.failing[0]);
	server = listen_at(conf.to[0].path);
	/* Told without a line to push it. */
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(
	    strstr(text, "]: log: 7 lines lost while syslog was away"));
	sw_log_say(log, LOG_INFO, "back");
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "]: back"));
	ck_assert(!counts_of(log).failing[0]);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_reader_that_is_late_at_start_is_found)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "log");
	struct sw_log *log = sw_log_start(&conf, false);
	int server;

	ck_assert_ptr_nonnull(log);
	ck_assert(counts_of(log).failing[0]);
	server = listen_at(conf.to[0].path);
	for (int i = 0; i < PATIENCE_MS && counts_of(log).failing[0]; i++)
		usleep(1000);
	ck_assert(!counts_of(log).failing[0]);
	ck_assert_uint_eq(counts_of(log).lost_all, 0);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(the_journal_gets_every_field)
{
	static const char *const expected[] = {
		"MESSAGE=" REFUSAL_TEXT "\n",
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
	struct sw_conf_log conf = conf_of(SW_SINK_JOURNAL, "socket");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_event event = refusal();
	char text[8192];

	sw_log_event(log, &event, &names, moment);
	receive(server, PATIENCE_MS, text, sizeof text);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		ck_assert_ptr_nonnull(strstr(text, expected[i]));
	ck_assert_ptr_null(strstr(text, "SYNWARD_OUT="));
	sw_log_say(log, LOG_ERR, "plain");
	receive(server, PATIENCE_MS, text, sizeof text);
	ck_assert_str_eq(text, "MESSAGE=plain\nPRIORITY=3\nSYSLOG_FACILITY=3\n"
			       "SYSLOG_IDENTIFIER=synwardd\n");
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_newline_in_a_name_is_sent_as_bytes)
{
	struct sw_conf_log conf = conf_of(SW_SINK_JOURNAL, "socket");
	int server = listen_at(conf.to[0].path);
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_names odd = { .rule = "a\nMESSAGE=b" };
	struct sw_event event = refusal();
	struct iovec part;
	char text[8192];
	static const char expected[] =
	    "SYNWARD_RULE\n\x0b\0\0\0\0\0\0\0a\nMESSAGE=b\n";

	sw_log_event(log, &event, &odd, moment);
	memset(text, 0, sizeof text);
	receive(server, PATIENCE_MS, text, sizeof text);
	part.iov_base =
	    memmem(text, sizeof text, expected, sizeof expected - 1);
	ck_assert_ptr_nonnull(part.iov_base);
	sw_log_stop(log);
	close(server);
}
END_TEST

START_TEST(a_file_has_a_line_each)
{
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
	struct sw_event event = refusal();
	struct sw_log *log;
	char text[4096], expected[2048];

	ck_assert_int_eq(setenv("TZ", "IST-5:30", 1), 0);
	tzset();
	log = sw_log_start(&conf, false);
	sw_log_event(log, &event, &names, moment);
	sw_log_stop(log);
	snprintf(expected, sizeof expected,
	    "2023-11-15T03:43:20.123456+05:30 synwardd[%d]: " REFUSAL_TEXT "\n",
	    (int)getpid());
	ck_assert_str_eq(slurp(conf.to[0].path, text, sizeof text), expected);
}
END_TEST

START_TEST(json_has_an_object_each)
{
	struct sw_conf_log conf = conf_of(SW_SINK_JSON, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_event event = refusal();
	char text[4096], *end;
	json_t *object;

	sw_log_event(log, &event, &names, moment);
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
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	char moved[SW_CONF_PATH + 8], text[4096];

	sw_log_say(log, LOG_INFO, "first");
	settle(log, 1);
	snprintf(moved, sizeof moved, "%s.1", conf.to[0].path);
	ck_assert_int_eq(rename(conf.to[0].path, moved), 0);
	sw_log_say(log, LOG_INFO, "second");
	settle(log, 2);
	ck_assert_int_eq(sw_log_reopen(log, &conf), 0);
	for (int i = 0; i < PATIENCE_MS && access(conf.to[0].path, F_OK); i++)
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

START_TEST(sinks_change_and_lost_lines_stay_counted)
{
	struct sw_conf_log conf = conf_of(SW_SINK_SYSLOG, "nobody");
	struct sw_conf_log files = conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);
	struct sw_log_counts counts;
	char text[4096];

	sw_log_say(log, LOG_INFO, "lost");
	settle(log, 1);
	files.to[1].kind = SW_SINK_JSON;
	snprintf(files.to[1].path, SW_CONF_PATH, "%s/json", directory);
	files.n_to = 2;
	ck_assert_int_eq(sw_log_reopen(log, &files), 0);
	for (int i = 0; i < PATIENCE_MS && counts_of(log).n != 2; i++)
		usleep(1000);
	sw_log_say(log, LOG_INFO, "kept");
	counts = settle(log, 1);
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
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
	struct sw_log *log;
	char text[4096];

	conf.to[1].kind = SW_SINK_JSON;
	snprintf(conf.to[1].path, SW_CONF_PATH, "%s/no/such", directory);
	conf.n_to = 2;
	log = sw_log_start(&conf, false);
	sw_log_say(log, LOG_INFO, "line");
	settle(log, 2);
	for (int i = 0; i < PATIENCE_MS && counts_of(log).lost[1] == 0; i++)
		usleep(1000);
	ck_assert_uint_eq(counts_of(log).lost[1], 1);
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
	counts = settle(log, 20);
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
	ck_assert_int_eq(mount("none", directory, "tmpfs", 0, "size=64k"), 0);
	return true;
}

START_TEST(a_full_disk_cuts_no_line)
{
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
	struct sw_log_counts counts;
	struct sw_log *log;
	char ballast[96], filler[900], text[65536];
	int fd;

	if (!mount_small_disk())
		return; /* /dev/full has shown the most of it */
	snprintf(ballast, sizeof ballast, "%s/ballast", directory);
	fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(posix_fallocate(fd, 0, 40000), 0);
	close(fd);
	memset(filler, 'x', sizeof filler - 1);
	filler[sizeof filler - 1] = '\0';
	log = sw_log_start(&conf, false);
	for (int i = 0; i < 100; i++)
		sw_log_say(log, LOG_INFO, "%s.", filler);
	counts = settle(log, 100);
	ck_assert_uint_gt(counts.lost[0], 10);
	ck_assert_uint_gt(counts.written[0], 10);
	ck_assert_uint_eq(
	    count_whole_lines(conf.to[0].path), counts.written[0]);
	ck_assert_int_eq(unlink(ballast), 0);
	sw_log_say(log, LOG_INFO, "back.");
	ck_assert_uint_eq(settle(log, 101).lost[0], counts.lost[0]);
	sw_log_stop(log);
	slurp(conf.to[0].path, text, sizeof text);
	ck_assert_int_eq(umount(directory), 0);
	ck_assert_ptr_nonnull(strstr(text, " lost while file was away\n"));
	ck_assert_ptr_nonnull(strstr(text, "]: back.\n"));
}
END_TEST

START_TEST(a_pipe_without_reader_kills_nobody)
{
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "pipe");
	struct sw_log *log;
	char text[4096];
	int reader;

	ck_assert_int_eq(mkfifo(conf.to[0].path, 0600), 0);
	reader = open(conf.to[0].path, O_RDONLY | O_NONBLOCK);
	log = sw_log_start(&conf, false);
	sw_log_say(log, LOG_INFO, "heard");
	settle(log, 1);
	ck_assert_int_gt(read(reader, text, sizeof text), 0);
	close(reader);
	sw_log_say(log, LOG_INFO, "unheard");
	ck_assert_uint_eq(settle(log, 2).lost[0], 1);
	sw_log_stop(log);
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

START_TEST(stderr_is_written_in_the_foreground)
{
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
	char path[96], text[4096];
	int kept = dup(STDERR_FILENO), fd;
	struct sw_log *log;

	snprintf(path, sizeof path, "%s/stderr", directory);
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
	struct sw_conf_log conf = conf_of(SW_SINK_FILE, "file");
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
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, make_directory, remove_directory);
	tcase_add_test(tcase, syslog_has_the_form_of_rfc_3164);
	tcase_add_test(tcase, control_bytes_do_not_reach_a_sink);
	tcase_add_test(tcase, a_stopped_reader_costs_lines_and_no_time);
	tcase_add_test(tcase, a_burst_to_a_slow_reader_loses_nothing);
	tcase_add_test(tcase, a_restarted_reader_costs_nothing);
	tcase_add_test(tcase, a_deleted_socket_is_found_again);
	tcase_add_test(tcase, a_reader_that_is_late_at_start_is_found);
	tcase_add_test(tcase, the_journal_gets_every_field);
	tcase_add_test(tcase, a_newline_in_a_name_is_sent_as_bytes);
	tcase_add_test(tcase, a_file_has_a_line_each);
	tcase_add_test(tcase, json_has_an_object_each);
	tcase_add_test(tcase, a_moved_file_is_made_anew);
	tcase_add_test(tcase, sinks_change_and_lost_lines_stay_counted);
	tcase_add_test(tcase, one_sink_tells_of_another);
	tcase_add_test(tcase, a_full_device_is_counted);
	tcase_add_test(tcase, a_full_disk_cuts_no_line);
	tcase_add_test(tcase, a_pipe_without_reader_kills_nobody);
	tcase_add_test(tcase, a_full_queue_is_counted);
	tcase_add_test(tcase, stderr_is_written_in_the_foreground);
	tcase_add_test(tcase, stopping_writes_what_is_queued);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
