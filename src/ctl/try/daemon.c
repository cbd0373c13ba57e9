/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration names the interfaces and the socket; all other values are
 * the defaults, and the timeouts those of the kernel's tracker.
 *
 * Only a few lines of what the daemon logs are kept, to say why it could not
 * start: what it knows of packets is asked over its socket.
 *
 * If the supervisor of the daemon dies, its worker becomes a child of this
 * process, which so learns of its end as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/talk.h"
#include "ctl/try/daemon.h"

enum { PATH = 4096, READY_STEPS = 300, STEP_MS = 50 };

/* --- what it needs -------------------------------------------------------- */

/* In a build both programs lie side by side; installed, they do not. */
static bool
find_program(char program[PATH])
{
	static const char *const places[] = { "synwardd", "../sbin/synwardd" };
	char own[PATH], *slash;
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);

	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int length = snprintf(program, PATH, "%s/%s", own, places[i]);

		if (length < PATH && access(program, X_OK) == 0)
			return true;
	}
	sw_command_fail(SW_EXIT_FAILURE,
	    "there is no synwardd in %s, where this program is; build it with "
	    "cmake --build, or install it",
	    own);
	return false;
}

/* The daemon becomes the user synward, where there is one. */
static bool
make_directory(struct sw_try_daemon *daemon)
{
	static const char *const places[] = { "/run/synward-try.XXXXXX",
		"/tmp/synward-try.XXXXXX" };
	const struct passwd *user = getpwnam("synward");
	bool made = false;

	for (size_t i = 0; i < 2 && !made; i++) {
		strcpy(daemon->directory, places[i]);
		made = mkdtemp(daemon->directory) != NULL;
	}
	if (!made) {
		sw_command_fail(SW_EXIT_FAILURE,
		    "cannot make a directory in /run or /tmp: %s",
		    strerror(errno));
		return false;
	}
	if (chmod(daemon->directory, 0755) == 0 &&
	    (user == NULL ||
		chown(daemon->directory, user->pw_uid, user->pw_gid) == 0))
		return true;
	sw_command_fail(
	    SW_EXIT_FAILURE, "%s: %s", daemon->directory, strerror(errno));
	rmdir(daemon->directory);
	return false;
}

static bool
write_conf(struct sw_try_daemon *daemon, const struct sw_try_links *links,
    unsigned nflog)
{
	FILE *file;

	snprintf(daemon->socket, sizeof daemon->socket, "%s/ctl.sock",
	    daemon->directory);
	snprintf(daemon->conf, sizeof daemon->conf, "%s/synward.conf",
	    daemon->directory);
	file = fopen(daemon->conf, "we");
	if (file == NULL)
		return false;
	fputs("source {\n\tfrom = tap\n\tinterfaces = {", file);
	for (size_t i = 0; i < links->n; i++)
		fprintf(
		    file, "%s \"%s\"", i > 0 ? "," : "", links->list[i].name);
	fputs(" }\n", file);
	if (nflog > 0)
		fprintf(file, "\tnflog = %u\n", nflog);
	fprintf(file,
	    "}\nlog {\n\tto = { stderr }\n\trate = 1\n}\n"
	    "control {\n\tsocket = \"%s\"\n}\n",
	    daemon->socket);
	fchmod(fileno(file), 0644);
	return fclose(file) == 0;
}

/* --- its start ------------------------------------------------------------ */

/* It must not take itself for a service of the manager that we may have. */
static void
forget_manager(void)
{
	static const char *const names[] = { "NOTIFY_SOCKET", "LISTEN_FDS",
		"LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
		"FDSTORE" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

/* The guard knows the group before the program is executed. */
static _Noreturn void
become(const struct sw_try_daemon *daemon, char *program, int output)
{
	char foreground[] = "-f", option[] = "-c", conf[sizeof daemon->conf];
	char *argv[] = { program, foreground, option, conf, NULL };
	pid_t group = getpid();
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	memcpy(conf, daemon->conf, sizeof conf);
	setpgid(0, 0);
	if (write(daemon->guard.leash, &group, sizeof group) !=
	    (ssize_t)sizeof group)
		_exit(SW_EXIT_FAILURE);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	forget_manager();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(program, argv);
	dprintf(
	    STDERR_FILENO, "cannot start %s: %s\n", program, strerror(errno));
	_exit(SW_EXIT_FAILURE);
}

/* => 0 or -errno */
static int
launch(struct sw_try_daemon *daemon, char *program)
{
	int fds[2], error;

	error = sw_try_guard_start(&daemon->guard, daemon->directory);
	if (error < 0)
		return error;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	daemon->output = fds[0];
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	daemon->pid = fork();
	if (daemon->pid == 0)
		become(daemon, program, fds[1]);
	error = daemon->pid < 0 ? -errno : 0;
	close(fds[1]);
	if (error < 0)
		daemon->pid = 0;
	else
		setpgid(daemon->pid, daemon->pid);
	daemon->group = daemon->pid;
	return error;
}

void
sw_try_daemon_read(struct sw_try_daemon *daemon)
{
	size_t half = sizeof daemon->words / 2;
	ssize_t n;

	if (daemon->used >= half) {
		memmove(daemon->words, daemon->words + daemon->used - half / 2,
		    half / 2);
		daemon->used = half / 2;
	}
	n = read(daemon->output, daemon->words + daemon->used, half);
	if (n > 0)
		daemon->used += (size_t)n;
	if (n == 0) {
		close(daemon->output);
		daemon->output = -1;
	}
}

bool
sw_try_daemon_lives(struct sw_try_daemon *daemon)
{
	if (daemon->pid > 0 && waitpid(daemon->pid, NULL, WNOHANG) != 0)
		daemon->pid = 0;
	return daemon->pid > 0;
}

/* Without the time and the program's name. */
const char *
sw_try_daemon_said(struct sw_try_daemon *daemon)
{
	static const char name[] = "synwardd";
	char *line, *colon;

	while (daemon->used > 0 && daemon->words[daemon->used - 1] == '\n')
		daemon->used--;
	if (daemon->used == sizeof daemon->words)
		daemon->used--;
	daemon->words[daemon->used] = '\0';
	line = strrchr(daemon->words, '\n');
	line = line != NULL ? line + 1 : daemon->words;
	colon = strstr(line, name);
	colon = colon != NULL ? strstr(colon, ": ") : NULL;
	return colon != NULL ? colon + 2 : line;
}

static bool
hear(const json_t *object, void *context)
{
	(void)object;
	(void)context;
	return true;
}

/* => true once it answers, false when it has ended or is too slow */
static bool
wait_ready(struct sw_try_daemon *daemon)
{
	struct sw_question question = { .socket = daemon->socket,
		.words = { "status" },
		.n = 1,
		.quiet = true };
	struct pollfd poll_fd = { .fd = daemon->output, .events = POLLIN };

	for (int i = 0; i < READY_STEPS; i++) {
		bool lives = sw_try_daemon_lives(daemon);

		poll_fd.fd = daemon->output;
		if (poll(&poll_fd, 1, lives ? STEP_MS : 0) > 0)
			sw_try_daemon_read(daemon);
		if (!lives)
			return false;
		if (sw_talk_ask(&question, hear, NULL) == SW_EXIT_OK)
			return true;
	}
	return false;
}

int
sw_try_daemon_start(struct sw_try_daemon *daemon,
    const struct sw_try_links *links, unsigned nflog)
{
	char program[PATH];
	int error;

	*daemon = (struct sw_try_daemon){ .output = -1 };
	if (!find_program(program) || !make_directory(daemon))
		return SW_EXIT_FAILURE;
	error = write_conf(daemon, links, nflog) ? 0 : -errno;
	if (error < 0) {
		unlink(daemon->conf);
		rmdir(daemon->directory);
	} else {
		error = launch(daemon, program);
	}
	if (error < 0)
		sw_command_fail(SW_EXIT_FAILURE, "cannot start synwardd: %s",
		    strerror(-error));
	else if (wait_ready(daemon))
		return SW_EXIT_OK;
	else
		sw_command_fail(SW_EXIT_FAILURE, "synwardd did not start: %s",
		    daemon->used > 0 ? sw_try_daemon_said(daemon)
				     : "it said nothing");
	if (daemon->guard.directory != NULL)
		sw_try_daemon_stop(daemon);
	return SW_EXIT_FAILURE;
}

void
sw_try_daemon_stop(struct sw_try_daemon *daemon)
{
	sw_try_guard_end(&daemon->guard, daemon->group);
	if (daemon->output >= 0)
		close(daemon->output);
}
