/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path is walked one component at a time, each opened below the descriptor
 * of the previous one, so that the object that was checked is the one that is
 * used.  "Ours" means owned by root or the user this process runs as.
 *
 *	directory	must be ours; others may write to it only if the
 *			sticky bit prevents them from replacing our files
 *	symbolic link	must be ours; its target is walked in the same way
 *	the file	must be ours; a regular file must have one name,
 *			because a hard link may have been planted
 *
 * A group that may write to a directory was chosen by its owner and is
 * trusted.  Links in /proc name no path: the kernel opens the object, which the
 * process that started us had opened before.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log/path.h"

enum { PATH = 1024, MOST_LINKS = 16 };

struct walk {
	int dir;	 /* the current directory */
	char seen[PATH]; /* its name, for messages */
	char left[PATH]; /* components not walked yet */
	unsigned links;	 /* links followed so far */
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int
refuse(struct walk *walk, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(walk->why, walk->size, format, arguments);
	va_end(arguments);
	return -EPERM;
}

static bool
is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool
is_in_proc(int dir)
{
	struct statfs fs;

	return fstatfs(dir, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* => 0 or -ENAMETOOLONG */
static int
copy(char *to, const char *from)
{
	size_t length = strlen(from);

	if (length >= PATH)
		return -ENAMETOOLONG;
	memmove(to, from, length + 1);
	return 0;
}

/* --- directories -------------------------------------------------------------- */

static int
check_directory(struct walk *walk, const struct stat *st)
{
	const char *name = walk->seen[0] != '\0' ? walk->seen : "/";

	if (!is_ours(st))
		return refuse(walk,
		    "directory %s belongs to user %u, who could replace the "
		    "file; write a path below a directory of root or of user "
		    "%u",
		    name, st->st_uid, geteuid());
	if ((st->st_mode & S_IWOTH) != 0 && (st->st_mode & S_ISVTX) == 0)
		return refuse(walk,
		    "every user may write to directory %s and could replace "
		    "the file; run chmod o-w on it, or write another path",
		    name);
	return 0;
}

/* Continues in this directory.
 * => 0 or -errno; takes fd in every case */
static int
enter(struct walk *walk, int fd)
{
	struct stat st;
	int error = fstat(fd, &st) < 0 ? -errno : check_directory(walk, &st);

	if (error < 0) {
		close(fd);
		return error;
	}
	if (walk->dir >= 0)
		close(walk->dir);
	walk->dir = fd;
	return 0;
}

static int
begin(struct walk *walk)
{
	bool absolute = walk->left[0] == '/';
	int fd = open(absolute ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	strcpy(walk->seen, absolute ? "" : ".");
	return fd < 0 ? -errno : enter(walk, fd);
}

/* --- links ---------------------------------------------------------------------- */

/* Puts the link's target before the rest of the path.
 * => 0 or -errno */
static int
follow(struct walk *walk, int fd, const char *name)
{
	char target[2 * PATH];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_ours(&st))
		return refuse(walk,
		    "%s/%s is a symbolic link of user %u, not of root or user "
		    "%u; remove it, or write the path of its target",
		    walk->seen, name, st.st_uid, geteuid());
	if (++walk->links > MOST_LINKS)
		return -ELOOP;
	n = readlinkat(fd, "", target, PATH);
	if (n < 0)
		return -errno;
	if (n == PATH)
		return -ENAMETOOLONG;
	snprintf(target + n, sizeof target - (size_t)n, "/%s", walk->left);
	if (walk->left[0] == '\0')
		target[n] = '\0';
	n = copy(walk->left, target);
	return n == 0 && target[0] == '/' ? begin(walk) : (int)n;
}

/* Walks a link or directory on the way to the file.
 * => 0 or -errno */
static int
step(struct walk *walk, const char *name)
{
	int fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	size_t used = strlen(walk->seen);
	struct stat st;
	int error;

	if (fd < 0)
		return -errno;
	error = fstat(fd, &st) < 0 ? -errno : 0;
	if (error == 0 && S_ISDIR(st.st_mode)) {
		snprintf(walk->seen + used, PATH - used, "/%s", name);
		return enter(walk, fd);
	}
	if (error == 0)
		error = S_ISLNK(st.st_mode) ? follow(walk, fd, name) : -ENOTDIR;
	close(fd);
	return error;
}

/* --- the file ------------------------------------------------------------------- */

static int
check_file(struct walk *walk, const struct stat *st, const char *name)
{
	if (!is_ours(st))
		return refuse(walk,
		    "%s/%s belongs to user %u, not to root or user %u; chown "
		    "it or remove it",
		    walk->seen, name, st->st_uid, geteuid());
	if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		return refuse(walk,
		    "%s/%s has %lu names (hard links); remove all others, or "
		    "write another path",
		    walk->seen, name, (unsigned long)st->st_nlink);
	return 0;
}

/* Creates the file only where nothing exists, not even a dangling link. */
static int
open_or_make(int dir, const char *name)
{
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd;

	if (is_in_proc(dir))
		return openat(dir, name, flags);
	fd = openat(dir, name, flags | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		fd = openat(dir, name, flags | O_CREAT | O_EXCL, 0640);
	return fd;
}

static int
open_file(struct walk *walk, const char *name)
{
	int error, fd = open_or_make(walk->dir, name);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (is_in_proc(walk->dir))
		return fd;
	error = fstat(fd, &st) < 0 ? -errno : check_file(walk, &st, name);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

/* Takes the next component from the rest of the path.
 * => false when it is the last */
static bool
take(struct walk *walk, char *name)
{
	char *at = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(at, "/"), gap = strspn(at + length, "/");
	bool more = at[length + gap] != '\0';

	memcpy(name, at, length);
	name[length] = '\0';
	memmove(walk->left, at + length + gap, strlen(at + length + gap) + 1);
	return more;
}

int
sw_log_path_open(const char *path, char *why, size_t size)
{
	struct walk walk = { .dir = -1, .why = why, .size = size };
	char name[PATH];
	int result;

	why[0] = '\0';
	result = copy(walk.left, path);
	if (result == 0)
		result = begin(&walk);
	while (result == 0) {
		if (take(&walk, name))
			result = step(&walk, name);
		else if ((result = open_file(&walk, name)) == -ELOOP)
			result = step(&walk, name);
		else
			break;
	}
	if (walk.dir >= 0)
		close(walk.dir);
	return result;
}
