/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller first declares the kinds of access that the kernel must restrict,
 * then grants paths, then enforces the set; this cannot be undone.
 *
 * Kernels support different kinds of access, and a kernel refuses the whole set
 * when it contains a kind it does not know.  So its version is asked first, and
 * newer kinds are left out.  The system headers may be older than the kernel,
 * so the newer kinds are defined here; the numbers are part of the kernel's
 * interface and never change.
 *
 * Some kinds are restricted and never granted: making devices, links and
 * directories, and moving files to other directories.
 *
 * Debian has no library for this, and three system calls need none.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/landlock.h"

/* Kinds of file access that are newer than the headers. */
#define TRUNCATE (UINT64_C(1) << 14)
#define IOCTL_DEVICE (UINT64_C(1) << 15)

#define ALL_TCP UINT64_C(3) /* bind and connect */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

#define WRITING (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEVICE)

/* The rights that apply to a regular file. */
#define OF_FILES \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | WRITING)

enum { PATH = 4096 };

/* struct landlock_ruleset_attr in its current size; older kernels accept it
 * when the fields they do not know are zero. */
struct attributes {
	uint64_t files, tcp, scopes;
};

static const struct {
	int version;	/* kernels from this version on know */
	uint64_t files; /* all kinds of access below this one */
} versions[] = { { 1, LANDLOCK_ACCESS_FS_REFER }, { 2, TRUNCATE },
	{ 3, IOCTL_DEVICE }, { 5, IOCTL_DEVICE << 1 } };

static const struct {
	unsigned right;
	uint64_t files;
} rights_of[] = {
	{ SW_LANDLOCK_READ,
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR },
	{ SW_LANDLOCK_WRITE, WRITING | LANDLOCK_ACCESS_FS_MAKE_REG },
	{ SW_LANDLOCK_RUN, LANDLOCK_ACCESS_FS_EXECUTE },
	{ SW_LANDLOCK_BIND, LANDLOCK_ACCESS_FS_MAKE_SOCK },
	{ SW_LANDLOCK_REMOVE, LANDLOCK_ACCESS_FS_REMOVE_FILE },
};

static uint64_t
kinds_known(int version)
{
	uint64_t known = 0;

	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
		if (version >= versions[i].version)
			known = versions[i].files - 1;
	return known;
}

int
sw_landlock_begin(struct sw_landlock *lock, unsigned more)
{
	struct attributes attributes = { 0 };
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 0)
		return -errno;
	attributes.files = kinds_known(version);
	if (version >= 4 && (more & SW_LANDLOCK_NO_TCP))
		attributes.tcp = ALL_TCP;
	if (version >= 6 && (more & SW_LANDLOCK_NO_SIGNALS))
		attributes.scopes = SCOPE_SIGNAL;
	lock->handled = attributes.files;
	lock->fd = (int)syscall(
	    SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	return lock->fd < 0 ? -errno : 0;
}

static uint64_t
kinds_of(unsigned rights)
{
	uint64_t kinds = 0;

	for (size_t i = 0; i < sizeof rights_of / sizeof rights_of[0]; i++)
		if (rights & rights_of[i].right)
			kinds |= rights_of[i].files;
	return kinds;
}

static int
grant(const struct sw_landlock *lock, int fd, uint64_t kinds)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	rule.allowed_access = kinds & lock->handled;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	if (rule.allowed_access == 0)
		return 0;
	if (syscall(SYS_landlock_add_rule, lock->fd, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == 0 ||
	    errno == EBADFD) /* a pipe, which is never closed to us */
		return 0;
	return -errno;
}

int
sw_landlock_grant(struct sw_landlock *lock, const char *path, unsigned rights)
{
	int fd = open(path, O_PATH | O_CLOEXEC), error;

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM
			   ? -errno
			   : 0;
	error = grant(lock, fd, kinds_of(rights));
	close(fd);
	return error;
}

int
sw_landlock_enforce(struct sw_landlock *lock)
{
	int error = 0;

	if (syscall(SYS_landlock_restrict_self, lock->fd, 0) < 0)
		error = -errno;
	close(lock->fd);
	lock->fd = -1;
	return error;
}

/* --- which denials are Landlock's?
 * ------------------------------------------- */

/* => errno, or 0 when the file can be opened */
static int
try_to_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* access() looks at the file's owner and mode only. */
static bool
may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

bool
sw_landlock_bars_reading(const char *path)
{
	return try_to_open(path, O_RDONLY) == EACCES && may(path, R_OK);
}

bool
sw_landlock_bars_writing(const char *path)
{
	char directory[PATH];

	if (try_to_open(path, O_WRONLY | O_APPEND | O_CREAT) != EACCES)
		return false;
	if (may(path, F_OK))
		return may(path, W_OK);
	snprintf(directory, sizeof directory, "%s", path);
	return may(dirname(directory), W_OK | X_OK);
}
