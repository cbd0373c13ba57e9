/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_log_path: a log file is written where the administrator said, and
 * what another user could have planted on the way is refused with a reason.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "log/path.h"
#include "log/queue.h"
#include "runner.h"
#include "scribe.h"
#include "slurp.h"

enum { STRANGER = 4711 };

static char why[384];

static char *
at(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", scribe_directory, name);
	return path;
}

static void
make(const char *name, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL, mode);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* Writes a word where path leads to.  => 0 or what opening said */
static int
write_to(const char *path)
{
	int fd = sw_log_path_open(path, why, sizeof why);

	if (fd < 0)
		return fd;
	ck_assert_str_eq(why, "");
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(write(fd, "word\n", 5), 5);
	close(fd);
	return 0;
}

static void
holds(const char *name, const char *expected)
{
	char text[64];

	ck_assert_str_eq(slurp(at(name), text, sizeof text), expected);
}

static void
refused(const char *path, const char *reason)
{
	ck_assert_int_eq(write_to(path), -EPERM);
	ck_assert_msg(strstr(why, reason) != NULL, "%s: %s", path, why);
}

/* Only root can give a file to somebody else. */
static bool
give_away(const char *name)
{
	if (geteuid() != 0)
		return false;
	ck_assert_int_eq(lchown(at(name), STRANGER, STRANGER), 0);
	return true;
}

START_TEST(ways_an_administrator_writes_a_path)
{
	char relative[256];

	ck_assert_int_eq(mkdir(at("d"), 0750), 0);
	ck_assert_int_eq(write_to(at("new")), 0);
	holds("new", "word\n");
	ck_assert_int_eq(write_to(at("new")), 0);
	holds("new", "word\nword\n");
	ck_assert_int_eq(write_to(at("d//x")), 0);
	ck_assert_int_eq(write_to(at("d/../d/./x")), 0);
	holds("d/x", "word\nword\n");
	ck_assert_int_eq(chdir(scribe_directory), 0);
	ck_assert_int_eq(write_to("d/y"), 0);
	ck_assert_int_eq(write_to("z"), 0);
	holds("d/y", "word\n");
	snprintf(relative, sizeof relative, "/..%s/z", scribe_directory);
	ck_assert_int_eq(write_to(relative), 0);
	holds("z", "word\nword\n");
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(links_of_ours_are_followed)
{
	ck_assert_int_eq(mkdir(at("real"), 0755), 0);
	ck_assert_int_eq(symlink("real", at("dir")), 0);
	ck_assert_int_eq(symlink(at("real/far"), at("absolute")), 0);
	ck_assert_int_eq(symlink("../dir/far", at("real/back")), 0);
	ck_assert_int_eq(write_to(at("dir/near")), 0);
	holds("real/near", "word\n");
	ck_assert_int_eq(write_to(at("absolute")), 0);
	ck_assert_int_eq(write_to(at("dir/back")), 0);
	holds("real/far", "word\nword\n");
}
END_TEST

START_TEST(errors_of_the_system_are_passed_on)
{
	char longest[2000];

	ck_assert_int_eq(write_to(at("no/such")), -ENOENT);
	ck_assert_int_eq(write_to(""), -ENOENT);
	make("file", 0600);
	ck_assert_int_eq(write_to(at("file/x")), -ENOTDIR);
	ck_assert_int_eq(write_to(scribe_directory), -EISDIR);
	ck_assert_int_eq(symlink("loop", at("loop")), 0);
	ck_assert_int_eq(write_to(at("loop")), -ELOOP);
	ck_assert_int_eq(write_to(at("loop/x")), -ELOOP);
	ck_assert_int_eq(mkfifo(at("fifo"), 0600), 0);
	ck_assert_int_eq(write_to(at("fifo")), -ENXIO);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	ck_assert_int_eq(write_to(longest), -ENAMETOOLONG);
	ck_assert_str_eq(why, "");
}
END_TEST

START_TEST(a_device_and_standard_output_are_files)
{
	int kept = dup(STDOUT_FILENO);
	int fd = open(at("out"), O_WRONLY | O_CREAT, 0600);

	dup2(fd, STDOUT_FILENO);
	ck_assert_int_eq(write_to("/dev/null"), 0);
	ck_assert_int_eq(write_to("/dev/stdout"), 0);
	ck_assert_int_eq(write_to("/proc/self/fd/1"), 0);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	close(fd);
	holds("out", "word\nword\n");
}
END_TEST

START_TEST(a_planted_link_is_refused)
{
	ck_assert_int_eq(chmod(scribe_directory, 01777), 0);
	make("precious", 0600);
	ck_assert_int_eq(symlink("precious", at("link")), 0);
	ck_assert_int_eq(symlink("nowhere", at("dangling")), 0);
	ck_assert_int_eq(symlink(".", at("dir")), 0);
	if (!give_away("link"))
		return;
	give_away("dangling");
	give_away("dir");
	refused(at("link"), "/link is a symbolic link of user 4711");
	refused(at("dangling"), "/dangling is a symbolic link of user 4711");
	refused(at("dir/precious"), "/dir is a symbolic link of user 4711");
	holds("precious", "");
	ck_assert_int_ne(access(at("nowhere"), F_OK), 0);
	/* Ours may lead to another's. */
	ck_assert_int_eq(symlink("link", at("ours")), 0);
	refused(at("ours"), "/link is a symbolic link of user 4711");
}
END_TEST

START_TEST(a_hard_link_is_refused)
{
	make("precious", 0600);
	ck_assert_int_eq(link(at("precious"), at("link")), 0);
	refused(at("link"), "/link has 2 names (hard links)");
	holds("precious", "");
	ck_assert_int_eq(unlink(at("link")), 0);
	ck_assert_int_eq(write_to(at("precious")), 0);
}
END_TEST

START_TEST(what_belongs_to_others_is_refused)
{
	make("file", 0666);
	ck_assert_int_eq(mkfifo(at("fifo"), 0666), 0);
	ck_assert_int_eq(mkdir(at("theirs"), 0755), 0);
	ck_assert_int_eq(mkdir(at("theirs/ours"), 0755), 0);
	if (!give_away("file"))
		return;
	give_away("fifo");
	give_away("theirs");
	refused(at("file"), "/file belongs to user 4711, not to root");
	refused(at("theirs/x"), "/theirs belongs to user 4711");
	refused(at("theirs/ours/x"), "/theirs belongs to user 4711");
	int reader = open(at("fifo"), O_RDONLY | O_NONBLOCK);

	refused(at("fifo"), "/fifo belongs to user 4711");
	close(reader);
}
END_TEST

START_TEST(a_directory_everybody_writes_to_needs_the_sticky_bit)
{
	ck_assert_int_eq(mkdir(at("open"), 0755), 0);
	ck_assert_int_eq(chmod(at("open"), 0777), 0);
	refused(at("open/x"), "every user may write to directory /tmp/");
	ck_assert_int_eq(mkdir(at("open/inner"), 0755), 0);
	refused(at("open/inner/x"), "/open and could replace");
	ck_assert_int_eq(chmod(at("open"), 01777), 0);
	ck_assert_int_eq(write_to(at("open/x")), 0);
	ck_assert_int_eq(chmod(at("open"), 0775), 0);
	ck_assert_int_eq(write_to(at("open/x")), 0);
}
END_TEST

START_TEST(a_sink_says_why_it_takes_no_lines)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "good");
	struct sw_log *log;
	char text[4096];

	make("precious", 0600);
	ck_assert_int_eq(link(at("precious"), at("json")), 0);
	conf.to[1].kind = SW_SINK_JSON;
	snprintf(conf.to[1].path, SW_CONF_PATH, "%s/json", scribe_directory);
	conf.n_to = 2;
	log = sw_log_start(&conf, false);
	sw_log_say(log, LOG_INFO, "line");
	scribe_settle(log, 2);
	sw_log_stop(log);
	slurp(at("good"), text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "/json takes no lines: /tmp/"));
	ck_assert_ptr_nonnull(strstr(text, "/json has 2 names (hard links)"));
	holds("precious", "");
}
END_TEST

static void
wait_for_loss(struct sw_log *log)
{
	for (int i = 0;
	     i < SCRIBE_PATIENCE_MS && !scribe_counts_of(log).lost[0]; i++) {
		sw_log_say(log, LOG_INFO, "later");
		usleep(1000);
	}
}

START_TEST(a_link_planted_before_a_reload_is_refused)
{
	struct sw_conf_log conf = scribe_conf_of(SW_SINK_FILE, "file");
	struct sw_log *log = sw_log_start(&conf, false);

	sw_log_say(log, LOG_INFO, "first");
	scribe_settle(log, 1);
	make("precious", 0600);
	ck_assert_int_eq(rename(at("file"), at("file.1")), 0);
	ck_assert_int_eq(link(at("precious"), at("file")), 0);
	ck_assert_int_eq(sw_log_reopen(log, &conf), 0);
	wait_for_loss(log);
	ck_assert_uint_gt(scribe_counts_of(log).lost[0], 0);
	sw_log_stop(log);
	holds("precious", "");
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("log_path");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(
	    tcase, scribe_make_directory, scribe_remove_directory);
	tcase_add_test(tcase, ways_an_administrator_writes_a_path);
	tcase_add_test(tcase, links_of_ours_are_followed);
	tcase_add_test(tcase, errors_of_the_system_are_passed_on);
	tcase_add_test(tcase, a_device_and_standard_output_are_files);
	tcase_add_test(tcase, a_planted_link_is_refused);
	tcase_add_test(tcase, a_hard_link_is_refused);
	tcase_add_test(tcase, what_belongs_to_others_is_refused);
	tcase_add_test(
	    tcase, a_directory_everybody_writes_to_needs_the_sticky_bit);
	tcase_add_test(tcase, a_sink_says_why_it_takes_no_lines);
	tcase_add_test(tcase, a_link_planted_before_a_reload_is_refused);
	return run_case("log_path", tcase);
}
