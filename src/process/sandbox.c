/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists name the allowed system calls; any other call kills the process.
 * They are lists of names, so that a call which the C library uses on another
 * machine can be found and added; a name that this machine does not know is
 * skipped.
 *
 * Three calls return errors instead, because libraries can do without them: a
 * socket of a family that is not used here; clone3(), whose arguments a filter
 * cannot see, so that threads are made with clone(), which is allowed for
 * threads only; and executable memory.
 */

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "process/sandbox.h"

const bool sw_sandbox_exists = true;

static const char *const memory[] = { "brk", "madvise", "mremap", "munmap",
	NULL };

static const char *const files[] = { "access", "chmod", "chown", "close",
	"close_range", "dup", "dup2", "dup3", "faccessat", "faccessat2",
	"fallocate", "fchmod", "fchmodat", "fchown", "fchownat", "fcntl",
	"fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate",
	"getcwd", "getdents64", "lseek", "lstat", "memfd_create", "mkdir",
	"mkdirat", "newfstatat", "open", "openat", "pipe2", "pread64",
	"pwrite64", "pwritev", "read", "readlink", "readlinkat", "readv",
	"rename", "renameat", "renameat2", "stat", "statfs", "statx", "umask",
	"unlink", "unlinkat", "write", "writev", NULL };

static const char *const sockets[] = { "accept", "accept4", "bind", "connect",
	"getpeername", "getsockname", "getsockopt", "listen", "recvfrom",
	"recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt",
	"shutdown", NULL };

static const char *const waiting[] = { "clock_getres", "clock_gettime",
	"clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "eventfd2", "futex", "futex_waitv",
	"gettimeofday", "nanosleep", "poll", "ppoll", "pselect6", "select",
	"time", "timerfd_create", "timerfd_gettime", "timerfd_settime", NULL };

static const char *const threads[] = { "exit", "exit_group", "get_robust_list",
	"gettid", "membarrier", "rseq", "sched_getaffinity", "sched_yield",
	"set_robust_list", "tgkill", NULL };

static const char *const signals[] = { "restart_syscall", "rt_sigaction",
	"rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
	"sigaltstack", "signalfd4", NULL };

static const char *const questions[] = { "capget", "getegid", "geteuid",
	"getgid", "getgroups", "getpid", "getppid", "getpriority", "getrandom",
	"getresgid", "getresuid", "getrlimit", "getuid", "sysinfo", "uname",
	NULL };

static const char *const *const common[] = { memory, files, sockets, waiting,
	threads, signals, questions, NULL };

/* What a program that is started uses until it restricts itself. */
static const char *const starting[] = { "arch_prctl", "capset", "clone",
	"execve", "execveat", "fork", "kill", "landlock_add_rule",
	"landlock_create_ruleset", "landlock_restrict_self", "mmap", "mprotect",
	"prctl", "prlimit64", "seccomp", "set_tid_address", "vfork", "wait4",
	"waitid", NULL };

static const char *const *const parents[] = { starting, NULL };

static int
allow_lists(scmp_filter_ctx filter, const char *const *const *lists)
{
	for (; *lists != NULL; lists++)
		for (const char *const *name = *lists; *name != NULL; name++) {
			int number = seccomp_syscall_resolve_name(*name), error;

			if (number == __NR_SCMP_ERROR)
				continue;
			error =
			    seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
			if (error < 0)
				return error;
		}
	return 0;
}

/* Only the loader needs memory that is writable and executable, and it has
 * finished. */
static int
forbid_code(scmp_filter_ctx filter, const char *name)
{
	int number = seccomp_syscall_resolve_name(name), error;

	error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), number,
		    1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
	return error;
}

static int
allow_threads(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

	if (error == 0)
		error = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return error;
}

/* Allows only: is it a terminal, how many bytes wait, what is the interface's
 * name. */
static int
allow_ioctls(scmp_filter_ctx filter)
{
	static const uint32_t requests[] = { TCGETS, FIONREAD, FIONBIO,
		TIOCOUTQ, SIOCGIFNAME, SIOCGIFINDEX };
	int error = 0;

	for (size_t i = 0;
	     error == 0 && i < sizeof requests / sizeof requests[0]; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, requests[i]));
	return error;
}

/* Other families and protocols appear not to exist, so that a library that
 * tries one continues without it. */
static int
allow_netlink(scmp_filter_ctx filter)
{
	static const int used[] = { NETLINK_ROUTE, NETLINK_NETFILTER };
	const struct scmp_arg_cmp netlink = SCMP_A0(SCMP_CMP_EQ, AF_NETLINK);
	int error = 0;

	for (size_t i = 0; error == 0 && i < sizeof used / sizeof used[0]; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(socket), 2, netlink,
		    SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)used[i]));
	for (int protocol = 0; error == 0 && protocol < MAX_LINKS; protocol++)
		if (protocol != NETLINK_ROUTE && protocol != NETLINK_NETFILTER)
			error = seccomp_rule_add(filter,
			    SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket),
			    2, netlink,
			    SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)protocol));
	return error;
}

/* Local sockets serve the log, the control socket and the service manager;
 * netlink serves queues, interfaces and routes.  Raw sockets are open
 * already. */
static int
allow_families(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
	    1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(socketpair), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	if (error == 0)
		error = allow_netlink(filter);
	for (int family = 0; error == 0 && family < AF_NETLINK; family++)
		if (family != AF_UNIX)
			error = seccomp_rule_add(filter,
			    SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
		    SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK));
	return error;
}

/* Allows naming threads and reading limits. */
static int
allow_harmless_sets(scmp_filter_ctx filter)
{
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
	    SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
	return error;
}

static int
load(scmp_filter_ctx filter)
{
	int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/* The filter is a sorted tree instead of a long chain of
	 * comparisons. */
	if (error == 0)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return error == 0 ? seccomp_load(filter) : error;
}

int
sw_sandbox_worker(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (filter == NULL)
		return -ENOMEM;
	if ((error = allow_lists(filter, common)) == 0 &&
	    (error = allow_families(filter)) == 0 &&
	    (error = forbid_code(filter, "mmap")) == 0 &&
	    (error = forbid_code(filter, "mprotect")) == 0 &&
	    (error = allow_threads(filter)) == 0 &&
	    (error = allow_ioctls(filter)) == 0 &&
	    (error = allow_harmless_sets(filter)) == 0)
		error = load(filter);
	seccomp_release(filter);
	return error;
}

int
sw_sandbox_parent(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error;

	if (filter == NULL)
		return -ENOMEM;
	if ((error = allow_lists(filter, common)) == 0 &&
	    (error = allow_lists(filter, parents)) == 0 &&
	    (error = allow_families(filter)) == 0 &&
	    (error = allow_ioctls(filter)) == 0 &&
	    (error = seccomp_rule_add(
		 filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) == 0)
		error = load(filter);
	seccomp_release(filter);
	return error;
}
