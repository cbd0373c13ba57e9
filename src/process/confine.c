/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories are granted, not files, wherever a file may be replaced by a new
 * one of the same name: editors replace the configuration, logrotate the logs,
 * the package manager the program.  For a file reached through a symbolic link
 * both directories are granted, the link's and the file's.  "/" and "/dev"
 * would grant too much, so in these the file alone is granted.
 *
 *	worker	reads the configuration's directories and the time zone,
 *		writes to those of its logs, removes its control socket
 *	parent	the same, and starts the program, which loads its libraries,
 *		looks up users and groups, finds the reader of a queue in
 *		/proc, and makes the control socket
 *
 * The worker uses no TCP and signals no process, so neither is allowed.  It
 * reports to its parent through a socket without a name in the file system, and
 * such sockets stay usable.
 *
 * The configuration at the start decides what is granted.  A reload that names
 * a file elsewhere is refused with a message (see daemon/reload.c).
 */

#include <libgen.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/landlock.h"
#include "base/services.h"
#include "conf/origin.h"
#include "process/confine.h"

enum { PATH = 4096 };

/* The first error is kept, and nothing is granted after it. */
struct grants {
	struct sw_landlock lock;
	int error;
};

static void
grant(struct grants *grants, const char *path, unsigned rights)
{
	if (grants->error == 0)
		grants->error = sw_landlock_grant(&grants->lock, path, rights);
}

static void
grant_directory_of(struct grants *grants, const char *path, unsigned rights)
{
	char copy[PATH];
	const char *directory;

	snprintf(copy, sizeof copy, "%s", path);
	directory = dirname(copy);
	if (strcmp(directory, "/") == 0 || strcmp(directory, "/dev") == 0)
		grant(grants, path, rights);
	else
		grant(grants, directory, rights);
}

static void
grant_beside(struct grants *grants, const char *path, unsigned rights)
{
	char *real = realpath(path, NULL);

	grant_directory_of(grants, path, rights);
	if (real != NULL && strcmp(real, path) != 0)
		grant_directory_of(grants, real, rights);
	free(real);
}

static int
finish(struct grants *grants)
{
	int error = grants->error;

	if (error == 0)
		return sw_landlock_enforce(&grants->lock);
	close(grants->lock.fd);
	return error;
}

/* --- what a running process needs ----------------------------------------- */

static void
grant_configuration(
    struct grants *grants, const struct sw_conf *conf, const char *file)
{
	const struct sw_conf_origins *origins = conf->origins;

	if (file == NULL)
		file = SW_CONF_FILE;
	grant_beside(grants, file, SW_LANDLOCK_READ);
	for (uint32_t i = 0; i < origins->n_files; i++)
		if (origins->files[i].name[0] == '/')
			grant_beside(
			    grants, origins->files[i].name, SW_LANDLOCK_READ);
}

static void
grant_logs(struct grants *grants, const struct sw_conf_log *log)
{
	grant(grants, "/var/log/synward", SW_LANDLOCK_WRITE);
	grant(grants, "/proc/self/fd/2", SW_LANDLOCK_WRITE);
	for (size_t i = 0; i < log->n_to; i++)
		if (log->to[i].path[0] != '\0')
			grant_beside(
			    grants, log->to[i].path, SW_LANDLOCK_WRITE);
}

/* Of libraries: the time zone, and a seed; and names of ports. */
static void
grant_small_things(struct grants *grants)
{
	grant(grants, "/dev/null", SW_LANDLOCK_READ | SW_LANDLOCK_WRITE);
	grant(grants, "/dev/urandom", SW_LANDLOCK_READ);
	grant(grants, "/etc/localtime", SW_LANDLOCK_READ);
	grant(grants, SW_SERVICES_FILE, SW_LANDLOCK_READ);
	grant(grants, "/usr/share/zoneinfo", SW_LANDLOCK_READ);
}

static void
grant_work(
    struct grants *grants, const struct sw_conf *conf, const char *conf_file)
{
	grant_configuration(grants, conf, conf_file);
	grant_logs(grants, &conf->log);
	grant_small_things(grants);
	grant_beside(grants, conf->control.socket, SW_LANDLOCK_REMOVE);
}

int
sw_confine_worker(const struct sw_conf *conf, const char *conf_file)
{
	struct grants grants = { .error = 0 };

	grants.error = sw_landlock_begin(
	    &grants.lock, SW_LANDLOCK_NO_TCP | SW_LANDLOCK_NO_SIGNALS);
	if (grants.error < 0)
		return grants.error;
	grant_work(&grants, conf, conf_file);
	return finish(&grants);
}

/* --- what starting the program needs -------------------------------------- */

/* The next version of a library will be in the same directory.  The loader
 * itself is executed. */
static int
grant_library(struct dl_phdr_info *info, size_t size, void *context)
{
	bool is_loader = info->dlpi_addr == getauxval(AT_BASE);

	(void)size;
	if (info->dlpi_name != NULL && info->dlpi_name[0] == '/')
		grant_beside(context, info->dlpi_name,
		    SW_LANDLOCK_READ | (is_loader ? SW_LANDLOCK_RUN : 0));
	return 0;
}

static void
grant_start(
    struct grants *grants, const struct sw_conf *conf, const char *program)
{
	static const char *const read[] = { "/etc", "/usr", "/lib", "/lib64",
		"/proc", "/sys/devices/system/cpu", "/run/systemd/userdb",
		"/run/userdb", "/var/lib/sss", NULL };

	for (const char *const *path = read; *path != NULL; path++)
		grant(grants, *path, SW_LANDLOCK_READ);
	dl_iterate_phdr(grant_library, grants);
	grant_beside(grants, program, SW_LANDLOCK_READ | SW_LANDLOCK_RUN);
	grant_beside(grants, conf->control.socket,
	    SW_LANDLOCK_BIND | SW_LANDLOCK_REMOVE);
}

int
sw_confine_parent(
    const struct sw_conf *conf, const char *conf_file, const char *program)
{
	struct grants grants = { .error = 0 };

	grants.error = sw_landlock_begin(&grants.lock, 0);
	if (grants.error < 0)
		return grants.error;
	grant_work(&grants, conf, conf_file);
	grant_start(&grants, conf, program);
	return finish(&grants);
}
