/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try: follows connections beside the kernel's firewall for a while, without
 * configuration and without installation, and reports.
 *
 * A daemon with a tap does the work (ctl/try/daemon.h); nothing of it is in the
 * packets' way.  The command waits for the end of the time or for a signal,
 * asks the daemon what it knows, and then removes it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/error.h"
#include "conf/value.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "ctl/try/daemon.h"
#include "ctl/try/report.h"

enum {
	USUAL_S = 600,
	MOST_S = 7 * 86400,
	TURN_MS = 1000,
	NAMES = 1024,
};

struct
try {
	const struct sw_ctl *ctl;
	uint32_t seconds;
	uint32_t nflog; /* 0: no group */
	int signals;
	bool progress; /* is shown on a terminal */
	struct sw_try_links links;
	struct sw_try_daemon daemon;
};

/* --- arguments ------------------------------------------------------------ */

static bool
read_time(struct try *try)
{
	const char *text = sw_command_value(try->ctl, "for");
	struct sw_range range = { 1, MOST_S };
	struct sw_fault fault = { 0 };

	try->seconds = USUAL_S;
	if (text == NULL ||
	    sw_value_duration(text, range, &try->seconds, &fault))
		return true;
	sw_command_fail(SW_EXIT_USAGE,
	    "--for %.40s: %s; write a duration from 1s to 7d, such as 10m",
	    text, fault.why);
	return false;
}

static bool
read_group(struct try *try)
{
	const char *text = sw_command_value(try->ctl, "nflog");
	struct sw_range range = { 1, UINT16_MAX };
	struct sw_fault fault = { 0 };

	if (text == NULL || sw_value_number(text, range, &try->nflog, &fault))
		return true;
	sw_command_fail(SW_EXIT_USAGE,
	    "--nflog %.40s: not a group; write the number after \"log group\" "
	    "in the firewall's rules, from 1 to 65535",
	    text);
	return false;
}

static bool
read_arguments(struct try *try)
{
	return read_time(try) && read_group(try) &&
	       sw_try_links_open(
		   &try->links, try->ctl->operands, try->ctl->n_operands);
}

/* --- waiting -------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	return (int64_t)(sw_clock_now().ns / SW_NS_PER_MS);
}

static int
hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
show_progress(struct try *try, int64_t left)
{
	struct sw_try_findings findings;
	char a[SW_TEXT], b[SW_TEXT], time[SW_TEXT];

	if (!try->progress)
		return;
	if (sw_try_findings_glance(&findings, try->daemon.socket, true) ==
	    SW_EXIT_OK) {
		const json_t *status = findings.status;

		fprintf(stderr,
		    "\r\033[K%s packets, %s connections; %s left, Ctrl-C "
		    "reports now",
		    sw_text_count(
			sw_talk_json_count(
			    json_object_get(status, "tap"), "packets"),
			a),
		    sw_text_count(
			sw_talk_json_count(
			    json_object_get(status, "flows"), "opened"),
			b),
		    sw_text_duration((double)(left / 1000), time));
	}
	sw_try_findings_free(&findings);
}

/* => true when a signal asks for the end */
static bool
rest(struct try *try, int64_t ms)
{
	struct pollfd fds[] = { { .fd = try->signals, .events = POLLIN },
		{ .fd = try->daemon.output, .events = POLLIN } };
	struct signalfd_siginfo info;

	poll(fds, 2, (int)ms);
	if (fds[1].revents != 0)
		sw_try_daemon_read(&try->daemon);
	return read(try->signals, &info, sizeof info) == sizeof info;
}

/* Until the time is over, a signal comes, or the daemon has ended. */
static void
follow(struct try *try)
{
	int64_t end = now_ms() + try->seconds * INT64_C(1000), looked = 0, now;
	bool asked = false;

	while (!asked && (now = now_ms()) < end) {
		int64_t next = looked + TURN_MS < end ? looked + TURN_MS : end;

		if (now >= next) {
			looked = now;
			sw_try_links_read(&try->links);
			show_progress(try, end - now);
			if (!sw_try_daemon_lives(&try->daemon))
				break;
			continue;
		}
		asked = rest(try, next - now);
	}
	if (try->progress)
		fputs("\r\033[K", stderr);
}

/* --- the command ---------------------------------------------------------- */

static void
announce(const struct try *try)
{
	char names[NAMES], time[SW_TEXT];

	fprintf(stderr, "following %s for %s, touching nothing%s\n",
	    sw_try_links_names(&try->links, names, sizeof names),
	    sw_text_timeout(try->seconds, time),
	    try->progress ? "" : "; Ctrl-C reports now");
}

static int
report(struct try *try)
{
	bool lived = sw_try_daemon_lives(&try->daemon);
	struct sw_try_findings findings;
	int code = sw_try_findings_ask(&findings, try->daemon.socket, !lived);

	sw_try_links_read(&try->links);
	if (code == SW_EXIT_OK) {
		code = sw_try_report_print(try->ctl, &findings, &try->links);
		if (!lived)
			code = sw_command_fail(SW_EXIT_FAILURE,
			    "synwardd was killed before the end; this is what "
			    "its worker knew");
	} else if (!lived) {
		code = sw_command_fail(SW_EXIT_FAILURE,
		    "synwardd ended, and what it knew is lost; its last words: "
		    "%s",
		    sw_try_daemon_said(&try->daemon));
	}
	sw_try_findings_free(&findings);
	fflush(stdout);
	return code;
}

int
sw_command_try(struct sw_ctl *ctl)
{
	struct try try = { .ctl = ctl,
		.progress = !ctl->json && isatty(STDERR_FILENO) };
	int code;

	if (!read_arguments(&try))
		return SW_EXIT_USAGE;
	if (geteuid() != 0)
		return sw_command_fail(SW_EXIT_NOT_PERMITTED,
		    "only root may follow packets: sudo synwardctl try");
	try.signals = hold_signals();
	if (try.signals < 0)
		return sw_command_fail(
		    SW_EXIT_FAILURE, "signals: %s", strerror(errno));
	code = sw_try_daemon_start(&try.daemon, &try.links, try.nflog);
	if (code != SW_EXIT_OK)
		return code;
	announce(&try);
	follow(&try);
	code = report(&try);
	sw_try_daemon_stop(&try.daemon);
	return code;
}
