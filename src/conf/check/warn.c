/* SPDX-License-Identifier: Apache-2.0 */
/*
 * warn: what a valid configuration will miss on this machine, and what it
 * admits without saying so.
 *
 * A group may be created and a disk mounted later, so these are warnings.  Only
 * values that were written down are checked, and nothing is created or opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/check.h"
#include "conf/origin.h"

static void __attribute__((format(printf, 5, 6)))
warn(const struct sw_conf *conf, struct sw_conf_errors *warnings, int k,
    const char *value, const char *format, ...)
{
	size_t n;
	const struct sw_key *key = sw_schema_keys(&n) + k;
	struct sw_blame blame =
	    sw_origin_blame(conf->origins, conf->origins->key[k]);
	char path[SW_CONF_NAME], what[320], shown[SW_SHOWN_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	sw_origin_point_at(&blame, value);
	blame.key = sw_schema_path(key, path);
	blame.warning = true;
	sw_conf_error_complain(warnings, &blame, "%s = %s: %s", path,
	    sw_conf_error_shown(value, shown), what);
}

static void
warn_of_group(const struct sw_conf *conf, struct sw_conf_errors *warnings,
    const char *key, const char *group)
{
	int k = sw_schema_find("control", key);

	if (conf->origins->key[k].line > 0 && getgrnam(group) == NULL)
		warn(conf, warnings, k, group,
		    "this machine has no such group, so only root has access; "
		    "write the name of an existing group, or run groupadd "
		    "--system %s",
		    group);
}

/* Checks for the effective user. */
static bool
may(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

/* For a place that belongs to root this user's permissions do not matter,
 * because the daemon runs as root.
 * => errno, or 0 */
static int
cannot_write(const char *path)
{
	char copy[SW_CONF_PATH];
	const char *directory;
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return EISDIR;
	if (may(path, W_OK))
		return 0;
	snprintf(copy, sizeof copy, "%s", path);
	directory = dirname(copy);
	if (errno == ENOENT && may(directory, W_OK | X_OK))
		return 0;
	if (errno == EACCES && geteuid() != 0 &&
	    (stat(directory, &status) != 0 || status.st_uid == 0))
		return 0;
	return errno;
}

static void
warn_of_file(const struct sw_conf *conf, struct sw_conf_errors *warnings,
    const struct sw_conf_sink *sink)
{
	char text[SW_VALUE_MAX];
	int error = *sink->path != '\0' ? cannot_write(sink->path) : 0;

	if (error != 0)
		warn(conf, warnings, sw_schema_find("log", "to"),
		    sw_net_show_sink(sink, text),
		    "this file cannot be written: %s; write a path in an "
		    "existing directory",
		    strerror(error));
}

/* Of interfaces, where they can be listed. */
static void
warn_of_interfaces(const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	struct sw_ifaces *ifaces = sw_ifaces_create();
	struct sw_iface *links;
	size_t n;

	if (ifaces == NULL)
		return;
	if (sw_ifaces_open(ifaces) >= 0 &&
	    (links = sw_ifaces_list(ifaces, &n)) != NULL) {
		sw_conf_check_ifaces(conf, links, n, true, warnings);
		free(links);
	}
	sw_ifaces_destroy(ifaces);
}

/* An empty set is no error, because lists come and go. */
static void
warn_of_sets(const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	for (size_t i = 0; i < conf->n_sets; i++) {
		struct sw_blame blame =
		    sw_origin_blame(conf->origins, conf->origins->sets[i].at);

		if (conf->sets[i].n_ranges > 0)
			continue;
		blame.key = "set";
		blame.warning = true;
		sw_conf_error_complain(warnings, &blame,
		    "set \"%s\" is empty, so it matches nothing; write its "
		    "addresses, or remove it",
		    conf->sets[i].name);
	}
}

void
sw_conf_warn(const struct sw_conf *conf, struct sw_conf_errors *warnings)
{
	memset(warnings, 0, sizeof *warnings);
	for (size_t i = 0; i < conf->log.n_to; i++)
		warn_of_file(conf, warnings, &conf->log.to[i]);
	warn_of_group(conf, warnings, "group", conf->control.group);
	warn_of_group(conf, warnings, "read-group", conf->control.read_group);
	warn_of_sets(conf, warnings);
	warn_of_interfaces(conf, warnings);
	sw_conf_check_untracked(conf, warnings);
	sw_conf_check_keepalive(conf, warnings);
	sw_conf_check_ssh(conf, warnings);
	sw_conf_check_related_wide(conf, warnings);
	sw_conf_check_source_rules(conf, warnings);
}
