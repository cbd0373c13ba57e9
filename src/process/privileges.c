/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding a queue and every verdict need CAP_NET_ADMIN; opening a raw socket
 * needs CAP_NET_RAW.  The raw sockets are opened before anything is dropped, so
 * that one capability remains afterwards.
 *
 * The unit starts everything as the user synward.  When the program is started
 * as root, it becomes that user; when the user does not exist, it stays root,
 * with only that capability and the ownership of root's files.
 */

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/privileges.h"

enum { NICE = -10 };

bool
sw_privileges_check(bool need_raw, char *why, size_t size)
{
	bool admin, raw;

	capng_get_caps_process();
	admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	raw = !need_raw || capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
	if (admin && raw)
		return true;
	snprintf(why, size,
	    "not permitted: missing %s%s%s; run as root or by the systemd "
	    "unit, or give the program file what it needs: "
	    "setcap cap_net_admin,cap_net_raw+ep /usr/sbin/synwardd",
	    admin ? "" : "CAP_NET_ADMIN", admin || raw ? "" : " and ",
	    raw ? "" : "CAP_NET_RAW");
	return false;
}

/* Does what RuntimeDirectory= and LogsDirectory= do in a unit.  Failures are
 * ignored here: the code that writes to the directory reports them. */
static void
give_directories(const struct passwd *user)
{
	static const char *const paths[] = { "/run/synward",
		"/var/log/synward" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if ((mkdir(paths[i], 0755) == 0 || errno == EEXIST) &&
		    chown(paths[i], user->pw_uid, user->pw_gid) < 0)
			fprintf(stderr, "synwardd: cannot give %s to %s\n",
			    paths[i], user->pw_name);
}

static int
select_admin(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	return capng_update(CAPNG_ADD,
		   CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
		       CAPNG_BOUNDING_SET | CAPNG_AMBIENT,
		   CAP_NET_ADMIN) < 0
		   ? -EINVAL
		   : 0;
}

/* A hardened unit grants only the one capability and forbids changing the
 * set. */
static bool
has_more(bool admin)
{
	bool more = false;

	capng_get_caps_process();
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		more |= (!admin || cap != CAP_NET_ADMIN) &&
			capng_have_capability(CAPNG_PERMITTED, cap);
	return more;
}

/* Drops from the bounding set first, while that is still permitted. */
static int
apply_admin(const struct passwd *user, bool may_bound)
{
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return -EPERM;
	if (user != NULL)
		return capng_change_id((int)user->pw_uid, (int)user->pw_gid,
			   CAPNG_INIT_SUPP_GRP) < 0
			   ? -EPERM
			   : 0;
	return capng_apply(CAPNG_SELECT_CAPS) < 0 && has_more(true) ? -EPERM
								    : 0;
}

static int
forbid_more(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Raises the priority, because the packets of a whole network wait while this
 * process waits for a processor.  A refusal is ignored. */
static void
hurry(void)
{
	if (setpriority(PRIO_PROCESS, 0, NICE) < 0)
		errno = 0;
}

int
sw_privileges_resolve(void)
{
	const struct passwd *user = NULL;
	bool may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	int error;

	if (geteuid() == 0)
		user = getpwnam(SW_PRIVILEGE_USER);
	if (user != NULL)
		give_directories(user);
	hurry();
	if (select_admin() < 0)
		return -EINVAL;
	error = apply_admin(user, may_bound);
	if (error < 0)
		return error;
	/* The ambient set comes last, because a change of user clears it; only
	 * then are programs prevented from gaining capabilities. */
	if (select_admin() < 0 || capng_apply(CAPNG_SELECT_AMBIENT) < 0)
		return -EPERM;
	return forbid_more();
}

int
sw_privileges_drop(bool admin)
{
	capng_select_t set = CAPNG_SELECT_CAPS;

	/* Only CAP_SETPCAP can clear the bounding set; without it no_new_privs
	 * has the same effect. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		set = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	if (admin && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			 CAP_NET_ADMIN) < 0)
		return -EINVAL;
	if (capng_apply(set) < 0 && has_more(admin))
		return -EPERM;
	return forbid_more();
}
