/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_confine: a confined daemon still reads its configuration, opens its
 * logs and starts its program, and reads, writes and starts nothing else.
 *
 * Everything happens in children, for nobody gets out again.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/landlock.h"
#include "kernel.h"
#include "process/confine.h"
#include "runner.h"

static char room[64];
static char main_file[96];
static char later[256]; /* what stands there after the start, if not "" */

static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", room, name);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
make_directories(void)
{
	static const char *const names[] = { "etc", "etc/conf.d", "srv", "log",
		"run", "other" };
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", room, names[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
}

/* A configuration of three files, one of them elsewhere by a link. */
static void
set_up(void)
{
	char text[512], link[128];

	later[0] = '\0';
	strcpy(room, "/tmp/check_confine.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(room));
	make_directories();
	snprintf(text, sizeof text,
	    "include(\"%s/srv/rules\")\n"
	    "log { to = { \"file:%s/log/drops\" } }\n"
	    "control { socket = \"%s/run/ctl.sock\" }\n",
	    room, room, room);
	put("etc/synward.conf", text);
	put("srv/rules", "rule \"a\" { protocol = tcp }\n");
	put("srv/more", "rule \"b\" { protocol = udp }\n");
	put("other/file", "rule \"c\" { protocol = udp }\n");
	put("run/ctl.sock", "");
	snprintf(link, sizeof link, "%s/etc/conf.d/10-more.conf", room);
	ck_assert_int_eq(symlink("../../srv/more", link), 0);
	snprintf(main_file, sizeof main_file, "%s/etc/synward.conf", room);
}

static void
tear_down(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", room);
	ck_assert_int_eq(system(command), 0);
}

/* => how many rules there are; -1 and the first error in why */
static int
load(char *why, size_t size)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load(main_file, &errors);
	int n = conf == NULL ? -1 : (int)conf->n_rules;

	if (errors.n > 0)
		snprintf(why, size, "%s", errors.list[0].text);
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
	return n;
}

static int
as_worker(const struct sw_conf *conf)
{
	return sw_confine_worker(conf, main_file);
}

static int
as_parent(const struct sw_conf *conf)
{
	return sw_confine_parent(conf, main_file, "/bin/true");
}

static void
confined(int (*confine)(const struct sw_conf *conf), int (*act)(void))
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_load(main_file, &errors);
	pid_t pid;
	int status;

	ck_assert_ptr_nonnull(conf);
	if (*later != '\0')
		put("etc/synward.conf", later);
	pid = fork();
	if (pid == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			      confine(conf) < 0
			  ? 99
			  : act());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "ended with %x", (unsigned)status);
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
}

/* => errno of open(), 0 when it was opened */
static int
try(const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", *name == '/' ? "" : room, name);
	fd = open(path, flags, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
reload(void)
{
	char why[512];

	if (load(why, sizeof why) != 2)
		return 1;
	return try("/etc/passwd", O_RDONLY) != EACCES ||
	       try("other/file", O_RDONLY) != EACCES ||
	       try("etc/synward.conf", O_WRONLY) != EACCES ||
	       try("/proc/1/status", O_RDONLY) != EACCES;
}

START_TEST(a_worker_reads_its_configuration_alone)
{
	confined(as_worker, reload);
}
END_TEST

static int
include_elsewhere(void)
{
	char why[512];

	return load(why, sizeof why) != -1 ||
	       strstr(why, "/other/file cannot be read: it is outside") ==
		   NULL ||
	       strstr(why, "restart synwardd") == NULL;
}

START_TEST(a_file_elsewhere_wants_a_restart)
{
	snprintf(later, sizeof later, "include(\"%s/other/file\")\n", room);
	confined(as_worker, include_elsewhere);
}
END_TEST

static int
log_and_end(void)
{
	char socket[128];

	snprintf(socket, sizeof socket, "%s/run/ctl.sock", room);
	return try("log/drops", O_WRONLY | O_APPEND | O_CREAT) != 0 ||
	       try("log/drops", O_RDONLY) != EACCES ||
	       try("other/drops", O_WRONLY | O_CREAT) != EACCES ||
	       try("run/file", O_WRONLY | O_CREAT) != EACCES ||
	       try("/dev/null", O_RDWR) != 0 || unlink(socket) != 0;
}

START_TEST(a_worker_writes_its_logs_alone)
{
	confined(as_worker, log_and_end);
}
END_TEST

/* => how the program ended, 99 when it could not be started */
static int
run(const char *program)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(program, program, (char *)NULL);
		_exit(99);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int
run_nothing(void)
{
	return run("/bin/true") != 99;
}

START_TEST(a_worker_starts_nothing)
{
	confined(as_worker, run_nothing);
}
END_TEST

/* /bin/true needs the loader and a library, as the daemon does. */
static int
run_program(void)
{
	char why[512], copy[128];

	snprintf(copy, sizeof copy, "%s/other/true", room);
	return run("/bin/true") != 0 || run(copy) != 99 ||
	       load(why, sizeof why) != 2 ||
	       try("log/drops", O_WRONLY | O_APPEND | O_CREAT) != 0 ||
	       try("other/drops", O_WRONLY | O_CREAT) != EACCES ||
	       try("etc/new", O_WRONLY | O_CREAT) != EACCES ||
	       try("other/file", O_RDONLY) != EACCES;
}

START_TEST(a_parent_starts_its_program)
{
	char command[128];

	snprintf(command, sizeof command, "cp /bin/true %s/other/true", room);
	ck_assert_int_eq(system(command), 0);
	confined(as_parent, run_program);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("confine");

	if (!kernel_has_landlock())
		return EXIT_SUCCESS;
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_worker_reads_its_configuration_alone);
	tcase_add_test(tcase, a_file_elsewhere_wants_a_restart);
	tcase_add_test(tcase, a_worker_writes_its_logs_alone);
	tcase_add_test(tcase, a_worker_starts_nothing);
	tcase_add_test(tcase, a_parent_starts_its_program);
	return run_case("confine", tcase);
}
